"""The record of a job: the submitted document and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cloudtranscode.errors import ErrorReport
from cloudtranscode.jobs.state import JobState
from cloudtranscode.location import without_secrets

_CLIENTS_OWN = "metadata"  # the client's words, which nobody fetches


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the database knows it.

    ``epoch`` counts the executions that have owned the job; only the newest may act. Times are seconds since the
    epoch. ``progress`` is ``{phase, percent, frame, fps, speed, eta_s}`` with what is known.
    """

    id: str
    client: str
    state: JobState
    document: dict[str, Any]
    epoch: int = 0
    worker: str | None = None
    cancel_requested: bool = False
    retry_of: str | None = None
    progress: dict[str, Any] | None = None
    error: ErrorReport | None = None
    receipt: dict[str, Any] | None = None
    created_at: float = 0.0
    started_at: float | None = None
    finished_at: float | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """The document as it may be printed: no URL has its query, which may be what opens it."""
        return {name: value if name == _CLIENTS_OWN else _shown(value) for name, value in self.document.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return what users see as JSON: ``id``, ``state``, ``outputs``, ``error``, ``receipt`` and the rest."""
        receipt = self.receipt or {}
        return {
            "id": self.id,
            "client": self.client,
            "state": self.state.value,
            "outputs": receipt.get("outputs", []),
            "error": self.error.to_dict() if self.error else None,
            "progress": self.progress,
            "document": self.shown,
            "receipt": self.receipt,
            "retry_of": self.retry_of,
            "created_at": self.created_at,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
        }


def _shown(value: Any) -> Any:
    match value:
        case str():
            return without_secrets(value)
        case dict():
            return {name: _shown(inner) for name, inner in value.items()}
        case list():
            return [_shown(inner) for inner in value]
        case _:
            return value
