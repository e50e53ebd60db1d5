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

LONG = (1.0, 3.0, 9.0, 27.0, 60.0)
"""Seconds between the tries of what must not be left half done."""


def attempt(name: str, work: Callable[[], Json], control: Control | None, delays: tuple[float, ...]) -> Json:
    """Do a step's work, again after a pause where that can help; returns ``{"ok": …}`` or ``{"error": report}``.

    :class:`Fenced` passes through: the job has a new owner, and the result is not ours to report.
    """
    for delay in (*delays, None):
        try:
            if control is not None:
                control.confirm()
            return {"ok": work()}
        except Fenced:
            raise
        except JobCancelled as cancelled:
            return {"error": _why_stopped(cancelled, control).report.to_dict()}
        except CloudTranscodeError as error:
            if delay is None or not error.retryable or isinstance(error, ScratchLost):
                return {"error": error.report.to_dict()}
            log.warning("step %s will be tried again in %.0f s: %s", name, delay, error.message)
        except Exception as error:
            log.exception("step %s failed with a defect", name)
            defect = CloudTranscodeError(f"The step {name} failed with {type(error).__name__}.")
            return {"error": defect.report.to_dict()}
        _pause(delay, control)
    raise AssertionError("the last attempt returns")


def insist(work: Callable[[], T]) -> T:
    """Do what decides a job's fate between two steps: wait for a database that is away."""
    for delay in LONG:
        try:
            return work()
        except DatabaseUnavailable as error:
            log.warning("%s Trying again in %.0f s.", error.message, delay)
            time.sleep(delay)
    return work()


def _why_stopped(cancelled: JobCancelled, control: Control | None) -> JobCancelled:
    """Work that was stopped says "cancelled"; if the job has a new owner instead, the leash says so by raising."""
    try:
        if control is not None:
            control.confirm()
    except JobCancelled as known:
        return known
    return cancelled


def _pause(delay_s: float, control: Control | None) -> None:
    if control is None:
        time.sleep(delay_s)
    else:
        control.stop.wait(delay_s)
