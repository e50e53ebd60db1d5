"""``ct convert``: a document of the earlier stack as one of ours."""

from __future__ import annotations

from typing import Annotated

import typer

from cloudtranscode.cli.preflight import ClientOption, JobArgument, read_file, take_over
from cloudtranscode.cli.render import print_json
from cloudtranscode.errors import InvalidDocument


def convert(
    document: JobArgument,
    *,
    client: ClientOption = "",
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print YAML instead of JSON.")] = False,
) -> None:
    """Print a job document of the earlier stack as one of this stack.

    On stderr stands how each of its fields was understood. Nothing is queued.
    """
    import yaml  # noqa: PLC0415  # `ct --help` does without

    from cloudtranscode.jobs.legacy import is_legacy  # noqa: PLC0415  # same
    from cloudtranscode.jobs.spec import parse_job  # noqa: PLC0415  # loads pydantic

    data = read_file(document)
    if not is_legacy(data):
        raise InvalidDocument("The document is none of the earlier stack.", remedy="Give it to `ct submit` as it is.")
    found = take_over(data, client)
    parse_job(found)
    if as_yaml:
        typer.echo(yaml.safe_dump(found, sort_keys=False, allow_unicode=True), nl=False)
    else:
        print_json(found)
