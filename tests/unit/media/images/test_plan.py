from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cloudtranscode.errors import InvalidDocument, SourceDamaged, SourceUnsupported
from cloudtranscode.media.images.info import ImageInfo, read_info
from cloudtranscode.media.images.output import Crop, ImageFormat, ImageOutput, Keep, Mode, Resize
from cloudtranscode.media.images.plan import ImagePlan, Picture, make_image_plan, readable

PHOTO = ImageInfo("jpeg", 4000, 3000)
ANIMATION = ImageInfo("gif", 100, 80, frames=12, bands=4, alpha=True)


def plan(output: ImageOutput, info: ImageInfo = PHOTO) -> Picture:
    made = make_image_plan([output], info)
    assert ImagePlan.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    return made.pictures[0]


def test_a_picture_is_planned_to_the_pixel() -> None:
    picture = plan(ImageOutput("web", ImageFormat.JPEG, 70, (Resize(1000), Crop(500, 500, x=250, y=100))))
    assert (picture.width, picture.height, picture.frames, picture.quality) == (500, 500, 1, 70)
    assert picture.background == "#ffffff"
    assert [one.do for one in picture.operations] == ["scale", "cut"]


def test_only_formats_without_transparency_get_a_background() -> None:
    assert plan(ImageOutput("a", ImageFormat.PNG)).background is None
    assert plan(ImageOutput("a", ImageFormat.JPEG, background="#102030")).background == "#102030"


@pytest.mark.parametrize(
    ("form", "bits"), [(ImageFormat.PNG, 16), (ImageFormat.TIFF, 16), (ImageFormat.JPEG, 8), (ImageFormat.WEBP, 8)]
)
def test_sixteen_bits_stay_where_they_can(form: ImageFormat, bits: int) -> None:
    assert plan(ImageOutput("a", form), replace(PHOTO, bit_depth=16)).bit_depth == bits
    assert plan(ImageOutput("a", form)).bit_depth == 8


@pytest.mark.parametrize(
    ("output", "frames"),
    [
        (ImageOutput("a", ImageFormat.WEBP), 12),
        (ImageOutput("a", ImageFormat.GIF), 12),
        (ImageOutput("a", ImageFormat.WEBP, animated=False), 1),
        (ImageOutput("a", ImageFormat.WEBP, page=3), 1),
        (ImageOutput("a", ImageFormat.JPEG), 1),
    ],
)
def test_an_animation_is_kept_where_it_can_be(output: ImageOutput, frames: int) -> None:
    assert plan(output, ANIMATION).frames == frames


def test_what_is_left_out_is_told() -> None:
    notes = make_image_plan([ImageOutput("a", ImageFormat.JPEG)], ANIMATION).notes
    assert notes == ("Output a: the source has 12 pages or frames; one of them is taken.",)


@pytest.mark.parametrize(
    ("info", "output", "words"),
    [
        (replace(PHOTO, width=50_000, height=50_000), ImageOutput("a", ImageFormat.JPEG), "50000x50000 pixels are too"),
        (replace(PHOTO, width=70_000, height=10), ImageOutput("a", ImageFormat.JPEG), "70000x10 pixels are too many"),
        (replace(PHOTO, width=17_000, height=10), ImageOutput("a", ImageFormat.WEBP), "Output a as webp: 17000x10"),
        (PHOTO, ImageOutput("a", ImageFormat.PNG, steps=(Resize(percent=(1e4, 1e4), enlarge=True),)), "too many"),
        (PHOTO, ImageOutput("a", ImageFormat.PNG, steps=(Resize(60_000, 60_000, mode=Mode.PAD),)), "too many"),
        (PHOTO, ImageOutput("a", ImageFormat.PNG, steps=(Crop(10, 10, x=5000),)), "nothing of a 4000x3000 picture"),
        (PHOTO, ImageOutput("a", ImageFormat.PNG, page=2), "has 1 pages; there is no page 2"),
        (replace(ANIMATION, frames=5000), ImageOutput("a", ImageFormat.GIF), "5000 frames of 100x80, too many"),
        (
            replace(ANIMATION, frames=900, width=1000, height=1000),
            ImageOutput("a", ImageFormat.GIF),
            "900 frames of 1000x1000, too many",
        ),
    ],
)
def test_what_is_too_large_or_not_there_is_refused(info: ImageInfo, output: ImageOutput, words: str) -> None:
    with pytest.raises(SourceUnsupported, match=words):
        plan(output, info)


def test_a_colour_is_checked() -> None:
    with pytest.raises(InvalidDocument, match="'red' is no colour such as #ffffff"):
        plan(ImageOutput("a", ImageFormat.JPEG, background="red"))


def test_a_format_that_is_only_known_by_name_is_refused() -> None:
    assert readable("avif") == "avif"
    with pytest.raises(SourceUnsupported, match="a picture of the format heic, which is not read"):
        readable("heic")


@pytest.mark.parametrize("change", [{"width": 0}, {"height": "9"}, {"frames": True}, {"width": 1 << 40}])
def test_headers_that_make_no_sense_are_damage(change: dict[str, object]) -> None:
    data = {name: getattr(PHOTO, name) for name in PHOTO.__dataclass_fields__}
    assert read_info(data) == PHOTO
    with pytest.raises(SourceDamaged, match="makes no sense"):
        read_info({**data, **change})


def test_metadata_is_dropped_unless_asked_for() -> None:
    assert plan(ImageOutput("a", ImageFormat.JPEG)).keep is Keep.NONE
