"""From a document of the earlier stack to the one that this stack takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from cloudtranscode.jobs.legacy.envelope import open_envelope
from cloudtranscode.jobs.legacy.fields import Fields, Note
from cloudtranscode.jobs.legacy.outputs import output


@dataclass(frozen=True, slots=True)
class Understood:
    """Our document, and how each field of the earlier one was understood."""

    document: dict[str, Any]
    notes: tuple[Note, ...]


def read_legacy(data: Mapping[str, Any], client: str | None = None) -> Understood:
    """Map a document of the earlier stack; ``client`` goes before the one that it names.

    Errors: ``InvalidDocument`` with the path of a field that cannot be mapped, and the reason.
    """
    notes: list[Note] = []
    envelope = open_envelope(data, notes)
    name = client or envelope.client
    if not name:
        Fields("", data, notes).refuse("client", "is not named; say --client NAME")
    source = _source(envelope.source)
    suffix = PurePosixPath(source if source.startswith("s3://") else source.partition("?")[0]).suffix
    outputs = [output(one, suffix) for one in envelope.outputs]
    _refuse_shared_folders(envelope.outputs, outputs)
    document = {
        "client": name,
        "input": source,
        "outputs": outputs,
        **({"metadata": envelope.metadata} if envelope.metadata else {}),
    }
    return Understood(document, tuple(notes))


def _refuse_shared_folders(given: list[Fields], outputs: list[dict[str, Any]]) -> None:
    """Many files need a folder to themselves: told here in the words of the earlier document."""
    for fields, one in zip(given, outputs, strict=True):
        folder = one["to"]
        if folder.endswith("/") and sum(other["to"].startswith(folder) for other in outputs) > 1:
            fields.refuse(fields.named("file", "output_file"), "is many files, which need a folder of their own")


def _source(fields: Fields) -> str:
    http = fields.text("http", "input_http")
    names = ("bucket", "input_bucket", "file", "input_file")
    if http:
        found = http
        for name in names:
            fields.dropped(name, "http goes before it")
    else:
        bucket, file = fields.needed("bucket", "input_bucket"), fields.needed("file", "input_file")
        found = f"s3://{bucket}/{file.lstrip('/')}"
        for name in names:
            fields.kept(name, f"input {found}")
    for name in ("http", "input_http"):
        fields.kept(name, "input")  # not the URL itself: its query may be a secret
    for name in ("type", "input_type"):
        fields.dropped(name, "what a source is, its first bytes say")
    fields.close()
    return found
