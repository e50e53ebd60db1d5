"""What a destination's ending means, for each kind of source."""

from __future__ import annotations

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.location import parse
from cloudtranscode.media.documents.info import DocumentInfo
from cloudtranscode.media.documents.output import PagesOutput, PdfOutput, TextOutput
from cloudtranscode.media.documents.plan import DocumentPlan
from cloudtranscode.media.images.output import ImageOutput
from cloudtranscode.media.outputs import Ladder, Poster
from cloudtranscode.media.source.kind import Kind
from cloudtranscode.media.studio import Whatever
from cloudtranscode.workflow.wanted import Wanted, named_by, of_destination


def wanted(name: str) -> Wanted:
    return of_destination(parse(f"/c/{name}"), name, ["720p"])


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("a.jpg", {Kind.MEDIA: Poster, Kind.IMAGE: ImageOutput, Kind.DOCUMENT: ImageOutput}),
        ("a.WEBP", {Kind.MEDIA: Poster, Kind.IMAGE: ImageOutput, Kind.DOCUMENT: ImageOutput}),
        ("a.avif", {Kind.MEDIA: None, Kind.IMAGE: ImageOutput, Kind.DOCUMENT: ImageOutput}),
        ("a/", {Kind.MEDIA: Ladder, Kind.IMAGE: None, Kind.DOCUMENT: PagesOutput}),
    ],
)
def test_what_is_made_depends_on_the_source(name: str, kinds: dict[Kind, type | None]) -> None:
    output = wanted(name).output
    assert isinstance(output, Whatever)
    made = {kind: output.of(kind) for kind in Kind}
    assert {kind: type(one) if one else None for kind, one in made.items()} == kinds
    assert all(one.id == "out0" for one in made.values() if one)


def test_text_and_pdf_are_of_documents() -> None:
    assert wanted("a.txt").output == TextOutput("out0")
    assert wanted("a.pdf").output == PdfOutput("out0")


@pytest.mark.parametrize("name", ["a", "a.exe", "a.svg"])
def test_what_cannot_be_made_is_told(name: str) -> None:
    with pytest.raises(InvalidDocument, match="Cannot tell what to make"):
        wanted(name)


def test_the_pages_of_a_document_are_no_ladder() -> None:
    plan = DocumentPlan(DocumentInfo("pdf", ((1.0, 1.0),)), (), (), (), ())
    assert named_by(wanted("pages/"), plan).type == "pages"
    assert named_by(wanted("a.jpg"), plan).type == "image"
