"""Ownership by epoch: only the newest execution of a job may change anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cloudtranscode.errors import Fenced, IllegalTransition, InvalidDocument, JobCancelled, JobNotFound
from cloudtranscode.jobs.ledger import UploadLedger
from cloudtranscode.jobs.state import JobState
from cloudtranscode.jobs.store import JobStore
from support.stack import fresh_database, job_document


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = fresh_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def jobs(engine: Engine) -> JobStore:
    store = JobStore(engine)
    store.add("job-1", "ClientA", job_document())
    return store


def test_an_older_execution_changes_nothing(jobs: JobStore) -> None:
    old = jobs.claim("job-1", "w1")
    new = jobs.claim("job-1", "w2")
    assert (old.epoch, new.epoch, new.worker) == (1, 2, "w2")
    jobs.report_progress("job-1", old.epoch, {"percent": 99})
    with pytest.raises(Fenced):
        jobs.confirm("job-1", old.epoch)
    with pytest.raises(Fenced):
        jobs.begin_commit("job-1", old.epoch)
    with pytest.raises(Fenced):
        jobs.finish("job-1", old.epoch, JobState.DONE)
    assert jobs.get("job-1").state is JobState.RUNNING
    assert jobs.get("job-1").progress is None


def test_queued_jobs_are_cancelled_at_once_and_never_start(jobs: JobStore) -> None:
    assert jobs.request_cancel("job-1").state is JobState.CANCELLED
    assert jobs.waiting() == {"job-1": 0}  # for its client is still to be told
    claimed = jobs.claim("job-1", "w1")
    assert (claimed.state, claimed.started_at) == (JobState.CANCELLED, None)


def test_running_jobs_are_asked_to_stop(jobs: JobStore) -> None:
    job = jobs.claim("job-1", "w1")
    assert jobs.request_cancel("job-1").state is JobState.RUNNING
    with pytest.raises(JobCancelled):
        jobs.confirm("job-1", job.epoch)
    with pytest.raises(JobCancelled):
        jobs.begin_commit("job-1", job.epoch)


def test_past_the_commit_nobody_can_cancel(jobs: JobStore) -> None:
    job = jobs.claim("job-1", "w1")
    jobs.begin_commit("job-1", job.epoch)
    with pytest.raises(IllegalTransition, match="publishing"):
        jobs.request_cancel("job-1")
    again = jobs.claim("job-1", "w2")
    jobs.begin_commit("job-1", again.epoch)
    jobs.finish("job-1", again.epoch, JobState.DONE, receipt={"outputs": []})
    with pytest.raises(IllegalTransition, match="is done"):
        jobs.request_cancel("job-1")


def test_a_final_state_stays(jobs: JobStore) -> None:
    job = jobs.claim("job-1", "w1")
    jobs.finish("job-1", job.epoch, JobState.FAILED, error=InvalidDocument("x").report)
    jobs.finish("job-1", job.epoch, JobState.FAILED)  # the answer to the first call may have been lost
    with pytest.raises(Fenced):
        jobs.finish("job-1", job.epoch, JobState.DONE)
    again = jobs.claim("job-1", "w2")
    assert again.state is JobState.FAILED
    assert again.error == InvalidDocument("x").report


def test_unknown_job(jobs: JobStore) -> None:
    with pytest.raises(JobNotFound):
        jobs.get("job-2")


def test_ledger_keeps_what_a_crash_must_not_lose(jobs: JobStore, engine: Engine) -> None:
    first = UploadLedger(engine, "job-1", jobs.claim("job-1", "w1").epoch)
    first.intend("s3://a-out/1")
    first.intend("s3://a-out/2")
    first.note("s3://a-out/1", "upload-1")
    second = UploadLedger(engine, "job-1", jobs.claim("job-1", "w2").epoch)
    assert second.open() == {"s3://a-out/1": "upload-1", "s3://a-out/2": None}


def test_ledger_shuts_out_an_execution_that_lost_the_job(jobs: JobStore, engine: Engine) -> None:
    first = UploadLedger(engine, "job-1", jobs.claim("job-1", "w1").epoch)
    first.intend("s3://a-out/1")
    second = UploadLedger(engine, "job-1", jobs.claim("job-1", "w2").epoch)
    second.intend("s3://a-out/1")
    second.note("s3://a-out/1", "theirs")
    with pytest.raises(Fenced):
        first.note("s3://a-out/1", "mine")
    with pytest.raises(Fenced):
        first.intend("s3://a-out/2")
    first.forget(["s3://a-out/1"])
    assert first.open() == {}
    assert second.open() == {"s3://a-out/1": "theirs"}


def test_ended_jobs_with_open_uploads_are_remembered(jobs: JobStore, engine: Engine) -> None:
    job = jobs.claim("job-1", "w1")
    ledger = UploadLedger(engine, "job-1", job.epoch)
    ledger.intend("s3://a-out/1")
    ledger.note("s3://a-out/1", "upload-1")
    assert jobs.untidy() == []
    jobs.finish("job-1", job.epoch, JobState.FAILED)
    assert [one.id for one in jobs.untidy()] == ["job-1"]
    assert jobs.needs_client("ClientA")
    assert UploadLedger(engine, "job-2", 1).of_others() == {"upload-1"}
    ledger.forget(["s3://a-out/1"])
    assert jobs.untidy() == []
    assert not jobs.needs_client("ClientA")
