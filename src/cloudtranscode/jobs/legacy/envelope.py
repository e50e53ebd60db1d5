"""The three envelopes that the earlier stack put around a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudtranscode.jobs.legacy.fields import Fields, Note

_START = "START_JOB"
_INNER = {"input_asset", "input_file", "outputs", "output_asset", "output_assets"}
_LEFT = {
    "time": "the stack notes the time itself",
    "jobId": "the job gets an id of this stack",
    "job_id": "the job gets an id of this stack",
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all three envelopes carry."""

    client: str | None
    source: Fields
    outputs: list[Fields]
    metadata: dict[str, str]


def is_legacy(data: Mapping[str, Any]) -> bool:
    """Whether a document is one of the earlier stack's; ours has ``input`` and ``outputs`` at its top."""
    inner = data.get("data")
    return "input_asset" in data or (isinstance(inner, dict) and bool(_INNER & set(inner)))


def open_envelope(data: Mapping[str, Any], notes: list[Note]) -> Envelope:
    """Take a job out of its envelope. Errors: ``InvalidDocument`` with the path of the field."""
    top = Fields("", data, notes)
    body = top if "input_asset" in data else top.inner("data") or top
    if body is not top:
        _start_of(top)
    client = _client(top) or (_client(body) if body is not top else None)
    body.dropped("workflow", "every job runs in the one workflow of this stack")
    source = body.inner("input_asset") or _flat_source(body)
    outputs = body.several(body.named("output_assets", "output_asset", "outputs"))
    if not outputs:
        body.refuse(body.named("output_assets", "output_asset", "outputs"), "must have at least one output")
    found = Envelope(client, source, outputs, _metadata(body))
    for one in (body, top) if body is not top else (top,):
        one.close()
    return found


def _start_of(top: Fields) -> None:
    if top.value("type") not in (None, _START):
        top.refuse("type", f"is not {_START}, and nothing else began a job")
    top.kept("type", "begins a job")
    for name, why in _LEFT.items():
        top.dropped(name, why)


def _flat_source(body: Fields) -> Fields:
    """The input of May 2015, whose fields stand among the others."""
    names = ("input_type", "input_http", "input_bucket", "input_file")
    body.read.update(names)
    return Fields(body.path, {name: body.data[name] for name in names if name in body.data}, body.notes)


def _client(fields: Fields) -> str | None:
    found = fields.value("client")
    if found is None:
        return None
    if isinstance(found, str):
        fields.kept("client", "the client")
        return found
    client = fields.object("client", found)
    name = client.text("name")
    client.kept("name", "the client")
    client.dropped("queues", "answers go to what is registered for the client, never to what a message names")
    client.close()
    return name


def _metadata(body: Fields) -> dict[str, str]:
    """What of the metadata is flat text."""
    given = body.inner("input_metadata", "metadata")
    if given is None:
        return {}
    texts = {name: value for name, value in given.data.items() if isinstance(value, str)}
    for name in given.data:
        given.kept(name, f"metadata.{name}") if name in texts else given.dropped(name, "only texts are kept")
    return texts
