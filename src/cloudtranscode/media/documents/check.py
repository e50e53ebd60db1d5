"""Are pages and texts what was promised? Judgements over what was found in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.documents.plan import DocumentPlan, PagePicture, PageText
from cloudtranscode.media.images.check import check_picture


def check_page(one: PagePicture, found: dict[str, Any]) -> Iterator[Check]:
    """Judge a finished page by what was found when all of it was decoded."""
    for check in check_picture(one.picture, found):
        yield Check(check.output_id, f"{one.name} {check.name}".strip(), check.ok, check.expected, check.found)


def check_text(text: PageText, data: bytes) -> Iterator[Check]:
    """Judge a text by its bytes."""
    say = Judge(text.output_id, f"{text.name} " if text.name else "")
    try:
        found = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield say.equal("encoding", "UTF-8", f"{error.reason} at byte {error.start}")
        return
    yield say.equal("encoding", "UTF-8", "UTF-8")
    yield say.equal("pages", len(text.pages), found.count("\f") + 1)


def check_pdf(output_id: str, plan: DocumentPlan, pages: int) -> Iterator[Check]:
    """Judge a PDF by the pages that were counted in it."""
    yield Judge(output_id).equal("pages", len(plan.source.pages), pages)
