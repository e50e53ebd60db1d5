"""``ct schema``: what documents look like."""

from __future__ import annotations

import json

import typer

from cloudtranscode.cli.render import JsonFlag, print_json

app = typer.Typer(help="Print the JSON Schema of a document.")


@app.callback()
def _documents() -> None:
    """Keep ``job`` a command of its own while it is the only one."""


@app.command()
def job(*, as_json: JsonFlag = False) -> None:
    """Print the schema of the job document, which `ct submit` takes."""
    from cloudtranscode.jobs.spec import job_schema  # noqa: PLC0415  # loads pydantic

    if as_json:
        print_json(job_schema())
    else:
        typer.echo(json.dumps(job_schema(), indent=2))
