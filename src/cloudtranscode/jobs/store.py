"""Jobs in the database. Every change by a worker names its epoch, so a worker that lost its job changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, case, insert, select, update

from cloudtranscode import database
from cloudtranscode.database import jobs, uploads
from cloudtranscode.errors import ErrorReport, Fenced, IllegalTransition, JobCancelled, JobNotFound
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.state import ACTIVE, JobState


class JobStore:
    """The one place that reads and writes job records."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- asking and submitting ---------------------------------------------------------------------------

    def add(
        self, job_id: str, client: str, document: Mapping[str, Any], *, priority: int = 0, retry_of: str | None = None
    ) -> None:
        """Accept a job; from here on it ends as done, failed or cancelled.

        The row is also the message to the workers: one of them hands the job over to the durable engine.
        """
        row = {
            "id": job_id,
            "client": client,
            "state": JobState.QUEUED.value,
            "document": dict(document),
            "priority": priority,
            "retry_of": retry_of,
            "created_at": database.now(self._engine),
        }
        with database.transaction(self._engine) as connection:
            connection.execute(insert(jobs).values(row))

    def get(self, job_id: str) -> Job:
        """Return one job. Errors: :class:`JobNotFound`."""
        with database.transaction(self._engine) as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == job_id)).first()
        if row is None:
            raise JobNotFound(f"No job has the id {job_id!r}.")
        return _job(row)

    def list(self, limit: int = 50, states: frozenset[JobState] | None = None) -> list[Job]:
        """Return the newest jobs first, of the given states when any are given."""
        query = select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.id).limit(limit)
        if states is not None:
            query = query.where(jobs.c.state.in_([state.value for state in states]))
        with database.transaction(self._engine) as connection:
            return [_job(row) for row in connection.execute(query)]

    def untidy(self) -> Sequence[Job]:
        """Return the ended jobs that have left uploads open."""
        ended = jobs.c.state.not_in([state.value for state in ACTIVE])
        query = select(jobs).where(ended, jobs.c.id.in_(select(uploads.c.job)))
        with database.transaction(self._engine) as connection:
            return [_job(row) for row in connection.execute(query)]

    def needs_client(self, client: str) -> bool:
        """Whether a job of the client is not over, or has left uploads open that must be taken back."""
        open_work = _active() | jobs.c.id.in_(select(uploads.c.job))
        with database.transaction(self._engine) as connection:
            found = connection.execute(select(jobs.c.id).where(jobs.c.client == client, open_work).limit(1))
            return found.first() is not None

    def latest_of(self, client: str) -> Job | None:
        """Return the client's newest job."""
        query = select(jobs).where(jobs.c.client == client).order_by(jobs.c.created_at.desc()).limit(1)
        with database.transaction(self._engine) as connection:
            row = connection.execute(query).first()
        return _job(row) if row else None

    def is_active(self, job_id: str) -> bool:
        """Whether the job exists and has not ended."""
        with database.transaction(self._engine) as connection:
            state = connection.execute(select(jobs.c.state).where(jobs.c.id == job_id)).scalar()
        return state is not None and not JobState(state).final

    def request_cancel(self, job_id: str) -> Job:
        """Cancel a queued job at once, ask the worker of a running one to stop.

        Errors: :class:`IllegalTransition` when the job has ended or its outputs are already appearing.
        """
        queued = jobs.c.state == JobState.QUEUED.value
        stoppable = (jobs.c.state == JobState.RUNNING.value) & ~jobs.c.committing
        values = {
            "cancel_requested": True,
            "state": case((queued, JobState.CANCELLED.value), else_=jobs.c.state),
            "finished_at": case((queued, database.now(self._engine)), else_=jobs.c.finished_at),
        }
        if not self._update((jobs.c.id == job_id) & (queued | stoppable), values):
            job = self.get(job_id)
            done = job.state.value if job.state.final else "publishing its outputs"
            raise IllegalTransition(f"Job {job_id} is {done}; it can no longer be cancelled.")
        return self.get(job_id)

    # --- handing over to the durable engine -------------------------------------------------------------------

    def waiting(self, limit: int = 100) -> dict[str, int]:
        """Return accepted jobs that the engine does not know yet, oldest first, as ``{id: priority}``.

        One that was cancelled while it waited is among them: its client has to be told.
        """
        states = (JobState.QUEUED.value, JobState.CANCELLED.value)
        query = select(jobs.c.id, jobs.c.priority).where(~jobs.c.handed_over, jobs.c.state.in_(states))
        with database.transaction(self._engine) as connection:
            return {row.id: row.priority for row in connection.execute(query.order_by(jobs.c.created_at).limit(limit))}

    def handed_over(self, job_id: str) -> None:
        """Note that the engine knows the job."""
        self._update(jobs.c.id == job_id, {"handed_over": True})

    # --- what the owning worker does -----------------------------------------------------------------------

    def claim(self, job_id: str, worker: str) -> Job:
        """Make the caller the job's owner and return it with its new epoch; a job that has ended keeps its state."""
        queued = jobs.c.state == JobState.QUEUED.value
        values = {
            "epoch": jobs.c.epoch + 1,
            "worker": worker,
            "state": case((queued, JobState.RUNNING.value), else_=jobs.c.state),
            "started_at": case((queued, database.now(self._engine)), else_=jobs.c.started_at),
        }
        self._update(jobs.c.id == job_id, values)
        return self.get(job_id)

    def confirm_owner(self, job_id: str, epoch: int) -> Job:
        """Return the running job when the caller still owns it. Errors: :class:`Fenced`."""
        job = self.get(job_id)
        if job.epoch != epoch or job.state.final:
            raise Fenced(f"Job {job_id} has a new owner.")
        return job

    def confirm(self, job_id: str, epoch: int) -> None:
        """Return when the caller still owns the running job and nobody has cancelled it.

        Errors: :class:`Fenced`, :class:`JobCancelled`.
        """
        if self.confirm_owner(job_id, epoch).cancel_requested:
            raise JobCancelled(f"Job {job_id} was cancelled.")

    def report_progress(self, job_id: str, epoch: int, progress: Mapping[str, Any]) -> None:
        """Store the newest progress; a caller that is no longer the owner changes nothing."""
        self._update(_owned(job_id, epoch), {"progress": dict(progress)})

    def begin_commit(self, job_id: str, epoch: int) -> None:
        """Pass the point of no return: from here on the outputs appear and nobody can cancel.

        Errors: :class:`Fenced`, :class:`JobCancelled`.
        """
        if not self._update(_owned(job_id, epoch) & ~jobs.c.cancel_requested, {"committing": True}):
            self.confirm(job_id, epoch)
            raise Fenced(f"Job {job_id} has a new owner.")

    def finish(
        self,
        job_id: str,
        epoch: int,
        state: JobState,
        *,
        error: ErrorReport | None = None,
        receipt: Mapping[str, Any] | None = None,
    ) -> None:
        """End the job. Errors: :class:`Fenced` when the caller does not own it."""
        values = {
            "state": state.value,
            "error": error.to_dict() if error else None,
            "receipt": dict(receipt) if receipt else None,
            "finished_at": database.now(self._engine),
        }
        if not self._update(_owned(job_id, epoch), values):
            job = self.get(job_id)
            if (job.epoch, job.state) != (epoch, state):  # else an earlier call went through, but its answer was lost
                raise Fenced(f"Job {job_id} has a new owner.")

    def _update(self, where: ColumnElement[bool], values: dict[str, Any]) -> int:
        with database.transaction(self._engine) as connection:
            return connection.execute(update(jobs).where(where).values(values)).rowcount


def _active() -> ColumnElement[bool]:
    return jobs.c.state.in_([state.value for state in ACTIVE])


def _owned(job_id: str, epoch: int) -> ColumnElement[bool]:
    return (jobs.c.id == job_id) & (jobs.c.epoch == epoch) & _active()


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        client=row.client,
        state=JobState(row.state),
        document=row.document,
        epoch=row.epoch,
        worker=row.worker,
        cancel_requested=row.cancel_requested,
        retry_of=row.retry_of,
        progress=row.progress,
        error=ErrorReport.from_dict(row.error) if row.error else None,
        receipt=row.receipt,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
