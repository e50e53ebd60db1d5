"""A source that its web server gives only whole: while it comes, it is told how far it is, and may be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from cloudtranscode.jobs.store import JobStore
from cloudtranscode.workflow.control import Control

_LOOK_S = 0.25

During = Callable[[int, int], None]
Clock = Callable[[], float]


def of_control(control: Control, now: Clock = time.monotonic) -> During:
    """Return what hears of the fetching for work on a leash. Errors: those of :meth:`Control.confirm`."""
    return _now_and_then(now, control.confirm, control.report)


def of_job(jobs: JobStore, job_id: str, now: Clock = time.monotonic) -> During:
    """Return what hears of the fetching for a job, whichever execution of it. Errors: ``JobCancelled``."""
    return _now_and_then(
        now,
        lambda: jobs.confirm(job_id, jobs.get(job_id).epoch),
        lambda progress: jobs.report_progress(job_id, jobs.get(job_id).epoch, progress),
    )


def _now_and_then(now: Clock, confirm: Callable[[], None], report: Callable[[Mapping[str, Any]], None]) -> During:
    looked = -_LOOK_S

    def during(done: int, of: int) -> None:
        nonlocal looked
        if now() - looked < _LOOK_S:
            return
        looked = now()
        confirm()
        report({"phase": "fetch"} | ({"percent": 100 * done / of} if of else {}))

    return during
