"""The orders that the jailed programs get: to probe a document, to draw its pages, to take its text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cloudtranscode.media.documents.info import MAX_PAGES
from cloudtranscode.media.documents.plan import DocumentPlan, PagePicture, PageText
from cloudtranscode.media.images.command import PROGRAM, look_at, picture_order, picture_path, program_command
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.limits import Limits
from cloudtranscode.media.tools.words import FINISHED

_PROGRAM = Path(__file__).with_name("pdf_program.py")
_READ_S, _PAGE_S = 120, 10
"""Seconds of CPU for reading the largest document, and for one page of it; a page that takes more means to."""


def page_path(one: PagePicture) -> str:
    """Where a finished page lies in the scratch folder."""
    return f"{FINISHED}/{one.picture.output_id}/{one.name}" if one.name else picture_path(one.picture)


def text_path(text: PageText) -> str:
    """Where a finished text lies in the scratch folder."""
    return f"{FINISHED}/{text.output_id}/{text.name}" if text.name else f"{FINISHED}/{text.output_id}.txt"


def pdf_path(output_id: str) -> str:
    """Where a finished PDF lies in the scratch folder."""
    return f"{FINISHED}/{output_id}.pdf"


def fetch_command(path: str) -> Command:
    """Copy the document into the scratch folder as ``path``."""
    return _command({"do": "fetch", "source": path}, source=True)


def probe_pdf_command(source: str, *, fetch: bool = False) -> Command:
    """Count the pages of the PDF ``source``, which is fetched first if it is to be."""
    return _command({"do": "probe", "source": source}, source=fetch)


def make_command(plan: DocumentPlan, source: str, *, fetch: bool = False) -> Command:
    """Draw every picture of the PDF ``source`` and take every text."""
    return _command(
        {
            "do": "make",
            "source": source,
            "pictures": [_drawn(one) for one in plan.pictures],
            "pdfs": [pdf_path(output_id) for output_id in plan.pdfs],
            "texts": [{"path": text_path(text), "pages": [page - 1 for page in text.pages]} for text in plan.texts],
        },
        source=fetch,
        files=len(plan.pictures) + len(plan.texts),
    )


def look_command(plan: DocumentPlan) -> Command:
    """Read every finished page to its end."""
    return look_at(
        {"id": page_path(one), "path": page_path(one), "format": one.picture.format.value, "frames": 1}
        for one in plan.pictures
    )


def _drawn(one: PagePicture) -> dict[str, Any]:
    page = {"id": page_path(one), "path": page_path(one), "page": one.page - 1}
    return {**picture_order(one.picture), **page, "width": one.width, "height": one.height}


def _command(order: dict[str, Any], *, source: bool = False, files: int = 0) -> Command:
    order = {**order, "pictures_program": str(PROGRAM), "pages": MAX_PAGES}
    seconds = _READ_S + _PAGE_S * files
    limits = Limits(memory_bytes=4 << 30, cpu_seconds=seconds, file_bytes=4 << 30, open_files=256, threads=64)
    return program_command(_PROGRAM, order, limits, source=source)
