from __future__ import annotations

from typing import Any

import pytest

from cloudtranscode.errors import EncodeFailed, SourceDamaged, SourceUnsupported
from cloudtranscode.media.images.answer import part, read_answer
from cloudtranscode.media.images.check import check_picture
from cloudtranscode.media.images.info import ImageInfo
from cloudtranscode.media.images.output import ImageFormat, ImageOutput, Keep
from cloudtranscode.media.images.plan import make_image_plan
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.runner import Completed

_FOUND = {"width": 40, "height": 20, "frames": 1, "bit_depth": 8, "marks": [], "difference": 0}


def _failed(output: ImageOutput, found: dict[str, Any]) -> list[str]:
    picture = make_image_plan([output], ImageInfo("png", 40, 20)).pictures[0]
    return [check.name for check in check_picture(picture, found) if not check.ok]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"width": 41}, "size"),
        ({"frames": 2}, "frames"),
        ({"bit_depth": 16}, "bits per channel"),
        ({"marks": ["exif"]}, "metadata"),
        ({"difference": 9}, "difference to the uncompressed picture"),
        ({"difference": None}, "difference to the uncompressed picture"),
        ({"fault": "cannot be decoded"}, "decoder"),
    ],
)
def test_each_promise_is_compared(change: dict[str, Any], name: str) -> None:
    output = ImageOutput("a", ImageFormat.JPEG)
    assert _failed(output, _FOUND) == []
    assert _failed(output, {**_FOUND, **change}) == [name]


@pytest.mark.parametrize(
    ("output", "allowed"),
    [
        (ImageOutput("a", ImageFormat.PNG), 1),
        (ImageOutput("a", ImageFormat.WEBP), 8),
        (ImageOutput("a", ImageFormat.WEBP, lossless=True), 1),
        (ImageOutput("a", ImageFormat.WEBP, 20), 32),
        (ImageOutput("a", ImageFormat.GIF), 32),
    ],
)
def test_a_compressed_picture_may_differ_by_what_its_compression_costs(output: ImageOutput, allowed: int) -> None:
    assert _failed(output, {**_FOUND, "difference": allowed}) == []
    assert _failed(output, {**_FOUND, "difference": allowed + 1}) == ["difference to the uncompressed picture"]


_MOVING = {**_FOUND, "frames": 4, "lost_ms": 0}


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({}, []),
        ({"frames": 3}, []),
        ({"frames": 1, "lost_ms": 320}, []),
        ({"frames": 5}, ["frames"]),
        ({"frames": 0}, ["frames"]),
        ({"lost_ms": 40}, []),
        ({"lost_ms": 80}, ["duration"]),
        ({"lost_ms": None}, ["duration"]),
        ({"frames": 1, "difference": 90}, ["difference to the uncompressed picture"]),
    ],
)
def test_an_animation_may_have_fewer_frames_for_the_same_time(change: dict[str, Any], failed: list[str]) -> None:
    info = ImageInfo("gif", 40, 20, frames=4)
    picture = make_image_plan([ImageOutput("a", ImageFormat.WEBP)], info).pictures[0]
    assert [check.name for check in check_picture(picture, {**_MOVING, **change}) if not check.ok] == failed


def test_metadata_that_was_asked_for_may_be_there() -> None:
    assert _failed(ImageOutput("a", ImageFormat.JPEG, keep=Keep.ALL), {**_FOUND, "marks": ["exif"]}) == []


def _completed(exit_code: int, output: str, *tail: str) -> Completed:
    return Completed(Command(Tool.PYTHON, ()), exit_code, output, tail, None, None)


@pytest.mark.parametrize(
    ("done", "error", "words"),
    [
        (
            _completed(0, '{"fault": "damaged", "message": "cannot be read (x)"}'),
            SourceDamaged,
            r"cannot be read \(x\)",
        ),
        (_completed(0, '{"fault": "unsupported", "message": "is too large"}'), SourceUnsupported, "is too large"),
        (_completed(0, '{"fault": "failed", "message": "cannot be made"}'), EncodeFailed, "cannot be made"),
        (_completed(0, '{"fault": ["odd"], "message": 7}'), EncodeFailed, "The source 7"),
        (_completed(-11, ""), SourceDamaged, "signal 11"),
        (_completed(-9, ""), SourceDamaged, "signal 9"),
        (_completed(1, "", "MemoryError"), EncodeFailed, "MemoryError"),
        (_completed(0, "rubbish"), EncodeFailed, "no answer"),
        (_completed(0, "[1]"), EncodeFailed, "another kind"),
        (_completed(0, "[" * 100_000), EncodeFailed, "no answer"),
    ],
)
def test_a_program_that_does_not_answer_is_an_error(done: Completed, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        read_answer(done)


@pytest.mark.parametrize("answer", [{}, {"pictures": 7}, {"pictures": {"a": [1]}}, {"pictures": {"b": {"x": 1}}}])
def test_what_an_answer_lacks_is_nothing(answer: dict[str, Any]) -> None:
    assert part(answer, "pictures", "a") == {}
    assert part({"pictures": {"a": {"x": 1}}}, "pictures", "a") == {"x": 1}
    assert "size" in _failed(ImageOutput("a", ImageFormat.PNG), {})


def test_an_answer_is_read() -> None:
    assert read_answer(_completed(0, '{"width": 3}\n')) == {"width": 3}
