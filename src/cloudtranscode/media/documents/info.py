"""What a document is: what the jailed program found, read into :class:`DocumentInfo`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from cloudtranscode.errors import SourceDamaged

MAX_PAGES = 2000


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document; ``pages`` are the sizes of its pages as shown, (width, height) in points of 1/72 inch.

    ``format`` is what the source is; pages are those of the PDF that it is or becomes.
    """

    format: str
    pages: tuple[tuple[float, float], ...]


def read_document_info(form: str, data: dict[str, Any]) -> DocumentInfo:
    """Read what the program says, which is as trustworthy as the document. Errors: :class:`SourceDamaged`."""
    try:
        pages = tuple((_points(width), _points(height)) for width, height in data["pages"])
    except (KeyError, TypeError, ValueError) as error:
        raise SourceDamaged(f"What the document says of its pages makes no sense ({error}).") from error
    if not 0 < len(pages) <= MAX_PAGES:
        raise SourceDamaged(f"The document says it has {len(pages)} pages.")
    return DocumentInfo(form, pages)


def _points(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and value > 0):
        raise ValueError(f"a side of {value!r} points")
    return float(value)
