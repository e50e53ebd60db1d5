"""The leash: progress is not worth the work, and a look that fails is followed by another."""

import threading
import time
from collections.abc import Mapping
from typing import Any, cast

import pytest

from cloudtranscode.errors import DatabaseUnavailable, Fenced
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.workflow.control import JobControl


class Jobs:
    """A database that is away for two looks, and then says that the job has a new owner."""

    def __init__(self) -> None:
        self.faults: list[Exception] = [DatabaseUnavailable("Away."), ValueError(), Fenced("Gone.")]

    def confirm(self, job_id: str, epoch: int) -> None:
        if self.faults:
            raise self.faults.pop(0)

    def report_progress(self, job_id: str, epoch: int, progress: Mapping[str, Any]) -> None:
        raise DatabaseUnavailable("Away.")


def test_the_watch_outlives_what_is_away_and_stops_the_work_of_a_lost_job() -> None:
    with JobControl(cast("JobStore", Jobs()), "job-1", 1) as control:
        control.report({"percent": 1})
        assert control.stop.wait(5)
        with pytest.raises(Fenced):
            control.confirm()


def test_the_watch_ends_with_the_work() -> None:
    before = threading.active_count()
    with JobControl(cast("JobStore", Jobs()), "job-1", 1):
        time.sleep(0.01)
    assert threading.active_count() == before
