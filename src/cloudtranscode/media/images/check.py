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


def check_picture(picture: Picture, found: dict[str, Any]) -> Iterator[Check]:
    """Judge one finished picture by what was found when all of it was decoded."""
    say = Judge(picture.output_id)
    yield say.equal("decoder", "silent", found.get("fault", "silent"))
    if "fault" in found:
        return
    yield say.equal("size", f"{picture.width}x{picture.height}", f"{found.get('width')}x{found.get('height')}")
    yield say.equal("frames", picture.frames, found.get("frames"))
    yield say.equal("bits per channel", picture.bit_depth, found.get("bit_depth"))
    if picture.keep is Keep.NONE:
        yield say.equal("metadata", [], found.get("marks"))
    difference, allowed = found.get("difference"), _allowed(picture)
    ok = isinstance(difference, int) and difference <= allowed
    yield Check(picture.output_id, _DIFFERENCE, ok, f"at most {allowed}", str(difference))


def _allowed(picture: Picture) -> int:
    """Levels of 255 by which a sixteenth of the picture may differ: a palette and a low quality change colours."""
    coarse = picture.format is ImageFormat.GIF or (picture.quality or 100) < _COARSE_QUALITY
    lossy = FORMATS[picture.format].quality is not None and not picture.lossless
    return _COARSE if coarse else _CLOSE if lossy else 1
