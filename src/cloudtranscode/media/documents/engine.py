"""The front for documents: each call is one durable step; values in and out have a JSON form, files stay in scratch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudtranscode.errors import CheckFailed, ScratchLost, SourceDamaged, SourceUnsupported
from cloudtranscode.media.artifact import Artifact, Role
from cloudtranscode.media.check.judge import Check, passed
from cloudtranscode.media.documents.check import check_page, check_pdf, check_text
from cloudtranscode.media.documents.command import (
    fetch_command,
    look_command,
    make_command,
    page_path,
    pdf_path,
    probe_pdf_command,
    text_path,
)
from cloudtranscode.media.documents.info import DocumentInfo, read_document_info
from cloudtranscode.media.documents.office import RESTART, convert_command, converted_path, find_office
from cloudtranscode.media.documents.plan import OFFICE, DocumentPlan, PageText
from cloudtranscode.media.images.answer import part, read_answer
from cloudtranscode.media.images.formats import FORMATS
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.door import Door
from cloudtranscode.media.tools.jail import Jail
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.scratch import file_size
from cloudtranscode.media.tools.words import FINISHED

_PDF = "pdf"
_SOURCE = "source"
_TEXT_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class DocumentEngine:
    """Reads documents, makes pictures and texts of them and checks those, all of it in the jail.

    ``office`` is where LibreOffice is, if it was named; it is looked for when a document needs it.
    """

    tools: Tools
    jail: Jail
    office: str | None = None

    def probe(self, form: str, scratch: Path, door: Door, watch: Watch) -> DocumentInfo:
        """Find out what a document is; ``form`` is what :func:`~cloudtranscode.media.source.kind.sniff` found.

        Errors: ``SourceUnsupported`` (encrypted, too large), ``SourceDamaged``, ``ToolMissing`` for an office document
        without LibreOffice, ``JobCancelled``, ``IsolationUnavailable``, and the door's.
        """
        source, fetch = self._pdf(form, scratch, door, watch), form == _PDF
        return read_document_info(form, self._run(probe_pdf_command(source, fetch=fetch), scratch, watch, door))

    def make(self, plan: DocumentPlan, scratch: Path, door: Door, watch: Watch) -> list[Artifact]:
        """Make every output of ``plan`` under ``scratch``; what an earlier attempt left there is removed first.

        Errors: as for :meth:`probe`, ``EncodeFailed`` and ``ScratchLost``.
        """
        shutil.rmtree(scratch / FINISHED, ignore_errors=True)
        for path in _paths(plan):
            (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        form = plan.source.format
        source = self._pdf(form, scratch, door, watch)
        self._run(make_command(plan, source, fetch=form == _PDF), scratch, watch, door)
        return list(_artifacts(plan, scratch))

    def check(self, plan: DocumentPlan, scratch: Path, watch: Watch) -> list[Check]:
        """Decode every picture and text and compare them with what was promised.

        Errors: ``CheckFailed`` naming what is wrong, ``ScratchLost``, ``JobCancelled``, ``IsolationUnavailable``.
        """
        checks: list[Check] = []
        if plan.pictures:
            found = self._run(look_command(plan), scratch, watch)
            looks = ((one, part(found, "pictures", page_path(one))) for one in plan.pictures)
            checks += [check for one, look in looks for check in check_page(one, look)]
        for text in plan.texts:
            checks += check_text(text, _bytes(text, scratch))
        for output_id in plan.pdfs:
            found = self._run(probe_pdf_command(pdf_path(output_id)), scratch, watch)
            checks += check_pdf(output_id, plan, len(read_document_info(_PDF, found).pages))
        return passed(checks)

    def _pdf(self, form: str, scratch: Path, door: Door, watch: Watch) -> str:
        """Return the path of the PDF: that of an office document is made now, any other is fetched when it is read."""
        if form == _PDF:
            return _SOURCE
        if form not in OFFICE:
            raise SourceUnsupported(f"The source is a document of the format {form}, which is not read.")
        office, name = find_office(self.office), f"{_SOURCE}.{form}"
        self._run(fetch_command(name), scratch, watch, door)
        made = converted_path(name)
        for _ in range(2):
            done = self._runner(scratch).run(convert_command(office, name), watch)
            if done.exit_code != RESTART:
                break
        if not file_size(scratch, made):
            raise SourceDamaged(f"LibreOffice makes no PDF of the document ({done.last_words()}).")
        return made

    def _run(self, command: Command, scratch: Path, watch: Watch, door: Door | None = None) -> dict[str, Any]:
        return read_answer(self._runner(scratch).run(command, watch, door))

    def _runner(self, scratch: Path) -> Runner:
        return Runner(self.tools, self.jail, scratch)


def _paths(plan: DocumentPlan) -> list[str]:
    return [*map(page_path, plan.pictures), *map(text_path, plan.texts), *map(pdf_path, plan.pdfs)]


def _artifacts(plan: DocumentPlan, scratch: Path) -> Iterator[Artifact]:
    for one in plan.pictures:
        content_type = FORMATS[one.picture.format].content_type
        yield _artifact(one.picture.output_id, one.name, page_path(one), content_type, scratch)
    for text in plan.texts:
        yield _artifact(text.output_id, text.name, text_path(text), "text/plain; charset=utf-8", scratch)
    for output_id in plan.pdfs:
        yield _artifact(output_id, "", pdf_path(output_id), "application/pdf", scratch)


def _artifact(output_id: str, name: str, path: str, content_type: str, scratch: Path) -> Artifact:
    size = file_size(scratch, path)
    if size is None:
        raise ScratchLost(f"The file {name or path} of output {output_id} is not in the scratch folder.")
    return Artifact(output_id, name, path, content_type, size, Role.MEDIA)


def _bytes(text: PageText, scratch: Path) -> bytes:
    path = text_path(text)
    size = file_size(scratch, path)
    if size is None:
        raise ScratchLost(f"{path} is not in the job's scratch folder.")
    if size > _TEXT_BYTES:
        raise CheckFailed(f"{path} is too large for the text of a document.")
    return (scratch / path).read_bytes()
