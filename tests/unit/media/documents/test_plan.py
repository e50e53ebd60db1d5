from __future__ import annotations

import json

import pytest

from cloudtranscode.errors import SourceDamaged, SourceUnsupported
from cloudtranscode.media.documents.info import DocumentInfo, read_document_info
from cloudtranscode.media.documents.output import (
    DocumentOutput,
    PageRange,
    PagesOutput,
    PdfOutput,
    TextOutput,
    parse_ranges,
)
from cloudtranscode.media.documents.plan import DocumentPlan, make_document_plan
from cloudtranscode.media.images.output import Crop, ImageFormat, ImageOutput, Resize, Rotate

A4 = (595.276, 841.89)
PAPER = DocumentInfo("pdf", (A4, A4, (842.0, 595.0)))


def plan(output: DocumentOutput, info: DocumentInfo = PAPER) -> DocumentPlan:
    made = make_document_plan([output], info)
    assert DocumentPlan.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", (PageRange(3, 3),)),
        ("1-3", (PageRange(1, 3),)),
        ("2-", (PageRange(2, None),)),
        (" 1 - 2 , 5", (PageRange(1, 2), PageRange(5, 5))),
    ],
)
def test_ranges_of_pages_are_read(text: str, expected: tuple[PageRange, ...]) -> None:
    assert parse_ranges(text) == expected


@pytest.mark.parametrize("text", ["", "a", "0", "3-2", "-2", "1,,2", "1--2", "1-2-3", "9999999"])
def test_what_is_no_range_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"pages"):
        parse_ranges(text)


def test_pages_are_drawn_by_their_resolution() -> None:
    pictures = plan(PagesOutput("p", dpi=72)).pictures
    assert [(one.name, one.page, one.width, one.height) for one in pictures] == [
        ("page_0001.jpg", 1, 595, 842),
        ("page_0002.jpg", 2, 595, 842),
        ("page_0003.jpg", 3, 842, 595),
    ]
    assert [(one.picture.width, one.picture.height) for one in pictures] == [(595, 842), (595, 842), (842, 595)]


@pytest.mark.parametrize(
    ("output", "size"),
    [
        (PagesOutput("p", width=600), (600, 849)),
        (PagesOutput("p", height=421), (298, 421)),
        (PagesOutput("p", width=600, height=600), (424, 600)),
        (PagesOutput("p"), (1240, 1754)),
    ],
)
def test_pages_are_drawn_as_large_as_asked(output: PagesOutput, size: tuple[int, int]) -> None:
    first = plan(output).pictures[0]
    assert (first.width, first.height) == size


def test_pages_come_once_and_in_the_documents_order() -> None:
    wanted = parse_ranges("3,1-2,2-3")
    assert [one.page for one in plan(PagesOutput("p", ranges=wanted)).pictures] == [1, 2, 3]


def test_text_is_one_file_or_one_for_each_page() -> None:
    (whole,) = plan(TextOutput("t", parse_ranges("2-"))).texts
    assert (whole.name, whole.pages) == ("", (2, 3))
    assert [(one.name, one.pages) for one in plan(TextOutput("t", each_page=True)).texts] == [
        ("page_0001.txt", (1,)),
        ("page_0002.txt", (2,)),
        ("page_0003.txt", (3,)),
    ]


def test_one_page_is_a_picture_like_any_other() -> None:
    (cover,) = plan(ImageOutput("c", ImageFormat.WEBP, steps=(Crop(620, 877), Rotate(90)), page=2)).pictures
    assert (cover.page, cover.name, cover.width, cover.height) == (2, "", 1240, 1754)
    assert (cover.picture.width, cover.picture.height) == (877, 620)


def test_a_scale_that_comes_first_is_left_to_the_drawing() -> None:
    steps = (Resize(300, 300, enlarge=True), Rotate(90))
    (cover,) = plan(ImageOutput("c", ImageFormat.PNG, steps=steps)).pictures
    assert (cover.width, cover.height) == (212, 300)
    assert [one.do for one in cover.picture.operations] == ["turn"]
    assert (cover.picture.width, cover.picture.height) == (300, 212)


@pytest.mark.parametrize(
    ("output", "info", "words"),
    [
        (PagesOutput("p", ranges=parse_ranges("2-4")), PAPER, "Output p: the source has 3 pages, not 4"),
        (PagesOutput("p", ranges=parse_ranges("9-")), PAPER, "Output p: the source has 3 pages, not 9"),
        (ImageOutput("c", ImageFormat.PNG, page=4), PAPER, "has 3 pages, not 4"),
        (PagesOutput("p", dpi=1200), PAPER, "page 1 would have 9921x14032 pixels"),
        (PagesOutput("p"), DocumentInfo("pdf", ((1e9, 1e9),)), "page 1 would have"),
        (PdfOutput("d"), PAPER, "Output d: the source is PDF already"),
        (PagesOutput("p"), DocumentInfo("pdf", (A4,) * 4001), "4001 files would be made"),
    ],
)
def test_what_is_not_there_or_too_large_is_refused(output: DocumentOutput, info: DocumentInfo, words: str) -> None:
    with pytest.raises(SourceUnsupported, match=words):
        plan(output, info)


def test_an_office_document_can_become_pdf() -> None:
    assert plan(PdfOutput("d"), DocumentInfo("docx", (A4,))).pdfs == ("d",)


@pytest.mark.parametrize(
    "data", [{}, {"pages": []}, {"pages": [[0, 5]]}, {"pages": [[1, "2"]]}, {"pages": 7}, {"pages": [[1, 2]] * 2001}]
)
def test_pages_that_make_no_sense_are_damage(data: dict[str, object]) -> None:
    with pytest.raises(SourceDamaged, match=r"pages"):
        read_document_info("pdf", data)


def test_pages_are_read() -> None:
    assert read_document_info("docx", {"pages": [[612, 792.5]]}) == DocumentInfo("docx", ((612.0, 792.5),))
