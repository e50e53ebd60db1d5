from __future__ import annotations

import pytest

from cloudtranscode.media.images.geometry import Geometry, parse_geometry
from cloudtranscode.media.images.output import Crop, Mode, Resize, crop_by, resize_by


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("200x100", Geometry(200, 100)),
        ("200", Geometry(200)),
        ("200x", Geometry(200)),
        ("x100", Geometry(None, 100)),
        ("200x100!", Geometry(200, 100, flag="!")),
        ("200x100>", Geometry(200, 100, only_shrink=True)),
        ("200x100<", Geometry(200, 100, only_enlarge=True)),
        ("200x100^", Geometry(200, 100, flag="^")),
        ("200x100^>", Geometry(200, 100, flag="^", only_shrink=True)),
        ("50%", Geometry(50, percent=True)),
        ("50%x30%", Geometry(50, 30, percent=True)),
        ("50x30%", Geometry(50, 30, percent=True)),
        ("12.5%", Geometry(12.5, percent=True)),
        ("10000@", Geometry(10000, flag="@")),
        ("@10000", Geometry(10000, flag="@")),
        ("200x100+10-20", Geometry(200, 100, x=10, y=-20)),
        (" 200X100 ", Geometry(200, 100)),
    ],
)
def test_geometries_are_read(text: str, expected: Geometry) -> None:
    assert parse_geometry(text) == expected


@pytest.mark.parametrize(
    "text", ["", "x", "wide", "200x100x3", "0x100", "200x100!^", "200<>", "20x20@", "-5", "1e9", "20;rm", "99999999"]
)
def test_what_is_no_geometry_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"geometry|flags|area|side"):
        parse_geometry(text)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("200x100", Resize(200, 100, enlarge=True)),
        ("200x100>", Resize(200, 100)),
        ("200x100<", Resize(200, 100, enlarge=True, shrink=False)),
        ("200x100!", Resize(200, 100, mode=Mode.EXACT, enlarge=True)),
        ("200x100^>", Resize(200, 100, mode=Mode.COVER)),
        ("x100", Resize(None, 100, enlarge=True)),
        ("50%", Resize(percent=(50, 50), enlarge=True)),
        ("50%x30%", Resize(percent=(50, 30), enlarge=True)),
        ("10000@>", Resize(area=10000)),
    ],
)
def test_a_resize_means_what_it_means_to_imagemagick(text: str, step: Resize) -> None:
    assert resize_by(parse_geometry(text)) == step


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("200x100+10+20", Crop(200, 100, x=10, y=20)),
        ("200x100", Crop(200, 100)),
        ("50%x50%+5+5", Crop(percent=(50, 50), x=5, y=5)),
        ("x100+0+7", Crop(None, 100, y=7)),
    ],
)
def test_a_crop_means_what_it_means_to_imagemagick(text: str, step: Crop) -> None:
    assert crop_by(parse_geometry(text)) == step
