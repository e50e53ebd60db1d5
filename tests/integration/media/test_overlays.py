"""What is laid over a picture: where it is, how bright, when, and that nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageFont

from cloudtranscode.media.encode.overlay import FONT, FONTS
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import Order
from cloudtranscode.media.rendition import Caption, Overlays, Size, Watermark
from support.clips import Clips
from support.media_job import MediaJob, file_of, preset

_FLAT, _WHITE = 100, 235
_WIDTH, _HEIGHT = 160, 90


def _marked(engine: Engine, clips: Clips, scratch: Path, overlays: Overlays, image: str = "mark.png") -> MediaJob:
    order = Order((file_of("sharp", overlays),))
    return MediaJob(engine, scratch, order, [preset("sharp")], {"source": clips["flat.mp4"], "image0": clips[image]})


def _box(frame: bytes, bright: float) -> tuple[int, int, int, int] | None:
    """The rectangle that all pixels above ``bright`` are in: x, y, width, height."""
    found = [divmod(number, _WIDTH) for number, value in enumerate(frame) if value > bright]
    if not found:
        return None
    rows, columns = [row for row, _ in found], [column for _, column in found]
    return min(columns), min(rows), max(columns) - min(columns) + 1, max(rows) - min(rows) + 1


@pytest.mark.parametrize(
    ("mark", "box"),
    [
        (Watermark("image0"), (130, 70, 20, 10)),
        (Watermark("image0", x=8, y=6), (8, 6, 20, 10)),
        (Watermark("image0", x="50%", y="50%"), (70, 40, 20, 10)),
        (Watermark("image0", x="100%", y="0%"), (140, 0, 20, 10)),
        (Watermark("image0", x="-10%", y=0), (126, 0, 20, 10)),
        (Watermark("image0", width="25%", x=0, y=0), (0, 0, 40, 20)),
        (Watermark("image0", height=30, x=0, y=0), (0, 0, 60, 30)),
        (Watermark("image0", width=40, height=40, x=0, y=0), (0, 0, 40, 40)),
        (Watermark("image0", width=320, x=0, y=0), (0, 0, 160, 90)),  # what does not fit is cut
    ],
)
def test_a_watermark_is_where_it_is_wanted_and_as_bright_as_its_opacity(
    engine: Engine, clips: Clips, scratch: Path, mark: Watermark, box: tuple[int, int, int, int]
) -> None:
    job = _marked(engine, clips, scratch, Overlays(watermark=mark))
    frame = job.gray("sharp")[20]
    assert _box(frame, (_FLAT + _WHITE) / 2 - 20) == box
    x, y, width, height = box
    inside = [
        frame[row * _WIDTH + column] for row in range(y + 2, y + height - 2) for column in range(x + 2, x + width - 2)
    ]
    assert sum(inside) / len(inside) == pytest.approx(_FLAT * 0.3 + _WHITE * 0.7, abs=1.5)
    outside = [
        value
        for number, value in enumerate(frame)
        if not (x - 4 <= number % _WIDTH < x + width + 4 and y - 4 <= number // _WIDTH < y + height + 4)
    ]
    assert all(abs(value - _FLAT) <= 2 for value in outside)


def test_the_pictures_own_alpha_counts_too(engine: Engine, clips: Clips, scratch: Path) -> None:
    mark = Watermark("image0", x=0, y=0, opacity=0.6)
    frame = _marked(engine, clips, scratch, Overlays(watermark=mark), "half_clear.png").gray("sharp")[0]
    assert frame[5 * _WIDTH + 10] == pytest.approx(_FLAT * 0.7 + _WHITE * 0.3, abs=2)


def test_a_watermark_comes_and_goes_with_its_time(engine: Engine, clips: Clips, scratch: Path) -> None:
    mark = Watermark("image0", start_s=0.5, end_s=1.0)
    frames = _marked(engine, clips, scratch, Overlays(watermark=mark)).gray("sharp")
    assert [number for number, frame in enumerate(frames) if _box(frame, 140)] == list(range(12, 24))


def test_one_rendition_is_marked_and_the_one_scaled_from_it_is_not(engine: Engine, clips: Clips, scratch: Path) -> None:
    order = Order((file_of("large", Overlays(watermark=Watermark("image0", x=0, y=0))), file_of("small")))
    presets = [preset("large"), preset("small", Size(height=60))]
    lent = {"source": clips["flat.mp4"], "image0": clips["mark.png"]}
    job = MediaJob(engine, scratch, order, presets, lent)
    assert _box(job.gray("large")[3], 150) == (0, 0, 20, 10)
    assert all(abs(value - _FLAT) <= 2 for value in job.gray("small")[3])


def test_a_caption_is_in_its_place_and_time_alone(engine: Engine, clips: Clips, scratch: Path) -> None:
    caption = Caption("Hello", x="50%", y="100%", size=0.2, start_s=0.5, end_s=1.0)
    frames = _marked(engine, clips, scratch, Overlays(captions=(caption,))).gray("sharp")
    assert [number for number, frame in enumerate(frames) if _box(frame, 180)] == list(range(12, 24))
    x, y, width, height = _box(frames[15], 180) or (0, 0, 0, 0)
    assert x + width / 2 == pytest.approx(_WIDTH / 2, abs=3)
    assert 8 <= height <= 18
    assert y + height > 70
    assert all(abs(value - _FLAT) <= 2 for value in frames[15][: 50 * _WIDTH])
    dark = [number for number, value in enumerate(frames[15]) if value < 70]
    assert dark  # the box behind the letters
    assert min(number // _WIDTH for number in dark) >= 60


@pytest.mark.parametrize(
    "text",
    ["100%", "%{n} %{pts}", "it's: [a],b;c\\d=e", "'; drawbox", "textfile=/etc/passwd", "Grüße Ωλα Привет"],
)
def test_whatever_is_written_is_written_as_it_is(engine: Engine, clips: Clips, scratch: Path, text: str) -> None:
    captions = (Caption(text, y=20, size=0.11, box=False), Caption("second", y=-5, size=0.1, box=False))
    job = _marked(engine, clips, scratch, Overlays(captions=captions))
    frames = job.gray("sharp")
    _, _, width, _ = _box(frames[0][: 45 * _WIDTH], 140) or (0, 0, 0, 0)
    font = ImageFont.truetype(scratch / FONTS / FONT, 10)  # another renderer's opinion on how long that text is
    assert width == pytest.approx(font.getlength(text), abs=4)
    assert _box(frames[0][60 * _WIDTH :], 140)
    assert max(abs(one - other) for one, other in zip(frames[0], frames[35], strict=True)) < 12  # nothing counts up


def test_a_long_caption_is_broken_into_lines_that_fit(engine: Engine, clips: Clips, scratch: Path) -> None:
    text = "The quick brown fox jumps over the lazy dog"
    job = _marked(engine, clips, scratch, Overlays(captions=(Caption(text, y="50%", size=0.12, box=False),)))
    x, _, width, height = _box(job.gray("sharp")[0], 180) or (0, 0, 0, 0)
    assert x > 0
    assert x + width < _WIDTH
    assert height > 2 * 0.12 * _HEIGHT
