"""Is a picture what was promised? Judgements over what the jailed program found in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloudtranscode.media.check.judge import Check
from cloudtranscode.media.images.formats import FORMATS
from cloudtranscode.media.images.output import ImageFormat, Keep
from cloudtranscode.media.images.plan import Picture

_CLOSE, _COARSE = 8, 32
_COARSE_QUALITY = 50


def check_picture(picture: Picture, found: dict[str, Any]) -> Iterator[Check]:
    """Judge one finished picture by what was found when all of it was decoded."""
    name = picture.output_id
    yield _equal(name, "decoder", "silent", found.get("fault", "silent"))
    if "fault" in found:
        return
    yield _equal(name, "size", f"{picture.width}x{picture.height}", f"{found.get('width')}x{found.get('height')}")
    yield _equal(name, "frames", picture.frames, found.get("frames"))
    yield _equal(name, "bits per channel", picture.bit_depth, found.get("bit_depth"))
    if picture.keep is Keep.NONE:
        yield _equal(name, "metadata", [], found.get("marks"))
    difference, allowed = found.get("difference"), _allowed(picture)
    ok = isinstance(difference, int) and difference <= allowed
    yield Check(name, "difference to the uncompressed picture", ok, f"at most {allowed}", str(difference))


def _allowed(picture: Picture) -> int:
    """Levels of 255 by which a sixteenth of the picture may differ: a palette and a low quality change colours."""
    coarse = picture.format is ImageFormat.GIF or (picture.quality or 100) < _COARSE_QUALITY
    lossy = FORMATS[picture.format].quality is not None and not picture.lossless
    return _COARSE if coarse else _CLOSE if lossy else 1


def _equal(output_id: str, name: str, expected: object, found: object) -> Check:
    return Check(output_id, name, expected == found, str(expected), str(found))
