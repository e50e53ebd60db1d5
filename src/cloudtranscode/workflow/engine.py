"""The durable engine (DBOS): the only module that knows it.

Names that the engine stores are constants with a version. A job's id is its workflow's id, so that handing a job over
twice is harmless.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from dbos import (
    DBOS,
    DBOSConfig,
    ScheduleInput,
    SetWorkflowID,
    WorkflowSerializationFormat,
    WorkflowStatusString,
    error,
)

from cloudtranscode.errors import CloudTranscodeError, InvalidSetting
from cloudtranscode.jobs.state import ACTIVE
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.workflow.story import Json, Story
from cloudtranscode.workflow.watch import Watch

log = logging.getLogger(__name__)

TRANSCODE = "ct.transcode.v1"
QUEUE = "ct.jobs.v1"
WATCH = "ct.watch.v1"
WATCH_QUEUE = "ct.watch.v1"
_APPLICATION = "cloudtranscode"
_STEPS_VERSION = "2"  # raised when the order of steps changes: jobs in flight then finish on workers of their version
_POLL_S = 0.25
_SETTLE_EVERY = 120
_MOST_ROUNDS = 500
_PRIORITIES = 51  # the engine's priorities count up from 1, the least first; a job's from -50 to 50, the most first
_GIVEN_UP = {
    WorkflowStatusString.ERROR.value,
    WorkflowStatusString.CANCELLED.value,
    WorkflowStatusString.MAX_RECOVERY_ATTEMPTS_EXCEEDED.value,
}


class Engine:
    """One process's engine. :meth:`launch` once, then :meth:`run_here` or :meth:`feed`; at the end :meth:`close`."""

    def __init__(self, database_url: str, worker_id: str, jobs: JobStore, story: Story, watch: Watch) -> None:
        self._jobs = jobs
        self._story = story
        config: DBOSConfig = {
            "name": _APPLICATION,
            "system_database_url": database_url,
            "application_version": _STEPS_VERSION,
            "executor_id": worker_id,
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        DBOS(config=config)

        @DBOS.workflow(name=TRANSCODE, serialization_type=WorkflowSerializationFormat.PORTABLE)
        def transcode(job_id: str) -> str:
            return story.tell(job_id, _run_step)

        @DBOS.workflow(name=WATCH)
        def look(_at: datetime, _context: object) -> None:
            _run_step("catch-up", _catch_up)
            watch.round(_run_step)

        self._transcode, self._look = transcode, look

    def launch(self, *, jobs_at_once: int, watch_at: str | None = None) -> None:
        """Open the engine; with ``jobs_at_once`` 0 the process takes no jobs from the queue.

        ``watch_at`` is the cron expression by which one process of all looks at the entitlements; ``None`` for never.
        Errors: :class:`InvalidSetting` for what is no cron expression.
        """
        if jobs_at_once == 0:
            DBOS.listen_queues([])
        DBOS.launch()
        if jobs_at_once:
            DBOS.register_queue(QUEUE, worker_concurrency=jobs_at_once, polling_interval_sec=_POLL_S)
            DBOS.register_queue(WATCH_QUEUE, concurrency=1)
            self._schedule(watch_at)

    def _schedule(self, watch_at: str | None) -> None:
        """Write the schedule down for the whole fleet; every process sees that each time is run once."""
        if watch_at is None:
            DBOS.delete_schedule(WATCH)
            return
        watch = ScheduleInput(
            schedule_name=WATCH, workflow_fn=self._look, schedule=watch_at, context=None, queue_name=WATCH_QUEUE
        )
        try:
            DBOS.apply_schedules([watch])
        except error.DBOSException as fault:
            raise InvalidSetting(f"CT_WATCH: {watch_at!r} is no cron expression.") from fault

    def feed(self, stop: threading.Event) -> None:
        """Hand accepted jobs over until ``stop`` is set; any number of workers may do so at the same time."""
        for turn in itertools.count():
            if stop.wait(_POLL_S):
                return
            try:
                self._hand_over()
                if turn % _SETTLE_EVERY == 0:
                    self._settle()
            except Exception as error:  # noqa: BLE001  # whatever is away now, the next turn tries again
                log.warning("jobs cannot be handed over: %s", error)

    def run_here(self, job_id: str) -> Callable[[], str]:
        """Start one job in this process; the returned function waits for its end and gives its final state."""
        with SetWorkflowID(job_id):
            handle = DBOS.start_workflow(self._transcode, job_id)
        self._jobs.handed_over(job_id)
        return lambda: handle.get_result(polling_interval_sec=_POLL_S)

    def recover(self, worker_id: str) -> None:
        """Put the unfinished jobs of a lost worker back into the queue; they go on after their last finished step."""
        for status in DBOS.list_workflows(status=WorkflowStatusString.PENDING.value, executor_id=[worker_id]):
            log.warning("%s goes back to the queue", status.workflow_id)
            DBOS.resume_workflow(status.workflow_id, queue_name=status.queue_name or QUEUE)

    def _hand_over(self) -> None:
        for job_id, priority in self._jobs.waiting().items():
            DBOS.enqueue_workflow_with_options(
                {
                    "workflow_name": TRANSCODE,
                    "queue_name": QUEUE,
                    "app_version": _STEPS_VERSION,
                    "serialization_type": WorkflowSerializationFormat.PORTABLE,
                    "workflow_id": job_id,
                    "priority": _PRIORITIES - priority,
                },
                job_id,
            )
            self._jobs.handed_over(job_id)

    def owners(self) -> set[str]:
        """Return the workers that the engine believes to be running jobs."""
        running = DBOS.list_workflows(status=WorkflowStatusString.PENDING.value, load_input=False, load_output=False)
        return {status.executor_id for status in running if status.executor_id}

    def _settle(self) -> None:
        """End the jobs whose workflow has ended without doing so itself, and take back what ended jobs left behind."""
        for job in self._jobs.list(limit=1000, states=ACTIVE):
            status = DBOS.get_workflow_status(job.id)
            if status is not None and status.status in _GIVEN_UP:
                self._story.abandon(job.id, CloudTranscodeError(f"The engine gave up ({status.status}).").report)
        for job in self._jobs.untidy():
            self._story.tidy(job)
        _forget_rounds()

    def close(self) -> None:
        """Stop the engine's threads."""
        DBOS.destroy()


def _run_step(name: str, work: Callable[[], Json]) -> Json:
    return DBOS.run_step({"name": name}, work)


def _catch_up() -> Json:
    """Drop the looks that came due while an earlier one took its time: this one stands for all of them."""
    waiting = DBOS.list_workflows(name=WATCH, status=WorkflowStatusString.ENQUEUED.value, load_input=False)
    if waiting:
        DBOS.delete_workflows([status.workflow_id for status in waiting])
    return {"dropped": len(waiting)}


def _forget_rounds() -> None:
    """Delete the engine's own records of looks that ended a day ago; what was seen stands in our tables."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    ended = DBOS.list_workflows(
        name=WATCH, completed_before=yesterday, load_input=False, load_output=False, limit=_MOST_ROUNDS
    )
    if ended:
        DBOS.delete_workflows([status.workflow_id for status in ended])
