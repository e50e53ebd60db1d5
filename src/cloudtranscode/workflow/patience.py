"""How often work is tried again, and what is made of its failure."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from cloudtranscode.errors import CloudTranscodeError, DatabaseUnavailable, Fenced, JobCancelled, ScratchLost
from cloudtranscode.workflow.control import Control

log = logging.getLogger(__name__)

Json = dict[str, Any]
T = TypeVar("T")

BRIEF = (1.0, 3.0, 9.0)
"""Seconds between the tries of a step that can also be begun again from the start."""

DATABASE_PAUSE_S = 3.0

LONG = (1.0, 3.0, 9.0, 27.0, 60.0)
"""Seconds between the tries of what must not be left half done."""


def attempt(name: str, work: Callable[[], Json], control: Control | None, delays: tuple[float, ...]) -> Json:
    """Do a step's work, again after a pause where that can help; returns ``{"ok": …}`` or ``{"error": report}``.

    A database that is away is waited for, however long it takes: without it no result could be recorded anyway.
    :class:`Fenced` passes through: the job has a new owner, and the result is not ours to report.
    """
    pauses = iter(delays)
    error: CloudTranscodeError
    pause: float | None
    while True:
        try:
            if control is not None:
                control.confirm()
            return {"ok": work()}
        except Fenced:
            raise
        except JobCancelled as cancelled:
            return {"error": _why_stopped(cancelled, control).report.to_dict()}
        except DatabaseUnavailable as away:
            error, pause = away, DATABASE_PAUSE_S
        except CloudTranscodeError as fault:
            helps = fault.retryable and not isinstance(fault, ScratchLost)
            error, pause = fault, next(pauses, None) if helps else None
        except Exception as bug:
            log.exception("step %s failed with a defect", name)
            error, pause = CloudTranscodeError(f"The step {name} failed with {type(bug).__name__}."), None
        if pause is None:
            return {"error": error.report.to_dict()}
        log.warning("step %s will be tried again in %.0f s: %s", name, pause, error.message)
        _pause(pause, control)


def insist(work: Callable[[], T]) -> T:
    """Do what decides a job's fate between two steps, however long the database is away."""
    while True:
        try:
            return work()
        except DatabaseUnavailable as error:
            log.warning("%s Trying again in %.0f s.", error.message, DATABASE_PAUSE_S)
            time.sleep(DATABASE_PAUSE_S)


def _why_stopped(cancelled: JobCancelled, control: Control | None) -> JobCancelled:
    """Work that was stopped says "cancelled"; if the job has a new owner instead, the leash says so by raising."""
    try:
        if control is not None:
            control.confirm()
    except JobCancelled as known:
        return known
    except DatabaseUnavailable:
        return cancelled
    return cancelled


def _pause(delay_s: float, control: Control | None) -> None:
    if control is None:
        time.sleep(delay_s)
    else:
        control.stop.wait(delay_s)
