"""``ct schema``: what documents look like."""

from __future__ import annotations

import json

import typer

app = typer.Typer(help="Print the JSON Schema of a document.")


@app.callback()
def _documents() -> None:
    """Keep ``job`` a command of its own while it is the only one."""


@app.command()
def job() -> None:
    """The job document that `ct submit` takes."""
    from cloudtranscode.jobs.spec import job_schema  # noqa: PLC0415  # loads pydantic

    typer.echo(json.dumps(job_schema(), indent=2))
