"""What can be asked for of a document."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cloudtranscode.media.images.output import ImageFormat, ImageOutput

_RANGE = re.compile(r"\s*(\d{1,6})(?:\s*-\s*(\d{1,6})?)?\s*")


@dataclass(frozen=True, slots=True)
class PageRange:
    """Pages from ``first`` to ``last``, both counted from 1 and included; ``None`` is the document's last page."""

    first: int
    last: int | None


@dataclass(frozen=True, slots=True)
class PagesOutput:
    """A picture of each page, under one prefix. The size is given by ``dpi``, or by ``width``, ``height`` or both.

    Without ``ranges`` all pages. ``quality`` is 1 to 100, ``None`` the format's own default.
    """

    id: str
    format: ImageFormat = ImageFormat.JPEG
    ranges: tuple[PageRange, ...] = ()
    dpi: float = 150.0
    width: int | None = None
    height: int | None = None
    quality: int | None = None


@dataclass(frozen=True, slots=True)
class TextOutput:
    """The text of the pages as UTF-8: one file, its pages parted by form feeds, or one file for each page."""

    id: str
    ranges: tuple[PageRange, ...] = ()
    each_page: bool = False


@dataclass(frozen=True, slots=True)
class PdfOutput:
    """An office document as PDF."""

    id: str


DocumentOutput = PagesOutput | TextOutput | PdfOutput | ImageOutput
"""An :class:`ImageOutput` is one page as a picture, which is then treated as any picture is."""


def parse_ranges(text: str) -> tuple[PageRange, ...]:
    """Read ``1-3,7,10-``. Errors: ``ValueError`` with a sentence for whoever wrote it."""
    return tuple(_range(part, text) for part in text.split(","))


def _range(part: str, text: str) -> PageRange:
    found = _RANGE.fullmatch(part)
    if found is None:
        raise ValueError(f"{text!r} is no range of pages such as 1-3,7,10-")
    first = int(found[1])
    last = int(found[2]) if found[2] else None if "-" in part else first
    if first < 1 or (last is not None and last < first):
        raise ValueError(f"{text!r} counts pages from 1, the first before the last")
    return PageRange(first, last)
