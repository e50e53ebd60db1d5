"""A job until its end: watched from the side where workers are alive, else run in this process."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import typer

from cloudtranscode.cli.exit_codes import ExitCode, exit_code
from cloudtranscode.cli.grant import print_policies
from cloudtranscode.cli.interrupt import stopping
from cloudtranscode.cli.progress import progress_view
from cloudtranscode.cli.render import media_seconds, note, pace, print_error, print_json, print_outputs
from cloudtranscode.errors import AccessDenied, CloudTranscodeError, IllegalTransition

if TYPE_CHECKING:
    from cloudtranscode.bootstrap.stack import Stack
    from cloudtranscode.fleet.roster import Worker
    from cloudtranscode.jobs.job import Job

_POLL_S = 0.25
_STRANDED = {"phase": "No worker is alive: the job goes on when `ct up` or `ct worker` runs."}


def follow(stack: Stack, job_id: str) -> Job:
    """Wait for the job's end wherever it runs, or run it here when no worker is alive; returns its last state."""
    return watch(stack, job_id) if has_workers(stack) else run_here(stack, job_id)


def has_workers(stack: Stack) -> bool:
    """Whether somebody is alive who takes jobs from the queue."""
    return any(worker.serves_queue for worker in alive(stack))


def alive(stack: Stack) -> list[Worker]:
    """Return the workers that are alive, without those whose process on this machine died a moment ago."""
    from cloudtranscode.fleet.host import is_dead_neighbour, this_host  # noqa: PLC0415  # loads with the stack

    host = this_host()
    return [worker for worker in stack.roster.alive() if not is_dead_neighbour(worker, host)]


def is_stranded(stack: Stack, job: Job) -> bool:
    """Whether nobody works on the job now, and nobody is alive who will take it."""
    return not job.state.final and not any(one.serves_queue or one.id == job.worker for one in alive(stack))


def watch(stack: Stack, job_id: str) -> Job:
    """Watch a job that others run. Ctrl-C ends the watching and not the job."""
    job = stack.jobs.get(job_id)
    try:
        with progress_view() as view:
            while not job.state.final:
                view.show(_STRANDED if is_stranded(stack, job) else _progress(job))
                time.sleep(_POLL_S)
                job = stack.jobs.get(job_id)
    except KeyboardInterrupt:
        note(f"The job goes on; `ct job watch {job_id}` looks again, `ct job cancel {job_id}` stops it.")
    return job


def run_here(stack: Stack, job_id: str) -> Job:
    """Run a job in this process. Ctrl-C cancels it and waits for its clean end; a second one leaves at once."""
    with (
        stopping(signal.SIGINT) as stop,
        stack.working(jobs_at_once=0, given_up=lambda: None) as engine,
        ThreadPoolExecutor(1) as pool,
        progress_view() as view,
    ):
        end = pool.submit(engine.run_here(job_id))
        while not end.done():
            job = stack.jobs.get(job_id)
            view.show(_progress(job))
            if stop.is_set() and not job.cancel_requested:
                _cancel(stack, job_id)
            wait([end], timeout=_POLL_S)
        end.result()
    return stack.jobs.get(job_id)


def finish(stack: Stack, job: Job, *, as_json: bool) -> None:
    """Print how a followed job ended and leave with its exit code."""
    if as_json:
        print_json(job.to_dict())
    else:
        _print_end(stack, job)
    raise typer.Exit(exit_code(job.error) if job.state.final else ExitCode.INTERRUPTED)


def _progress(job: Job) -> dict[str, Any]:
    return job.progress or {"phase": job.state.value}


def _cancel(stack: Stack, job_id: str) -> None:
    """Ask for the end; a job that has ended or is publishing comes to its own end in a moment."""
    with suppress(IllegalTransition):
        stack.jobs.request_cancel(job_id)


def _print_end(stack: Stack, job: Job) -> None:
    took = ""
    if job.finished_at and job.started_at:
        media_s = media_seconds(job.receipt) if job.receipt else None
        took = f" after {pace(job.finished_at - job.started_at, media_s)}"
    note(f"{job.id}: {job.state.value}{took}")
    if job.receipt:
        print_outputs(job.receipt)
    if job.error:
        print_error(job.error)
        if job.error.code == AccessDenied.code:
            print_missing_grant(stack, job.client)


def print_missing_grant(stack: Stack, client: str) -> None:
    """Print exactly what a client has to attach that has not entitled the stack."""
    from cloudtranscode.entitlements.grant import grant_sheet  # noqa: PLC0415  # loads with the stack

    try:
        sheet = grant_sheet(stack.grant_order(stack.clients.get(client)))
    except CloudTranscodeError as unknown:
        note(f"The policies to attach cannot be written: {unknown.message} {unknown.remedy}")
        return
    if sheet.needed:
        note(f"\n{client} attaches these bucket policies:")
        print_policies(sheet)
