from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.errors import ToolMissing
from cloudtranscode.media.documents.check import check_page, check_pdf, check_text
from cloudtranscode.media.documents.command import fetch_command, look_command, make_command, probe_pdf_command
from cloudtranscode.media.documents.info import DocumentInfo
from cloudtranscode.media.documents.office import convert_command, converted_path, find_office
from cloudtranscode.media.documents.output import PagesOutput, PdfOutput, TextOutput, parse_ranges
from cloudtranscode.media.documents.plan import PageText, make_document_plan
from cloudtranscode.media.images.command import PROGRAM
from cloudtranscode.media.images.output import ImageFormat
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool

PAPER = DocumentInfo("docx", ((200.0, 300.0),) * 2)
OUTPUTS = (PagesOutput("p", ImageFormat.PNG, parse_ranges("2"), dpi=72), TextOutput("t"), PdfOutput("d"))


def _order(command: Command) -> dict[str, Any]:
    assert command.tool is Tool.PYTHON
    assert command.args[0].endswith("documents/pdf_program.py")
    assert command.readable[1:] == (PROGRAM,)
    order: dict[str, Any] = json.loads("".join(command.args[2:]))
    assert order["pictures_program"] == str(PROGRAM)
    assert order["pages"] == 2000
    return order


def test_only_fetching_needs_the_door() -> None:
    fetch, probe = fetch_command("source"), probe_pdf_command("source")
    assert (fetch.args[1], _order(fetch)["do"]) == ("http://127.0.0.1:8080/source", "fetch")
    assert (probe.args[1], _order(probe)["do"]) == ("-", "probe")
    assert probe_pdf_command("source", fetch=True).args[1] == fetch.args[1]


def test_one_command_draws_writes_and_copies() -> None:
    order = _order(make_command(make_document_plan(OUTPUTS, PAPER), "converted/source.pdf"))
    assert order["source"] == "converted/source.pdf"
    assert order["texts"] == [{"path": "finished/t.txt", "pages": [0, 1]}]
    assert order["pdfs"] == ["finished/d.pdf"]
    (picture,) = order["pictures"]
    assert {name: picture[name] for name in ("path", "page", "width", "height", "saver", "options")} == {
        "path": "finished/p/page_0002.png",
        "page": 1,
        "width": 200,
        "height": 300,
        "saver": "pngsave",
        "options": {"compression": 9, "keep": "none"},
    }


def test_an_order_of_any_length_is_given_in_pieces() -> None:
    """execve(2) takes 128 KiB as one word."""
    command = make_command(make_document_plan([PagesOutput("p")], DocumentInfo("pdf", ((100.0, 100.0),) * 1500)), "a")
    assert max(map(len, command.args)) <= 64 << 10
    assert len(_order(command)["pictures"]) == 1500


def test_finished_pages_are_looked_at() -> None:
    command = look_command(make_document_plan(OUTPUTS, PAPER))
    assert json.loads(command.args[2])["pictures"] == [
        {"id": "finished/p/page_0002.png", "path": "finished/p/page_0002.png", "format": "png", "frames": 1}
    ]


def test_libreoffice_is_started_with_its_files_and_nothing_else() -> None:
    command = convert_command(Path("/usr/lib/libreoffice/program/soffice.bin"), "source.docx")
    assert command.args[0].endswith("documents/office_program.py")
    assert command.args[1:] == ("/usr/lib/libreoffice/program/soffice.bin", "source.docx", "converted")
    assert command.readable[1] == Path("/usr/lib/libreoffice")
    assert Path("/usr/share/fonts") in command.readable
    assert not any(str(path).startswith(("/home", "/root", "/tmp")) for path in command.readable[1:])  # noqa: S108
    assert converted_path("source.docx") == "converted/source.pdf"


def test_without_libreoffice_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match="need LibreOffice, which is not installed") as caught:
        find_office()
    assert "libreoffice-writer-nogui" in caught.value.remedy
    assert "as PDF" in caught.value.remedy


def test_libreoffice_is_found_beside_the_script_that_path_leads_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program, commands = tmp_path / "lib/office/program", tmp_path / "bin"
    program.mkdir(parents=True)
    commands.mkdir()
    for name in ("soffice", "soffice.bin"):
        (program / name).touch(0o755)
    (commands / "soffice").symlink_to(program / "soffice")
    monkeypatch.setenv("PATH", str(commands))
    assert find_office() == program / "soffice.bin"
    assert find_office(str(program / "soffice")) == program / "soffice.bin"
    (program / "soffice.bin").unlink()
    with pytest.raises(ToolMissing, match="cannot be executed"):
        find_office()


@pytest.mark.parametrize(
    ("data", "failed"),
    [
        (b"one\ftwo", []),
        ("ein Fluß\f".encode(), []),
        (b"one", ["pages"]),
        (b"\xff\xfe\f", ["encoding"]),
    ],
)
def test_a_text_is_judged_by_its_bytes(data: bytes, failed: list[str]) -> None:
    assert [check.name for check in check_text(PageText("t", "", (1, 2)), data) if not check.ok] == failed


def test_pages_and_pdfs_are_judged() -> None:
    plan = make_document_plan(OUTPUTS, PAPER)
    found = {"width": 200, "height": 299, "frames": 1, "bit_depth": 8, "marks": [], "difference": 0}
    failed = [check.name for check in check_page(plan.pictures[0], found) if not check.ok]
    assert failed == ["page_0002.png size"]
    assert [check.ok for check in check_pdf("d", plan, 2)] == [True]
    assert [check.ok for check in check_pdf("d", plan, 3)] == [False]
