from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.bootstrap.stack import open_stack
from cloudtranscode.cli.exit_codes import ExitCode

Ct = Callable[..., Any]

JOB = {
    "client": "ClientA",
    "input": "s3://ClientA_bucket_in/input/v.mp4",
    "outputs": [{"type": "poster", "to": "s3://ClientA_bucket_out/v.jpg"}],
}


@pytest.fixture
def queued(ct: Ct, client: str, tmp_path: Path) -> str:
    """The id of a job that waits."""
    path = tmp_path / "job.json"
    path.write_text(json.dumps(JOB | {"client": client}))
    return str(ct("submit", str(path)).out.strip())


def test_a_queued_job_is_cancelled_at_once_and_can_be_run_again(ct: Ct, queued: str) -> None:
    assert ct("job", "cancel", queued, "--json").data["state"] == "cancelled"
    again = ct("job", "retry", queued, "--json").data
    assert (again["retry_of"], again["state"]) == (queued, "queued")


def test_jobs_are_listed_by_state(ct: Ct, queued: str) -> None:
    assert queued in ct("job", "list").out
    assert [job["id"] for job in ct("job", "list", "--state", "queued", "--json").data] == [queued]
    assert ct("job", "list", "--state", "done", "--state", "failed", "--json").data == []


def test_watching_a_job_that_has_ended_tells_how(ct: Ct, queued: str) -> None:
    ct("job", "cancel", queued)
    assert ct("job", "watch", queued, "--json").data["state"] == "cancelled"


def test_a_job_that_has_ended_cannot_be_cancelled(ct: Ct, queued: str) -> None:
    ct("job", "cancel", queued)
    ran = ct("job", "cancel", queued, "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.CLIENT, "illegal_transition")


def test_a_job_whose_worker_is_gone_waits_for_another(ct: Ct, queued: str) -> None:
    jobs = open_stack().jobs
    jobs.report_progress(queued, jobs.claim(queued, "gone").epoch, {"phase": "encode", "speed": 4.0, "eta_s": 9.0})
    assert "running  " in (row := ct("job", "list").out)
    assert "waits for a worker" in row
    assert "ETA" not in row + ct("job", "show", queued).out
    cancelled = ct("job", "cancel", queued)
    assert cancelled.code == ExitCode.DONE
    assert "No worker is alive" in cancelled.err
    assert "`ct up`" in cancelled.err


@pytest.mark.parametrize("command", ["show", "watch", "cancel", "retry"])
def test_an_unknown_job_is_one_clear_error(ct: Ct, command: str) -> None:
    ran = ct("job", command, "job-none", "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.CLIENT, "job_not_found")


def test_the_secrets_of_urls_are_shown_in_no_form(ct: Ct, client: str, tmp_path: Path) -> None:
    urls = ["https://a.example/1.mp4?sign=s3cret", "https://a.example/2.mp4"]
    path = tmp_path / "web.json"
    path.write_text(json.dumps(JOB | {"client": client, "input": urls, "callback": "https://a.example/?t=s3cret"}))
    submitted = ct("submit", str(path), "--json")
    job_id = submitted.data["id"]

    assert "https://a.example/1.mp4?***, https://a.example/2.mp4" in ct("job", "show", job_id).out

    told = [ct("job", "show", job_id, "--json"), ct("job", "list", "--json"), ct("job", "cancel", job_id, "--json")]
    assert not any("s3cret" in one.out for one in [submitted, *told, ct("job", "retry", job_id, "--json")])
    assert "sign=s3cret" not in str(open_stack().jobs.get(job_id).document)
