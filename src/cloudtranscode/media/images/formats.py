"""What each format of pictures can hold, and how libvips is told to write it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cloudtranscode.media.images.output import ImageFormat, Keep

READABLE = frozenset({"jpeg", "png", "webp", "avif", "tiff", "gif"})
"""Formats that are decoded; of others, only the name is known."""

MAX_SIDE = 65_500
MAX_PIXELS = 1 << 28
"""Of one picture; of all frames together where an animation is kept. A gigabyte when decoded."""
MAX_FRAMES = 2000


@dataclass(frozen=True, slots=True)
class FormatFacts:
    """``max_side`` and ``max_pixels`` bound one frame; ``deep`` formats hold 16 bits, ``quality`` is the default."""

    suffix: str
    content_type: str
    max_side: int = MAX_SIDE
    max_pixels: int = MAX_PIXELS
    alpha: bool = True
    frames: bool = False
    deep: bool = False
    quality: int | None = None


FORMATS = {
    ImageFormat.JPEG: FormatFacts(".jpg", "image/jpeg", alpha=False, quality=82),
    ImageFormat.PNG: FormatFacts(".png", "image/png", deep=True),
    ImageFormat.WEBP: FormatFacts(".webp", "image/webp", max_side=16_383, frames=True, quality=80),
    ImageFormat.AVIF: FormatFacts(".avif", "image/avif", max_side=16_384, max_pixels=1 << 26, quality=60),
    ImageFormat.TIFF: FormatFacts(".tiff", "image/tiff", deep=True),
    ImageFormat.GIF: FormatFacts(".gif", "image/gif", frames=True),
}

SUFFIXES = {one.suffix: form for form, one in FORMATS.items()} | {
    ".jpeg": ImageFormat.JPEG,
    ".tif": ImageFormat.TIFF,
}
"""Which format a file's name means."""


def save_options(form: ImageFormat, quality: int | None, keep: Keep, *, lossless: bool = False) -> dict[str, Any]:
    """How libvips' saver of a format is told. See https://www.libvips.org/API/current/ for each option."""
    wanted = quality or FORMATS[form].quality
    own: dict[ImageFormat, dict[str, Any]] = {
        ImageFormat.JPEG: {"Q": wanted, "interlace": True, "optimize_coding": True},
        ImageFormat.PNG: {"compression": 9},
        ImageFormat.WEBP: {"lossless": True} if lossless else {"Q": wanted, "smart_subsample": True},
        ImageFormat.AVIF: {"compression": "av1", "effort": 3, "bitdepth": 8}
        | ({"lossless": True} if lossless else {"Q": wanted}),
        ImageFormat.TIFF: {"compression": "deflate", "predictor": "horizontal"},
        ImageFormat.GIF: {"effort": 7, "keep_duplicate_frames": True},
    }
    return {**own[form], "keep": keep.value}


def saver(form: ImageFormat) -> str:
    """The name of libvips' operation that writes a format."""
    return "heifsave" if form is ImageFormat.AVIF else f"{form.value}save"


def loader(form: str) -> str:
    """The name of libvips' operation that reads a format of :data:`READABLE`."""
    return "heifload" if form == "avif" else f"{form}load"
