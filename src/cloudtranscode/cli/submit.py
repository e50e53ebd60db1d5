"""``ct submit``: hand in a job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cloudtranscode.cli.following import finish, follow, has_workers, print_missing_grant
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, print_json
from cloudtranscode.errors import ControlUnproven, InvalidDocument, UsageError

WaitFlag = Annotated[
    bool, typer.Option("--wait", help="Follow the job to its end; without a running worker, run it here.")
]


def submit(
    document: Annotated[str, typer.Argument(metavar="JOB", help="A JSON or YAML file; - reads from stdin.")],
    *,
    wait: WaitFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Submit a job document; prints the job's id."""
    from cloudtranscode.jobs.document import read_document  # noqa: PLC0415  # loads YAML

    data = read_document(_text(document))
    stack = open_stack()
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


def _text(name: str) -> str:
    remedy = "Name a JSON or YAML file in UTF-8, or - for stdin."
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.", remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise InvalidDocument(f"{name} is not text in UTF-8.", remedy=remedy) from error
