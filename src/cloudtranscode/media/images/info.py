"""What a picture is: what the jailed program found in its headers, read into :class:`ImageInfo`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cloudtranscode.errors import SourceDamaged


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """A picture; ``width`` and ``height`` are as shown, after its EXIF ``orientation`` (1 to 8), in pixels.

    ``frames`` counts the pages or frames. ``colors`` is libvips' name of the
    colour space (``srgb``, ``cmyk``, ``b-w``, ``rgb16`` and so on), ``bit_depth`` that of one channel.
    """

    format: str
    width: int
    height: int
    frames: int = 1
    bands: int = 3
    alpha: bool = False
    colors: str = "srgb"
    bit_depth: int = 8
    orientation: int = 1
    icc: bool = False


def read_info(data: dict[str, Any]) -> ImageInfo:
    """Read what the program says, which is as trustworthy as the picture. Errors: :class:`SourceDamaged`."""
    try:
        return ImageInfo(
            format=str(data["format"]),
            width=_count(data["width"]),
            height=_count(data["height"]),
            frames=_count(data["frames"]),
            bands=_count(data["bands"]),
            alpha=bool(data["alpha"]),
            colors=str(data["colors"]),
            bit_depth=_count(data["bit_depth"]),
            orientation=_count(data["orientation"]),
            icc=bool(data["icc"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SourceDamaged(f"What the picture says of itself makes no sense ({error}).") from error


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 31:
        raise ValueError(f"{value!r} is no count")
    return value
