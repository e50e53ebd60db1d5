"""Is a picture what was promised? Judgements over what the jailed program found in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.images.formats import FORMATS
from cloudtranscode.media.images.output import ImageFormat, Keep
from cloudtranscode.media.images.plan import Picture

_DIFFERENCE = "difference to the uncompressed picture"
_CLOSE, _COARSE = 8, 32
_COARSE_QUALITY = 50
_TICK_MS = 10
"""What a frame of a GIF is timed in."""


def check_picture(picture: Picture, found: dict[str, Any]) -> Iterator[Check]:
    """Judge one finished picture by what was found when all of it was decoded."""
    say = Judge(picture.output_id)
    yield say.equal("decoder", "silent", found.get("fault", "silent"))
    if "fault" in found:
        return
    yield say.equal("size", f"{picture.width}x{picture.height}", f"{found.get('width')}x{found.get('height')}")
    yield from _frames(say, picture, found)
    yield say.equal("bits per channel", picture.bit_depth, found.get("bit_depth"))
    if picture.keep is Keep.NONE:
        yield say.equal("metadata", [], found.get("marks"))
    difference, allowed = found.get("difference"), _allowed(picture)
    ok = isinstance(difference, int) and difference <= allowed
    yield Check(picture.output_id, _DIFFERENCE, ok, f"at most {allowed}", str(difference))


def _frames(say: Judge, picture: Picture, found: dict[str, Any]) -> Iterator[Check]:
    """An encoder may make one frame of several that are the same, which then lasts as long as they did."""
    frames, lost = found.get("frames"), found.get("lost_ms")
    if picture.frames == 1:
        yield say.equal("frames", 1, frames)
        return
    ok = isinstance(frames, int) and 1 <= frames <= picture.frames
    yield Check(picture.output_id, "frames", ok, f"at most {picture.frames}", str(frames))
    if frames != 1:
        short = abs(lost) if isinstance(lost, int) else None
        ok = short is not None and short <= _TICK_MS * picture.frames
        yield Check(picture.output_id, "duration", ok, "kept", "kept" if ok else f"{lost} ms shorter")


def _allowed(picture: Picture) -> int:
    """Levels of 255 by which a sixteenth of the picture may differ: a palette and a low quality change colours."""
    coarse = picture.format is ImageFormat.GIF or (picture.quality or 100) < _COARSE_QUALITY
    lossy = FORMATS[picture.format].quality is not None and not picture.lossless
    return _COARSE if coarse else _CLOSE if lossy else 1
