"""What is told of a job to its client, and of changed entitlements to the stack's admin: versioned documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cloudtranscode.errors import IllegalTransition

EVENT_VERSION = 1
JOB_DONE = "job.done"
JOB_FAILED = "job.failed"
JOB_CANCELLED = "job.cancelled"
ENTITLEMENT_CHANGED = "entitlement.changed"

_TYPES = {"done": JOB_DONE, "failed": JOB_FAILED, "cancelled": JOB_CANCELLED}

# The submitted document stays out: its callback URL may carry a token, and the client has it anyway.
_TOLD = ("id", "client", "state", "outputs", "error", "retry_of", "created_at", "started_at", "finished_at")


def job_event(job: Mapping[str, Any]) -> dict[str, Any]:
    """Build the event of an ended job from its plain record (``Job.to_dict()``).

    Shape: ``{"version": 1, "id", "type", "time", "job": {…}}``, ``time`` as ISO 8601 in UTC. The same record always
    makes the same event with the same ``id``, so that a receiver can drop what is delivered twice.

    Errors: :class:`IllegalTransition` for a job that has not ended.
    """
    kind = _TYPES.get(job["state"])
    if kind is None or job.get("finished_at") is None:
        raise IllegalTransition(f"The job {job['id']} has not ended: its state is {job['state']}.")
    return {
        "version": EVENT_VERSION,
        "id": _event_id(job),
        "type": kind,
        "time": _iso(job["finished_at"]),
        "job": {name: job.get(name) for name in _TOLD},
    }


def drift_event(found: Mapping[str, Any]) -> dict[str, Any]:
    """Build the event of a client's changed entitlements: ``found`` has ``client``, ``at``, ``changes``, ``first_job``.

    Shape: ``{"version": 1, "id", "type", "time", "client", "changes": […], "first_job": {"id", "state"} or null}``.
    The same changes seen at the same time make the same event.
    """
    return {
        "version": EVENT_VERSION,
        "id": f"evt_drift_{found['client']}_{found['at'] * 1000:.0f}",
        "type": ENTITLEMENT_CHANGED,
        "time": _iso(found["at"]),
        "client": found["client"],
        "changes": list(found["changes"]),
        "first_job": found["first_job"],
    }


def _event_id(job: Mapping[str, Any]) -> str:
    # Standard Webhooks signs "id.timestamp.body": a dot in the id would let two messages share a signature.
    return f"evt_{job['id']}_{job['state']}".replace(".", "-")


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
