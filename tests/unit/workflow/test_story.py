"""The story of a job on a small engine of our own: order, retries, ends, and what a repeated execution does."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from cloudtranscode.errors import (
    AccessDenied,
    CheckFailed,
    DatabaseUnavailable,
    Fenced,
    JobCancelled,
    ScratchLost,
    StorageUnavailable,
)
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.state import JobState
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.workflow import patience
from cloudtranscode.workflow import story as story_module
from cloudtranscode.workflow.story import Story
from support.stack import fresh_database, job_document

Json = dict[str, Any]
STEPS = ["authorise", "preflight", "probe", "plan", "encode", "check", "stage", "commit", "receipt", "notify"]


class Phases:
    """Does nothing, notes what it is asked, and fails where it is told to."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.faults: dict[str, list[Exception]] = {}

    def __getattr__(self, name: str) -> Callable[..., Json]:
        def phase(*_: object) -> Json:
            self.called.append(name)
            if self.faults.get(name):
                raise self.faults[name].pop(0)
            return {"by": name}

        return phase


class Recorder:
    """The durable engine in miniature: results by order, given again to a repeated execution."""

    def __init__(self) -> None:
        self.results: list[tuple[str, Json]] = []
        self._next = 0

    def __call__(self, name: str, work: Callable[[], Json]) -> Json:
        if self._next == len(self.results):
            self.results.append((name, work()))
        recorded, result = self.results[self._next]
        assert recorded == name, "steps must come in the order of the first execution"
        self._next += 1
        return result

    def again(self) -> "Recorder":
        self._next = 0
        return self


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = fresh_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def jobs(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> JobStore:
    monkeypatch.setattr(story_module, "BRIEF", (0.0, 0.0, 0.0))
    monkeypatch.setattr(story_module, "LONG", (0.0, 0.0, 0.0, 0.0, 0.0))
    store = JobStore(engine)
    store.add("job-1", "ClientA", job_document())
    return store


def tell(jobs: JobStore, phases: Phases, recorder: Recorder | None = None) -> Job:
    state = Story(jobs, cast("story_module.Phases", phases), "w1").tell("job-1", recorder or Recorder())
    job = jobs.get("job-1")
    assert job.state.value == state
    return job


def test_the_steps_in_order(jobs: JobStore) -> None:
    phases, recorder = Phases(), Recorder()
    job = tell(jobs, phases, recorder)
    assert job.state is JobState.DONE
    assert job.receipt == {"by": "receipt"}
    assert [name for name, _ in recorder.results] == STEPS
    assert phases.called == [*STEPS[:-1], "discard", "notify"]


@pytest.mark.parametrize("step", STEPS[:-1])
def test_a_fault_in_any_step_fails_the_job_with_its_reason(jobs: JobStore, step: str) -> None:
    phases = Phases()
    phases.faults[step] = [AccessDenied("No.")]
    job = tell(jobs, phases)
    assert job.state is JobState.FAILED
    assert job.error == AccessDenied("No.").report
    assert phases.called[-2:] == ["discard", "notify"]
    assert phases.called.count(step) == 1


def test_a_passing_fault_is_tried_again(jobs: JobStore) -> None:
    phases = Phases()
    phases.faults["stage"] = [StorageUnavailable("Away."), StorageUnavailable("Away.")]
    assert tell(jobs, phases).state is JobState.DONE
    assert phases.called.count("stage") == 3


def test_a_lasting_fault_ends_the_tries(jobs: JobStore) -> None:
    phases = Phases()
    phases.faults["stage"] = [StorageUnavailable("Away.")] * 9
    job = tell(jobs, phases)
    assert job.error == StorageUnavailable("Away.").report
    assert phases.called.count("stage") == 4


@pytest.mark.parametrize("step", ["check", "stage"])
def test_lost_scratch_is_encoded_again(jobs: JobStore, step: str) -> None:
    phases = Phases()
    phases.faults[step] = [ScratchLost("Gone.")]
    assert tell(jobs, phases).state is JobState.DONE
    assert phases.called.count("encode") == 2


def test_scratch_that_is_always_lost_fails_the_job(jobs: JobStore) -> None:
    phases = Phases()
    phases.faults["check"] = [ScratchLost("Gone.")] * 9
    assert tell(jobs, phases).error == ScratchLost("Gone.").report
    assert phases.called.count("encode") == 3


def test_a_defect_is_an_error_without_details(jobs: JobStore) -> None:
    phases = Phases()
    phases.faults["plan"] = [ZeroDivisionError("secret")]
    job = tell(jobs, phases)
    assert job.error
    assert job.error.code == "internal"
    assert "secret" not in job.error.message


def test_a_failed_notification_changes_nothing(jobs: JobStore) -> None:
    phases = Phases()
    phases.faults["notify"] = [ZeroDivisionError()]
    assert tell(jobs, phases).state is JobState.DONE


def test_cancelled_in_a_step(jobs: JobStore) -> None:
    phases = Phases()
    phases.faults["encode"] = [JobCancelled("Stop.")]
    job = tell(jobs, phases)
    assert job.state is JobState.CANCELLED
    assert "check" not in phases.called


def test_cancelled_while_it_was_queued(jobs: JobStore) -> None:
    jobs.request_cancel("job-1")
    phases = Phases()
    assert tell(jobs, phases).state is JobState.CANCELLED
    assert phases.called == ["notify"]


@pytest.mark.parametrize("done", range(len(STEPS)))
def test_a_repeated_execution_does_no_finished_step_again(jobs: JobStore, done: int) -> None:
    """The crash comes in the middle of step number ``done``."""
    phases, recorder = Phases(), Recorder()
    phases.faults[STEPS[done]] = [KeyboardInterrupt()]  # type: ignore[list-item]  # dies like a process: nothing catches it
    with pytest.raises(KeyboardInterrupt):
        tell(jobs, phases, recorder)
    assert tell(jobs, phases, recorder.again()).state is JobState.DONE
    repeated = {name: phases.called.count(name) for name in STEPS if phases.called.count(name) > 1}
    assert repeated == {STEPS[done]: 2}


def test_a_repeated_execution_after_a_failure_ends_the_same(jobs: JobStore) -> None:
    phases, recorder = Phases(), Recorder()
    phases.faults = {"check": [CheckFailed("No.")], "notify": [KeyboardInterrupt()]}  # type: ignore[list-item]  # as above
    with pytest.raises(KeyboardInterrupt):
        tell(jobs, phases, recorder)
    job = tell(jobs, phases, recorder.again())
    assert (job.state, job.error) == (JobState.FAILED, CheckFailed("No.").report)


def test_an_execution_that_lost_the_job_stops_and_ends_nothing(jobs: JobStore) -> None:
    class Overtaken(Phases):
        def __getattr__(self, name: str) -> Callable[..., Json]:
            if name == "check":
                jobs.claim("job-1", "w2")
            return super().__getattr__(name)

    phases = Overtaken()
    with pytest.raises(Fenced):
        tell(jobs, phases)
    assert jobs.get("job-1").state is JobState.RUNNING
    assert "discard" not in phases.called
    assert "commit" not in phases.called


@pytest.mark.parametrize("step", STEPS[:7])
def test_a_job_that_kills_its_workers_is_given_up(jobs: JobStore, step: str) -> None:
    phases, recorder = Phases(), Recorder()
    phases.faults[step] = [KeyboardInterrupt()] * 99  # type: ignore[list-item]  # as above
    for _ in range(20):
        with pytest.raises(KeyboardInterrupt):
            tell(jobs, phases, recorder.again())
    job = tell(jobs, phases, recorder.again())
    assert job.error
    assert job.error.code == "worker_lost"
    assert phases.called.count(step) == 20


def test_a_commit_is_tried_for_long(jobs: JobStore) -> None:
    phases = Phases()
    phases.faults["commit"] = [StorageUnavailable("Away.")] * 5
    assert tell(jobs, phases).state is JobState.DONE


def test_an_absent_database_is_waited_for_and_uses_up_no_tries(jobs: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "DATABASE_PAUSE_S", 0.0)
    phases = Phases()
    phases.faults["probe"] = [DatabaseUnavailable("Away.")] * 30
    assert tell(jobs, phases).state is JobState.DONE


def test_what_cannot_be_tidied_now_ends_the_job_all_the_same(jobs: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    phases = Phases()
    phases.faults["discard"] = [StorageUnavailable("Away.")] * 4
    assert tell(jobs, phases).state is JobState.DONE


def test_a_job_that_the_engine_gave_up_is_tidied_ended_and_announced(jobs: JobStore) -> None:
    jobs.claim("job-1", "w0")
    phases = Phases()
    story = Story(jobs, cast("story_module.Phases", phases), "w1")
    for _ in range(2):
        story.abandon("job-1", AccessDenied("No.").report)
    assert jobs.get("job-1").error == AccessDenied("No.").report
    assert phases.called == ["discard", "notify"]
