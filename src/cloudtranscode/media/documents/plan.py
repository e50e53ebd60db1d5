"""The decision: which pages are rendered and how large, and which text is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.documents.info import DocumentInfo
from cloudtranscode.media.documents.output import DocumentOutput, PageRange, PagesOutput, PdfOutput, TextOutput
from cloudtranscode.media.images.formats import FORMATS, MAX_SIDE
from cloudtranscode.media.images.framing import Do
from cloudtranscode.media.images.info import ImageInfo
from cloudtranscode.media.images.output import ImageOutput
from cloudtranscode.media.images.plan import Picture, plan_picture
from cloudtranscode.media.plain import plain, restore

_POINTS = 72
_MAX_FILES = 4000
_MAX_PAGE_PIXELS = 1 << 26
"""Of one rendered page: a quarter of a gigabyte while it is drawn."""

OFFICE = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "rtf", "ole"})
"""Formats that become PDF first."""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page (from 1), drawn ``width`` x ``height`` and then made into ``picture``; ``name`` as in an artifact."""

    name: str
    page: int
    width: int
    height: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of ``pages`` (from 1) as one file; ``name`` is ``""`` where the file is the whole output."""

    output_id: str
    name: str
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DocumentPlan:
    """All that a job does with a document; ``pdfs`` are the outputs that get the PDF itself; ``notes`` as elsewhere."""

    source: DocumentInfo
    pictures: tuple[PagePicture, ...]
    texts: tuple[PageText, ...]
    pdfs: tuple[str, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        data: dict[str, Any] = plain(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DocumentPlan:
        """Rebuild from :meth:`to_dict`."""
        return restore(cls, data)


def make_document_plan(outputs: Sequence[DocumentOutput], info: DocumentInfo) -> DocumentPlan:
    """Decide how ``outputs`` are made of a document.

    Errors: :class:`SourceUnsupported` for pages that are not there or too large, and for a PDF of what is one.
    """
    pictures: list[PagePicture] = []
    texts: list[PageText] = []
    pdfs: list[str] = []
    for output in outputs:
        match output:
            case PagesOutput():
                pictures += [_page(output, page, info) for page in _pages(output.id, output.ranges, info)]
            case ImageOutput():
                pictures.append(_cover(output, info))
            case TextOutput():
                texts += _texts(output, _pages(output.id, output.ranges, info))
            case PdfOutput():
                if info.format not in OFFICE:
                    raise SourceUnsupported(f"Output {output.id}: the source is PDF already.")
                pdfs.append(output.id)
    if len(pictures) + len(texts) > _MAX_FILES:
        raise SourceUnsupported(f"{len(pictures) + len(texts)} files would be made of the document, too many.")
    return DocumentPlan(info, tuple(pictures), tuple(texts), tuple(pdfs), ())


def _pages(output_id: str, ranges: Sequence[PageRange], info: DocumentInfo) -> list[int]:
    """The pages in the document's order, each once."""
    count = len(info.pages)
    wanted: set[int] = set()
    for one in ranges or (PageRange(1, None),):
        last = count if one.last is None else one.last
        if max(one.first, last) > count:
            raise SourceUnsupported(f"Output {output_id}: the source has {count} pages, not {max(one.first, last)}.")
        wanted.update(range(one.first, last + 1))
    return sorted(wanted)


def _page(output: PagesOutput, page: int, info: DocumentInfo) -> PagePicture:
    size = _size(output, *info.pages[page - 1])
    name = f"page_{page:04d}{FORMATS[output.format].suffix}"
    return _drawn(ImageOutput(output.id, output.format, output.quality), page, size, name)


def _cover(output: ImageOutput, info: DocumentInfo) -> PagePicture:
    """One page as a picture: a scale that comes first is left to whoever draws, who does not blur."""
    (page,) = _pages(output.id, (PageRange(output.page, output.page),), info)
    size = _size(PagesOutput(output.id), *info.pages[page - 1])
    done = _drawn(replace(output, page=1), page, size, "")
    steps = done.picture.operations
    if not steps or steps[0].do is not Do.SCALE:
        return done
    return replace(
        done, width=steps[0].width, height=steps[0].height, picture=replace(done.picture, operations=steps[1:])
    )


def _drawn(output: ImageOutput, page: int, size: tuple[int, int], name: str) -> PagePicture:
    if size[0] * size[1] > _MAX_PAGE_PIXELS or max(size) > MAX_SIDE:
        raise SourceUnsupported(
            f"Output {output.id}: page {page} would have {size[0]}x{size[1]} pixels, which are too many.",
            remedy="Ask for fewer `dpi`, or for a `width`.",
        )
    return PagePicture(name, page, *size, plan_picture(output, ImageInfo("pdf", *size), []))


def _size(output: PagesOutput, width: float, height: float) -> tuple[int, int]:
    ratios = [wanted / side for wanted, side in ((output.width, width), (output.height, height)) if wanted]
    scale = min(ratios) if ratios else output.dpi / _POINTS
    return max(1, round(width * scale)), max(1, round(height * scale))


def _texts(output: TextOutput, pages: Sequence[int]) -> list[PageText]:
    if output.each_page:
        return [PageText(output.id, f"page_{page:04d}.txt", (page,)) for page in pages]
    return [PageText(output.id, "", tuple(pages))]
