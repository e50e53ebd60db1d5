"""``ct submit``: hand in a job."""

from __future__ import annotations

from typing import Annotated

import typer

from cloudtranscode.cli.following import finish, follow, has_workers, print_missing_grant
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.preflight import ClientOption, JobArgument, read_job, require
from cloudtranscode.cli.render import JsonFlag, note, print_json
from cloudtranscode.errors import ControlUnproven

WaitFlag = Annotated[
    bool, typer.Option("--wait", help="Follow the job to its end; without a running worker, run it here.")
]
PreflightFlag = Annotated[
    bool, typer.Option("--preflight", help="Queue the job only when `ct preflight` finds no gap that stops it.")
]


def submit(
    document: JobArgument,
    *,
    client: ClientOption = "",
    preflight: PreflightFlag = False,
    wait: WaitFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Submit a job document; prints the job's id."""
    data = read_job(document, client)
    stack = open_stack()
    if preflight:
        require(stack, data, as_json=as_json)
    try:
        job = stack.submission.submit(data)
    except ControlUnproven:
        if not as_json:
            print_missing_grant(stack, data["client"])
        raise
    if wait:
        finish(stack, follow(stack, job.id), as_json=as_json)
    if as_json:
        print_json(job.to_dict())
        return
    typer.echo(job.id)
    if not has_workers(stack):
        note("No worker is alive: the job waits until `ct up` or `ct worker` runs.")
