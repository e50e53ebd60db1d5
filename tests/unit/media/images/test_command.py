from __future__ import annotations

import json
from typing import Any

import pytest

from cloudtranscode.media.images.command import look_command, make_command, picture_path, probe_command
from cloudtranscode.media.images.info import ImageInfo
from cloudtranscode.media.images.output import ImageFormat, ImageOutput, Keep, Mode, Resize
from cloudtranscode.media.images.plan import make_image_plan
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool

_URL = "http://127.0.0.1:8080/source"
_LIMITS = {"bytes": 536_870_912, "side": 65_500, "pixels": 268_435_456}
_KEPT_NONE = {"keep": "none"}


def _order(command: Command) -> dict[str, Any]:
    order: dict[str, Any] = json.loads("".join(command.args[2:]))
    assert order.pop("looks") == "looks.json"
    return order


def test_the_source_is_probed_by_the_loader_of_its_format() -> None:
    command = probe_command("png")
    assert command.tool is Tool.PYTHON
    assert command.args[0].endswith("images/vips_program.py")
    assert _order(command) == {"do": "probe", "format": "png", "limits": _LIMITS}
    assert command.args[1] == _URL
    assert (command.limits.memory_bytes, command.limits.cpu_seconds, command.limits.processes) == (6 << 30, 120, 1)


def test_one_command_makes_every_picture() -> None:
    outputs = [
        ImageOutput("small", ImageFormat.WEBP, steps=(Resize(100, 100, mode=Mode.PAD, background="#0a0b0c"),)),
        ImageOutput("same", ImageFormat.JPEG, background="#ff0000", keep=Keep.ICC),
    ]
    command = make_command(make_image_plan(outputs, ImageInfo("png", 400, 200, alpha=True)))
    order = _order(command)
    assert command.args[1] == _URL
    assert {name: order[name] for name in ("do", "format", "limits")} == {
        "do": "make",
        "format": "png",
        "limits": _LIMITS,
    }
    assert order["pictures"] == [
        {
            "id": "small",
            "path": "finished/small.webp",
            "page": 0,
            "frames": 1,
            "depth": 8,
            "background": None,
            "operations": [
                {"do": "scale", "width": 100, "height": 50, "x": 0, "y": 0, "degrees": 0, "background": None},
                {"do": "pad", "width": 100, "height": 100, "x": 0, "y": 25, "degrees": 0, "background": [10, 11, 12]},
            ],
            "saver": "webpsave",
            "options": {"Q": 80, "smart_subsample": True, "keep": "none"},
        },
        {
            "id": "same",
            "path": "finished/same.jpg",
            "page": 0,
            "frames": 1,
            "depth": 8,
            "background": [255, 0, 0],
            "operations": [],
            "saver": "jpegsave",
            "options": {"Q": 82, "interlace": True, "optimize_coding": True, "keep": "icc"},
        },
    ]


@pytest.mark.parametrize(
    ("output", "saver", "options"),
    [
        (ImageOutput("a", ImageFormat.PNG), "pngsave", {"compression": 9}),
        (ImageOutput("a", ImageFormat.WEBP, 55), "webpsave", {"Q": 55, "smart_subsample": True}),
        (ImageOutput("a", ImageFormat.WEBP, lossless=True), "webpsave", {"lossless": True}),
        (
            ImageOutput("a", ImageFormat.AVIF, 50),
            "heifsave",
            {"compression": "av1", "effort": 3, "bitdepth": 8, "Q": 50},
        ),
        (ImageOutput("a", ImageFormat.TIFF), "tiffsave", {"compression": "deflate", "predictor": "horizontal"}),
        (ImageOutput("a", ImageFormat.GIF), "gifsave", {"effort": 7, "keep_duplicate_frames": True}),
    ],
)
def test_each_format_is_written_by_its_saver(output: ImageOutput, saver: str, options: dict[str, object]) -> None:
    picture = _order(make_command(make_image_plan([output], ImageInfo("png", 400, 200))))["pictures"][0]
    assert picture["saver"] == saver
    assert picture["options"] == {**options, **_KEPT_NONE}


def test_finished_pictures_are_looked_at_without_the_source() -> None:
    plan = make_image_plan([ImageOutput("a", ImageFormat.AVIF)], ImageInfo("gif", 40, 20, frames=3))
    command = look_command(plan)
    assert command.args[1] == "-"
    assert _order(command)["pictures"] == [{"id": "a", "path": "finished/a.avif", "format": "avif", "frames": 1}]
    assert picture_path(plan.pictures[0]) == "finished/a.avif"
