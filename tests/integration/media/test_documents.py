"""Documents through the jail and PDFium; the pictures are measured by Pillow, the PDFs are written by hand."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from pypdfium2.version import PDFIUM_INFO

from cloudtranscode.errors import CheckFailed, CloudTranscodeError, SourceDamaged, SourceUnsupported, ToolMissing
from cloudtranscode.media.artifact import Artifact
from cloudtranscode.media.documents.engine import DocumentEngine
from cloudtranscode.media.documents.info import DocumentInfo
from cloudtranscode.media.documents.output import DocumentOutput, PagesOutput, PdfOutput, TextOutput, parse_ranges
from cloudtranscode.media.documents.plan import DocumentPlan, make_document_plan
from cloudtranscode.media.images.output import ImageFormat, ImageOutput, Resize, Rotate
from cloudtranscode.media.plain import plain, restore
from cloudtranscode.media.source.kind import Kind, sniff
from cloudtranscode.media.tools.jail import Isolation, Jail
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Watch
from support.local_door import LocalDoor
from support.media import real_clip
from support.papers import docx, filled, pdf, words
from support.pictures import alike, seen

TEXT = TextOutput("text")


class Office:
    """Whole ways from bytes to checked outputs; info and plan pass through JSON, as they do between workers."""

    def __init__(self, tools: Tools, scratch: Path) -> None:
        self.engine = DocumentEngine(tools, Jail(Isolation.PREFER))
        self.scratch = scratch
        self.info: DocumentInfo
        self.plan: DocumentPlan
        self.door: LocalDoor

    def make(self, source: bytes | Path, outputs: Sequence[DocumentOutput]) -> dict[str, Path]:
        path = source if isinstance(source, Path) else self.scratch.with_name("source.bin")
        if isinstance(source, bytes):
            path.write_bytes(source)
        kind = sniff(path.read_bytes()[: 64 << 10])
        assert kind.kind is Kind.DOCUMENT
        self.door = LocalDoor(path)
        info = self.engine.probe(kind.format, self.scratch, self.door, Watch())
        self.info = restore(DocumentInfo, json.loads(json.dumps(plain(info))))
        self.plan = make_document_plan(outputs, self.info)
        self.plan = DocumentPlan.from_dict(json.loads(json.dumps(self.plan.to_dict())))
        self.artifacts = self.engine.make(self.plan, self.scratch, self.door, Watch())
        self.checks = self.engine.check(self.plan, self.scratch, Watch())
        return {_name(one): self.scratch / one.path for one in self.artifacts}

    def text(self, source: bytes | Path) -> str:
        return self.make(source, [TEXT])["text"].read_text("utf-8")


def _name(one: Artifact) -> str:
    return f"{one.output_id}/{one.name}" if one.name else one.output_id


@pytest.fixture
def office(tools: Tools, scratch: Path) -> Office:
    return Office(tools, scratch)


def test_pages_become_pictures_and_text(office: Office) -> None:
    source = pdf([filled(0.8, 0.1, 0.1, below=0.5) + " 0 g " + words("First page"), words("Second, \\344\\366\\374")])
    made = office.make(source, [PagesOutput("p", ImageFormat.PNG, dpi=72), TEXT, TextOutput("each", each_page=True)])
    assert office.info.pages == ((200.0, 300.0), (200.0, 300.0))
    first = seen(made["p/page_0001.png"])
    assert first.size == (200, 300)
    places = [first.getpixel((100, 290)), first.getpixel((100, 160)), first.getpixel((100, 140))]
    assert places == [(204, 26, 26), (204, 26, 26), (255, 255, 255)]
    assert min(_row(first, 45)) < 60
    assert min(_row(first, 100)) > 250
    assert made["text"].read_text("utf-8").split("\f") == ["First page", "Second, äöü"]
    assert made["each/page_0002.txt"].read_text("utf-8") == "Second, äöü"
    assert all(check.ok for check in office.checks)
    assert {one.content_type for one in office.artifacts} == {"image/png", "text/plain; charset=utf-8"}


def _row(picture: Image.Image, y: int) -> list[int]:
    grey = picture.convert("L")
    return [int(str(grey.getpixel((x, y)))) for x in range(20, 120)]


def test_a_page_is_drawn_at_the_size_it_is_wanted_in(office: Office) -> None:
    """Scaled down after drawing, a hair line is grey; drawn at its size, it has the width of a pixel."""
    source = pdf(["0 0 1 RG 1 w 0 150 m 200 150 l S"])
    outputs = [
        ImageOutput("small", ImageFormat.PNG, steps=(Resize(100), Rotate(90))),
        ImageOutput("large", ImageFormat.PNG, steps=(Resize(2000, enlarge=True),)),
    ]
    made = office.make(source, outputs)
    small, large = seen(made["small"]), seen(made["large"])
    assert small.size == (150, 100)
    assert large.size == (2000, 2998)  # the shape of the page at its plain 150 dpi, 417x625
    column = [large.getpixel((1000, y)) for y in range(large.height)]
    assert 9 <= column.count((0, 0, 255)) <= 10


def test_a_rotated_page_is_shown_upright(office: Office) -> None:
    made = office.make(
        pdf([filled(0, 0, 1, below=0.5)], page="/Rotate 90"), [PagesOutput("p", ImageFormat.PNG, dpi=72)]
    )
    picture = seen(made["p/page_0001.png"])
    assert office.info.pages == ((300.0, 200.0),)
    assert picture.size == (300, 200)
    assert [picture.getpixel((75, 100)), picture.getpixel((225, 100))] == [(0, 0, 255), (255, 255, 255)]


def test_what_was_filled_into_a_form_is_drawn(office: Office) -> None:
    """The widget has no appearance of its own: PDFium draws the value."""
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Filled in) /Rect [20 100 180 130] /F 4"
        b" /DA (/F 14 Tf 0 g) >>"
    )
    form = "/AcroForm << /Fields [6 0 R] /DR << /Font << /F 3 0 R >> >> /DA (/F 14 Tf 0 g) /NeedAppearances true >>"
    source = pdf([""], catalog=form, page="/Annots [6 0 R]", more=[field])
    picture = seen(office.make(source, [PagesOutput("p", ImageFormat.PNG, dpi=72)])["p/page_0001.png"])
    box = picture.convert("L").crop((20, 170, 180, 200))
    darkest = box.getextrema()[0]
    assert isinstance(darkest, int | float)
    assert darkest < 60


def test_real_documents_are_read(office: Office) -> None:
    made = office.make(
        real_clip("odd/four_pages.pdf"), [PagesOutput("p", ImageFormat.WEBP, parse_ranges("1,4"), width=300), TEXT]
    )
    assert len(office.info.pages) == 4
    assert sorted(made) == ["p/page_0001.webp", "p/page_0004.webp", "text"]
    text = made["text"].read_text("utf-8")
    assert text.startswith("Hello, here is some text without a meaning.")
    assert text.count("\f") == 3
    assert "“Huardest gefburn”" in text
    with pypdfium2.PdfDocument(real_clip("odd/four_pages.pdf")) as document:
        reference = document[0].render(scale=300 / document[0].get_width()).to_pil()
    page = seen(made["p/page_0001.webp"])
    grids = [picture.convert("RGB").resize((6, 8), Image.Resampling.BOX) for picture in (page, reference)]
    page_colors, expected = ([_color(grid, x, y) for x in range(6) for y in range(8)] for grid in grids)
    assert alike(page_colors, expected, 6)


def _color(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    value = picture.getpixel((x, y))
    assert isinstance(value, tuple)
    return tuple(int(part) for part in value)


def test_an_office_document_becomes_pdf_where_libreoffice_is(office: Office) -> None:
    """Both are promises: what comes out with it, and the error without it."""
    outputs: list[DocumentOutput] = [PdfOutput("pdf"), TEXT, PagesOutput("p", ImageFormat.PNG, dpi=40)]
    if not any(map(shutil.which, ("soffice", "libreoffice"))):
        with pytest.raises(ToolMissing):
            office.make(docx("A letter of one line"), outputs)
        return
    made = office.make(docx("A letter of one line"), outputs)
    assert made["text"].read_text("utf-8").strip() == "A letter of one line"
    assert made["pdf"].read_bytes().startswith(b"%PDF-")
    assert (office.info.format, len(office.info.pages), sorted(made)) == ("docx", 1, ["p/page_0001.png", "pdf", "text"])


def test_an_office_document_without_libreoffice_is_one_clear_error(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="need LibreOffice") as caught:
        office.text(docx("A letter"))
    assert "as PDF" in caught.value.remedy


# --- hostile and damaged documents --------------------------------------------------------------------------------


def test_pdfium_has_neither_javascript_nor_xfa() -> None:
    assert not {"V8", "XFA"} & set(PDFIUM_INFO.flags)


_REACHING = {
    "uri": "/OpenAction << /S /URI /URI (http://169.254.169.254/latest) >>",
    "launch": "/OpenAction << /S /Launch /F (/bin/sh) /Win << /F (cmd.exe) >> >>",
    "javascript": "/OpenAction << /S /JavaScript /JS (app.launchURL\\('http://169.254.169.254/'\\)) >>",
    "remote": "/OpenAction << /S /GoToR /F (file:///etc/passwd) /D [0 /Fit] >>",
    "submit": "/OpenAction << /S /SubmitForm /F << /FS /URL /F (http://169.254.169.254/) >> >>",
    "xfa": "/AcroForm << /Fields [] /XFA (<xdp:xdp><script>app.alert\\(1\\)</script></xdp:xdp>) >>",
    "stream": "/Metadata << /Type /Metadata /F (file:///etc/passwd) >>",
}


@pytest.mark.parametrize("name", _REACHING)
def test_a_document_that_reaches_out_reaches_nothing(office: Office, name: str) -> None:
    """Whatever it wants done when it is opened, what comes out is its page and nothing else."""
    actions = f"/AA << /O << /S /URI /URI (http://169.254.169.254/) >> >> {_REFERENCE}"
    text = office.text(pdf([words("Only this") + " /X Do"], catalog=_REACHING[name], page=actions, more=[_OUTSIDE]))
    assert text == "Only this"
    assert {request.split()[1] for request in office.door.requests} == {"/source"}


_REFERENCE = "/Resources << /Font << /F 3 0 R >> /XObject << /X 6 0 R >> >>"
_OUTSIDE = (
    b"<< /Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 0"
    b" /F << /FS /URL /F (file:///etc/passwd) >> >>\nstream\n\nendstream"
)
"""An image whose data is said to be in another file. ISO 32000-1, 7.3.8.2."""


def _bomb() -> bytes:
    """A form that draws the next one ten times, eight deep: a hundred million times the last. ISO 32000-1, 8.10."""
    body = "/N Do " * 10
    forms = [
        f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /N {7 + level} 0 R >> >>"
        f" /Length {len(body)} >>\nstream\n{body}\nendstream".encode()
        for level in range(8)
    ]
    last = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 10 >>\nstream\n0 0 9 9 re\nendstream"
    return pdf(["/X Do"], page="/Resources << /XObject << /X 6 0 R >> >>", more=[*forms, last])


_LOCKED = "/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <{o}> /U <{o}> >> /ID [<00> <00>]"

_REFUSED: dict[str, tuple[Callable[[], bytes], type[CloudTranscodeError], str]] = {
    "encrypted": (
        lambda: pdf([words("Secret")], trailer=_LOCKED.format(o="5a" * 32)),
        SourceUnsupported,
        "encrypted and opens only with its password",
    ),
    "magic alone": (lambda: b"%PDF-1.7\n", SourceDamaged, "cannot be opened"),
    "page without a size": (
        lambda: pdf([""]).replace(b"/Type /Page /Parent", b"/Type /Pxge /Parent"),
        SourceDamaged,
        "cannot be",
    ),
    "no pages": (lambda: pdf([]), SourceDamaged, "cannot be opened"),
    "huge page": (lambda: pdf([""], size=(1e7, 1e7)), SourceUnsupported, "pixels"),
    "many pages": (lambda: pdf([""] * 2001), SourceUnsupported, "has 2001 pages, of at most 2000"),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_a_hostile_or_damaged_document_is_one_clear_error(office: Office, name: str) -> None:
    source, error, message = _REFUSED[name]
    began = time.monotonic()
    with pytest.raises(error, match=message):
        office.make(source(), [PagesOutput("p")])
    assert time.monotonic() - began < 20


def test_a_document_that_was_cut_gives_what_is_left_or_an_error(office: Office) -> None:
    """PDFium finds the objects again when their table is not where it is said to be."""
    source = pdf([words("First"), words("Second")])
    assert office.text(source[: source.index(b"startxref")]) == "First\fSecond"
    with pytest.raises((SourceDamaged, SourceUnsupported)):
        Office(office.engine.tools, _new(office.scratch)).text(source[:120])


def _new(scratch: Path) -> Path:
    folder = scratch.with_name("another")
    folder.mkdir()
    return folder


def test_a_page_that_draws_without_end_is_stopped(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudtranscode.media.documents.command._READ_S", -8)
    began = time.monotonic()
    with pytest.raises(SourceDamaged, match="ended its reader"):
        office.make(_bomb(), [PagesOutput("p", dpi=72)])
    assert time.monotonic() - began < 30


def test_an_output_that_was_changed_after_it_was_made_fails_its_check(office: Office) -> None:
    made = office.make(pdf([words("One"), words("Two")]), [TEXT, PagesOutput("p", ImageFormat.PNG, dpi=72)])
    made["text"].write_bytes(b"\xff\xfe")
    with pytest.raises(CheckFailed, match="encoding"):
        office.engine.check(office.plan, office.scratch, Watch())
    made["text"].write_bytes(b"One\fTwo")
    made["p/page_0002.png"].write_bytes(made["p/page_0001.png"].read_bytes()[:100])
    with pytest.raises(CheckFailed, match=r"page_0002\.png decoder"):
        office.engine.check(office.plan, office.scratch, Watch())
