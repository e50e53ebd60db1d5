"""The durable story of a job: which steps, in which order, and what happens when one of them fails.

Every execution, also one that goes on after a crash, first claims the job and so gets a new epoch; everything it
writes names that epoch. A step's result is plain JSON, kept by the engine; a finished step is not done again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from cloudtranscode.errors import (
    CloudTranscodeError,
    DatabaseUnavailable,
    ErrorReport,
    Fenced,
    JobCancelled,
    ScratchLost,
    WorkerLost,
)
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.state import JobState
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.workflow.control import Control, JobControl

log = logging.getLogger(__name__)

Json = dict[str, Any]
T = TypeVar("T")
RunStep = Callable[[str, Callable[[], Json]], Json]

_MAX_EXECUTIONS = 20  # a job that has cost so many workers their life is not tried again
_MAX_ENCODES = 3  # how often intermediate files may be lost with a machine before the job fails
_RETRY_DELAYS_S = (1.0, 3.0, 9.0)
_INSIST_DELAYS_S = (1.0, 3.0, 9.0, 27.0, 60.0)


class Phases(Protocol):
    """The work itself. Each method takes and returns plain JSON and may be repeated after a crash."""

    def authorise(self, job: Job) -> Json:
        """Refuse a job that names what is not its client's."""

    def preflight(self, job: Job, control: Control) -> Json:
        """Prove that the source can be read and the outputs written; pin the source."""

    def probe(self, job: Job, source: Json, control: Control) -> Json:
        """Find out what the source is."""

    def plan(self, job: Job, media: Json) -> Json:
        """Decide what to make."""

    def encode(self, job: Job, source: Json, plan: Json, control: Control) -> Json:
        """Make it, in scratch."""

    def check(self, job: Job, plan: Json, made: Json, control: Control) -> Json:
        """Compare what was made with what was promised."""

    def stage(self, job: Job, made: Json, control: Control) -> Json:
        """Upload everything without letting it appear."""

    def commit(self, job: Job, staged: Json) -> Json:
        """Let everything appear."""

    def receipt(self, job: Job, results: Json) -> Json:
        """Write down what was done."""

    def discard(self, job: Job) -> None:
        """Remove every trace of the job from scratch and of its unfinished uploads from the client's bucket."""

    def notify(self, job: Job) -> Json:
        """Tell the client how the job ended."""


class Refused(Exception):  # not an error of the stack: it carries one from a step to the story's end
    """A step ended with a reported error."""

    def __init__(self, report: ErrorReport) -> None:
        super().__init__(report.message)
        self.report = report


