"""A job until its end: watched from the side where workers are alive, else run in this process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import typer

from cloudtranscode.cli.exit_codes import ExitCode, exit_code
from cloudtranscode.cli.grant import print_policies
from cloudtranscode.cli.progress import ProgressView, progress_view
from cloudtranscode.cli.render import note, pace, print_error, print_json, print_outputs
from cloudtranscode.errors import AccessDenied, CloudTranscodeError, ErrorReport, IllegalTransition
from cloudtranscode.jobs.state import JobState

if TYPE_CHECKING:
    from cloudtranscode.bootstrap import Stack
    from cloudtranscode.jobs.job import Job

_POLL_S = 0.25


def follow(stack: Stack, job_id: str) -> Job:
    """Wait for the job's end wherever it runs, or run it here when no worker is alive; returns its last state."""
    return watch(stack, job_id) if has_workers(stack) else run_here(stack, job_id)


def has_workers(stack: Stack) -> bool:
    """Whether somebody is alive who takes jobs from the queue."""
    return any(worker.serves_queue for worker in stack.roster.alive())


def watch(stack: Stack, job_id: str) -> Job:
    """Watch a job that others run. Ctrl-C ends the watching and not the job."""
    try:
        with progress_view() as view:
            return _until(stack, job_id, view, lambda: False)
    except KeyboardInterrupt:
        note(f"The job goes on; `ct job watch {job_id}` looks again, `ct job cancel {job_id}` stops it.")
        return stack.jobs.get(job_id)


def run_here(stack: Stack, job_id: str) -> Job:
    """Run a job in this process. Ctrl-C cancels it and waits for its clean end; a second one leaves at once."""
    with (
        stack.working(jobs_at_once=0, given_up=lambda: None) as engine,
        ThreadPoolExecutor(1) as pool,
        progress_view() as view,
    ):
        end: Future[str] = pool.submit(engine.run_here(job_id))
        try:
            _until(stack, job_id, view, end.done)
            end.result()  # until the client has been told, too
        except KeyboardInterrupt:
            _cancel(stack, job_id, end)
    return stack.jobs.get(job_id)


def finish(stack: Stack, job: Job, *, as_json: bool) -> None:
    """Print how a followed job ended and leave with its exit code."""
    if as_json:
        print_json(job.to_dict())
    else:
        _print_end(stack, job)
    raise typer.Exit(exit_code(job.error) if job.state.final else ExitCode.INTERRUPTED)


def _until(stack: Stack, job_id: str, view: ProgressView, ended: Callable[[], bool]) -> Job:
    """Show progress until the job is over, or ``ended()`` says that this process can do no more for it."""
    while True:
        over = ended()
        job = stack.jobs.get(job_id)
        if job.state.final or over:
            return job
        view.show(job.progress or {"phase": job.state.value})
        time.sleep(_POLL_S)


def _cancel(stack: Stack, job_id: str, end: Future[str]) -> None:
    try:
        stack.jobs.request_cancel(job_id)
        note("Cancelling; press Ctrl-C again to leave at once.")
    except IllegalTransition as refused:
        note(refused.message)
    try:
        end.result()
    except KeyboardInterrupt:
        os._exit(ExitCode.INTERRUPTED)


def _print_end(stack: Stack, job: Job) -> None:
    took = ""
    if job.finished_at and job.started_at:
        media = job.receipt["media"] if job.receipt else {}
        took = f" after {pace(job.finished_at - job.started_at, media.get('duration_s'))}"
    note(f"{job.id}: {job.state.value}{took}")
    if job.state is JobState.DONE:
        print_outputs(job.to_dict()["outputs"])
    if job.error:
        print_error(job.error)
        _print_missing_grant(stack, job, job.error)


def _print_missing_grant(stack: Stack, job: Job, error: ErrorReport) -> None:
    """Where the client has not entitled the stack: exactly what it has to attach."""
    if error.code != AccessDenied.code:
        return
    from cloudtranscode.entitlements.grant import grant_sheet  # noqa: PLC0415  # loads with the stack

    try:
        sheet = grant_sheet(stack.grant_order(stack.clients.get(job.client)))
    except CloudTranscodeError as unknown:
        note(f"The policies to attach cannot be written: {unknown.message} {unknown.remedy}")
        return
    if sheet.needed:
        note(f"\n{job.client} attaches these bucket policies:")
        print_policies(sheet)
