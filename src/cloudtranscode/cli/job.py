"""``ct job``: what became of the jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cloudtranscode.cli.following import alive, finish, follow, is_stranded, watch
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.progress import facts
from cloudtranscode.cli.render import (
    JsonFlag,
    duration,
    moment,
    note,
    print_error,
    print_fields,
    print_json,
    print_outputs,
    print_table,
)
from cloudtranscode.cli.submit import WaitFlag
from cloudtranscode.jobs.state import JobState

if TYPE_CHECKING:
    from cloudtranscode.bootstrap.stack import Stack
    from cloudtranscode.jobs.job import Job

app = typer.Typer(help="List, show, watch, cancel and retry jobs.")

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id.")]


@app.command("list")
def list_(
    *,
    state: Annotated[list[JobState] | None, typer.Option(help="Only jobs in this state; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List jobs, the newest first."""
    stack = open_stack()
    jobs = stack.jobs.list(limit, frozenset(state) if state else None)
    if as_json:
        print_json([job.to_dict() for job in jobs])
    elif jobs:
        workers = _alive(stack)
        print_table(("ID", "CLIENT", "STATE", "SUBMITTED", "TOOK", "NOTE"), [_row(job, workers) for job in jobs])
    else:
        note("No jobs.")


@app.command()
def show(job_id: JobId, *, as_json: JsonFlag = False) -> None:
    """Show one job: its state, outputs, error and (with --json) its receipt."""
    stack = open_stack()
    job = stack.jobs.get(job_id)
    if as_json:
        print_json(job.to_dict())
        return
    print_fields(
        [
            ("id", job.id),
            ("client", job.client),
            ("state", job.state.value),
            ("input", _inputs(job)),
            ("submitted", moment(job.created_at)),
            ("started", moment(job.started_at)),
            ("finished", moment(job.finished_at)),
            *([("retry of", job.retry_of)] if job.retry_of else []),
            *([("progress", _note(job, _alive(stack)))] if job.state is JobState.RUNNING else []),
        ]
    )
    if job.receipt:
        print_outputs(job.receipt)
    if job.error:
        print_error(job.error)


@app.command("watch")
def watch_(job_id: JobId, *, as_json: JsonFlag = False) -> None:
    """Watch a job until its end; the exit code is the job's."""
    stack = open_stack()
    finish(stack, watch(stack, job_id), as_json=as_json)


@app.command()
def cancel(job_id: JobId, *, as_json: JsonFlag = False) -> None:
    """Ask for a job to be cancelled; a running one stops within a second, and nothing of it is published."""
    stack = open_stack()
    job = stack.jobs.request_cancel(job_id)
    if as_json:
        print_json(job.to_dict())
    elif job.state.final:
        note(f"{job.id} is cancelled.")
    elif is_stranded(stack, job):
        note(f"No worker is alive: {job.id} ends as cancelled when `ct up` or `ct worker` runs.")
    else:
        note(f"{job.id} was running; its worker stops it now.")


@app.command()
def retry(job_id: JobId, *, wait: WaitFlag = False, as_json: JsonFlag = False) -> None:
    """Submit a failed or cancelled job again; prints the new job's id."""
    stack = open_stack()
    job = stack.submission.retry(job_id)
    if wait:
        finish(stack, follow(stack, job.id), as_json=as_json)
    if as_json:
        print_json(job.to_dict())
    else:
        typer.echo(job.id)


def _inputs(job: Job) -> str:
    """Every clip's URI, however the document was written."""
    given = job.shown.get("input", "-")
    clips = given if isinstance(given, list) else [given]
    return ", ".join(clip["uri"] if isinstance(clip, dict) else clip for clip in clips)


def _alive(stack: Stack) -> frozenset[str]:
    return frozenset(worker.id for worker in alive(stack))


def _row(job: Job, workers: frozenset[str]) -> tuple[str, ...]:
    took = job.finished_at - job.started_at if job.finished_at and job.started_at else None
    return job.id, job.client, job.state.value, moment(job.created_at), duration(took), _note(job, workers)


def _note(job: Job, workers: frozenset[str]) -> str:
    """One thing worth knowing about a job in its state; a progress is of the past when its worker is not alive."""
    if job.error:
        return job.error.code
    if job.state is JobState.RUNNING and job.worker not in workers:
        return "waits for a worker"
    if job.state is JobState.RUNNING and job.progress:
        return f"{job.progress.get('phase', '')} {facts(job.progress)}".strip()
    return ""
