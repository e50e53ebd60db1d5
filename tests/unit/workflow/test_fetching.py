"""What is heard of a source that comes whole, and how its coming is stopped."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.errors import JobCancelled
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.workflow.control import DirectControl
from cloudtranscode.workflow.fetching import During, of_control, of_job
from support.stack import fresh_database, job_document


class Clock:
    """Goes a tenth of a second at each look."""

    def __init__(self) -> None:
        self.looks = itertools.count()

    def __call__(self) -> float:
        return next(self.looks) / 10


def nine_times(during: During) -> None:
    for _ in range(9):
        during(2, 4)


def test_it_is_told_now_and_then() -> None:
    told: list[Mapping[str, Any]] = []
    during = of_control(DirectControl(told.append), Clock())
    for number in range(9):
        during(10 * number, 100)
    during(5, 0)
    assert told[0] == {"phase": "fetch", "percent": 0.0}
    assert 2 <= len(told) <= 5
    assert told[-1]["phase"] == "fetch"


def test_it_ends_when_its_leash_says_so() -> None:
    control = DirectControl(lambda _: None)
    during = of_control(control, Clock())
    during(0, 0)
    control.stop.set()
    with pytest.raises(JobCancelled):
        nine_times(during)


def test_a_jobs_is_told_to_the_job_and_ends_with_it(tmp_path: Path) -> None:
    jobs = JobStore(fresh_database(tmp_path))
    jobs.add("one", "ClientA", job_document())
    jobs.claim("one", "worker")
    during = of_job(jobs, "one", Clock())
    during(1, 4)
    assert jobs.get("one").progress == {"phase": "fetch", "percent": 25.0}
    jobs.request_cancel("one")
    with pytest.raises(JobCancelled):
        nine_times(during)
