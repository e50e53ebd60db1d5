from __future__ import annotations

import json
from typing import Any

import pytest

from cloudtranscode.errors import IllegalTransition
from cloudtranscode.notify.event import job_event

JOB: dict[str, Any] = {
    "id": "0198.a7",
    "client": "client-a",
    "state": "done",
    "outputs": [{"uri": "s3://out/video.mp4", "size": 7}],
    "error": None,
    "progress": {"percent": 100},
    "document": {"callback": "https://hook.example/?token=hidden"},
    "receipt": {"outputs": [], "epoch": 3},
    "retry_of": None,
    "created_at": 1_700_000_000.0,
    "started_at": 1_700_000_001.0,
    "finished_at": 1_700_000_002.5,
}


def test_the_document_of_a_finished_job() -> None:
    assert job_event(JOB) == {
        "version": 1,
        "id": "evt_0198-a7_done",
        "type": "job.done",
        "time": "2023-11-14T22:13:22.500Z",
        "job": {
            "id": "0198.a7",
            "client": "client-a",
            "state": "done",
            "outputs": [{"uri": "s3://out/video.mp4", "size": 7}],
            "error": None,
            "retry_of": None,
            "created_at": 1_700_000_000.0,
            "started_at": 1_700_000_001.0,
            "finished_at": 1_700_000_002.5,
        },
    }


def test_nothing_of_the_submitted_document_is_told() -> None:
    assert "hidden" not in json.dumps(job_event(JOB))


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_each_end_has_its_type_and_its_id(state: str) -> None:
    event = job_event({**JOB, "state": state})

    assert event["type"] == f"job.{state}"
    assert event["id"] == f"evt_0198-a7_{state}"


@pytest.mark.parametrize("change", [{"state": "running"}, {"finished_at": None}])
def test_only_ended_jobs_are_told_of(change: dict[str, Any]) -> None:
    with pytest.raises(IllegalTransition):
        job_event({**JOB, **change})
