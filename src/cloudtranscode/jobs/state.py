"""The states of a job and the transitions between them.

::

    queued ──► running ──► done
      │           ├──────► failed
      └───────────┴──────► cancelled
"""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a job is in its life; ``done``, ``failed`` and ``cancelled`` are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing can follow."""
        return self not in ACTIVE


ACTIVE = frozenset({JobState.QUEUED, JobState.RUNNING})
