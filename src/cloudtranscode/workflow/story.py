"""The durable story of a job: which steps, in which order, and what happens when one of them fails.

Every execution, also one that goes on after a crash, first claims the job and so gets a new epoch; everything it
writes names that epoch. A step's result is plain JSON, kept by the engine; a finished step is not done again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from cloudtranscode.errors import ErrorReport, JobCancelled, ScratchLost, WorkerLost
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.state import JobState
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.workflow.control import Control, JobControl
from cloudtranscode.workflow.patience import BRIEF, LONG, attempt, insist

log = logging.getLogger(__name__)

Json = dict[str, Any]
RunStep = Callable[[str, Callable[[], Json]], Json]

_MAX_EXECUTIONS = 20  # a job that has cost so many workers their life is not tried again
_MAX_ENCODES = 3  # how often intermediate files may be lost with a machine before the job fails


class Phases(Protocol):
    """The work itself. Each method takes and returns plain JSON and may be repeated after a crash."""

    def authorise(self, job: Job) -> Json:
        """Refuse a job that names what is not its client's."""

    def preflight(self, job: Job, control: Control) -> Json:
        """Prove that every source can be read and the outputs written; pin the sources."""

    def probe(self, job: Job, sources: Json, control: Control) -> Json:
        """Find out what each clip is."""

    def plan(self, job: Job, media: Json) -> Json:
        """Decide what to make."""

    def encode(self, job: Job, sources: Json, plan: Json, control: Control) -> Json:
        """Make it, in scratch."""

    def check(self, job: Job, plan: Json, made: Json, control: Control) -> Json:
        """Compare what was made with what was promised."""

    def stage(self, job: Job, made: Json, control: Control) -> Json:
        """Upload everything without letting it appear."""

    def commit(self, job: Job, staged: Json) -> Json:
        """Let everything appear."""

    def receipt(self, job: Job, results: Json) -> Json:
        """Write down what was done."""

    def discard(self, job: Job) -> Json:
        """Remove the job's unfinished uploads from the client's bucket, and its files from scratch."""

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
        job = insist(lambda: self._jobs.claim(job_id, self._worker_id))
        if job.started_at is not None:
            log.info("%s of %s begins, execution %d", job.id, job.client, job.epoch)
            self._run(job, run_step)
        job = insist(lambda: self._jobs.get(job_id))
        _announce(job)
        run_step("notify", lambda: attempt("notify", lambda: self._phases.notify(job), None, BRIEF))
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
        def step(name: str, work: Callable[[], Json]) -> Json:
            return _result(run_step(name, lambda: attempt(name, lambda: _guarded(job, work), control, BRIEF)))

        def last_step(name: str, work: Callable[[], Json]) -> Json:
            return _result(run_step(name, lambda: attempt(name, work, None, LONG)))

        phases = self._phases
        step("authorise", lambda: phases.authorise(job))
        sources = step("preflight", lambda: phases.preflight(job, control))
        media = step("probe", lambda: phases.probe(job, sources, control))
        plan = step("plan", lambda: phases.plan(job, media))
        made, checks, staged = self._make(job, sources, plan, control, step)
        last_step("commit", lambda: self._commit(job, staged))
        results = {"sources": sources, "media": media, "plan": plan, "made": made, "checks": checks, "staged": staged}
        return last_step("receipt", lambda: phases.receipt(job, results))

    def _make(
        self, job: Job, sources: Json, plan: Json, control: Control, step: Callable[..., Json]
    ) -> tuple[Json, Json, Json]:
        """Encode, check and stage; begin again when the scratch folder was lost with its machine."""
        phases = self._phases
        for turn in range(1, _MAX_ENCODES + 1):
            made = step("encode", lambda: phases.encode(job, sources, plan, control))
            try:
                checks = step("check", lambda made=made: phases.check(job, plan, made, control))
                staged = step("stage", lambda made=made: phases.stage(job, made, control))
            except Refused as refusal:
                if refusal.report.code != ScratchLost.code or turn == _MAX_ENCODES:
                    raise
            else:
                return made, checks, staged
        raise AssertionError("the last turn returns or raises")

    def _commit(self, job: Job, staged: Json) -> Json:
        self._jobs.begin_commit(job.id, job.epoch)
        return self._phases.commit(job, staged)

    def tidy(self, job: Job) -> None:
        """Remove the job's traces; what cannot be removed now stays noted, and :meth:`tidy` is asked again later."""
        outcome = attempt("discard", lambda: self._phases.discard(job), None, BRIEF)
        if error := outcome.get("error"):
            log.warning("%s has left something behind: %s", job.id, error["message"])

    def abandon(self, job_id: str, error: ErrorReport) -> None:
        """End a job that the engine has given up: no execution will."""
        job = self._jobs.claim(job_id, self._worker_id)
        if job.state.final:
            return
        self.tidy(job)
        self._jobs.finish(job_id, job.epoch, JobState.FAILED, error=error)
        attempt("notify", lambda: self._phases.notify(self._jobs.get(job_id)), None, BRIEF)

    def _end(self, job: Job, state: JobState, *, error: ErrorReport | None = None, receipt: Json | None = None) -> None:
        """Clean up, then make the end known; a crash in between repeats the cleaning, which is harmless."""
        if job.state.final:
            return
        insist(lambda: self._jobs.confirm_owner(job.id, job.epoch))
        self.tidy(job)
        insist(lambda: self._jobs.finish(job.id, job.epoch, state, error=error, receipt=receipt))


def _announce(job: Job) -> None:
    reason = f": {job.error.message} ({job.error.code})" if job.error else ""
    log.info("%s of %s is %s%s", job.id, job.client, job.state.value, reason)


def _guarded(job: Job, work: Callable[[], Json]) -> Json:
    if job.epoch > _MAX_EXECUTIONS:
        raise WorkerLost(f"Job {job.id} was begun {job.epoch - 1} times and its worker died each time.")
    return work()


def _result(outcome: Json) -> Json:
    """A step's recorded outcome is ``{"ok": …}`` or ``{"error": …}``."""
    if error := outcome.get("error"):
        raise Refused(ErrorReport.from_dict(error))
    return dict(outcome["ok"])