class Story:
    """Runs one job from claim to its end."""

    def __init__(self, jobs: JobStore, phases: Phases, worker_id: str) -> None:
        self._jobs = jobs
        self._phases = phases
        self._worker_id = worker_id

    def tell(self, job_id: str, run_step: RunStep) -> str:
        """Run the job; ``run_step(name, work)`` is the engine's. Returns the final state.

        Raises :class:`Fenced` when another execution owns the job now.
        """
        job = _insist(lambda: self._jobs.claim(job_id, self._worker_id))
        if job.started_at is not None:
            self._run(job, run_step)
        job = _insist(lambda: self._jobs.get(job_id))
        run_step("notify", lambda: _attempt("notify", lambda: self._phases.notify(job), None))
        return job.state.value

    def _run(self, job: Job, run_step: RunStep) -> None:
        """Go through the steps and end the job.

        A job that has ended but is told again (the crash came before the notification) passes through all of its
        recorded results, because the engine knows steps by their order.
        """
        try:
            with JobControl(self._jobs, job.id, job.epoch) as control:
                receipt = self._work(job, control, run_step)
            self._end(job, JobState.DONE, receipt=receipt)
        except Refused as refusal:
            cancelled = refusal.report.code == JobCancelled.code
            self._end(job, JobState.CANCELLED if cancelled else JobState.FAILED, error=refusal.report)

    def _work(self, job: Job, control: JobControl, run_step: RunStep) -> Json:
        def step(name: str, work: Callable[[], Json], *, leashed: bool = True) -> Json:
            return self._step(name, work, control if leashed else None, run_step)

        phases = self._phases
        step("authorise", lambda: self._first(job))
        source = step("preflight", lambda: phases.preflight(job, control))
        media = step("probe", lambda: phases.probe(job, source, control))
        plan = step("plan", lambda: phases.plan(job, media))
        made, checks, staged = self._make(job, source, plan, control, step)
        step("commit", lambda: self._commit(job, staged), leashed=False)
        results = {"source": source, "media": media, "plan": plan, "made": made, "checks": checks, "staged": staged}
        return step("receipt", lambda: phases.receipt(job, results), leashed=False)

    def _make(
        self, job: Job, source: Json, plan: Json, control: Control, step: Callable[..., Json]
    ) -> tuple[Json, Json, Json]:
        """Encode, check and stage; begin again when the scratch folder was lost with its machine."""
        phases = self._phases
        for attempt in range(1, _MAX_ENCODES + 1):
            made = step("encode", lambda: phases.encode(job, source, plan, control))
            try:
                checks = step("check", lambda made=made: phases.check(job, plan, made, control))
                staged = step("stage", lambda made=made: phases.stage(job, made, control))
            except Refused as refusal:
                if refusal.report.code != ScratchLost.code or attempt == _MAX_ENCODES:
                    raise
            else:
                return made, checks, staged
        raise AssertionError("the last attempt returns or raises")

    def _first(self, job: Job) -> Json:
        if job.epoch > _MAX_EXECUTIONS:
            raise WorkerLost(f"Job {job.id} was begun {job.epoch - 1} times and its worker died each time.")
        return self._phases.authorise(job)

    def _commit(self, job: Job, staged: Json) -> Json:
        self._jobs.begin_commit(job.id, job.epoch)
        return self._phases.commit(job, staged)

    def _step(self, name: str, work: Callable[[], Json], control: JobControl | None, run_step: RunStep) -> Json:
        """Run one durable step; its recorded result is ``{"ok": …}`` or ``{"error": …}``."""
        outcome = run_step(name, lambda: _attempt(name, work, control))
        if error := outcome.get("error"):
            raise Refused(ErrorReport.from_dict(error))
        return dict(outcome["ok"])

    def _end(self, job: Job, state: JobState, *, error: ErrorReport | None = None, receipt: Json | None = None) -> None:
        """Clean up, then make the end known; a crash in between repeats the cleaning, which is harmless."""
        if job.state.final:
            return
        _insist(lambda: self._jobs.confirm_owner(job.id, job.epoch))
        _insist(lambda: self._phases.discard(job))
        _insist(lambda: self._jobs.finish(job.id, job.epoch, state, error=error, receipt=receipt))


def _insist(work: Callable[[], T]) -> T:
    """Do what must not be left undone between the steps: wait for a database that is away."""
    for delay in _INSIST_DELAYS_S:
        try:
            return work()
        except DatabaseUnavailable as error:
            log.warning("%s Trying again in %.0f s.", error.message, delay)
            time.sleep(delay)
    return work()


def _attempt(name: str, work: Callable[[], Json], control: JobControl | None) -> Json:
    """Do the work, again after a pause where that can help. ``Fenced`` passes through: the result is not ours."""
    for delay in (*_RETRY_DELAYS_S, None):
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
            return {"error": _defect(name, error).to_dict()}
        _pause(delay, control)
    raise AssertionError("the last attempt returns")


def _why_stopped(cancelled: JobCancelled, control: JobControl | None) -> JobCancelled:
    """Work that was stopped says "cancelled"; if the job has a new owner instead, the leash says so by raising."""
    try:
        if control is not None:
            control.confirm()
    except JobCancelled as known:
        return known
    return cancelled


def _pause(delay_s: float, control: JobControl | None) -> None:
    if control is None:
        time.sleep(delay_s)
    else:
        control.stop.wait(delay_s)


def _defect(name: str, error: Exception) -> ErrorReport:
    return CloudTranscodeError(f"The step {name} failed with {type(error).__name__}.").report
