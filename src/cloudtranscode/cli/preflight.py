"""``ct preflight``: whether a job would be let in, and every gap at once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudtranscode.cli.exit_codes import ExitCode, exit_code
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, out, print_json, status
from cloudtranscode.errors import InvalidDocument, UsageError

if TYPE_CHECKING:
    from cloudtranscode.bootstrap.stack import Stack
    from cloudtranscode.entitlements.preflight import Gap, Report

JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="A JSON or YAML file; - reads from stdin.")]
ClientOption = Annotated[
    str, typer.Option(metavar="NAME", help="The client of a document of the earlier stack; goes before the one in it.")
]


def preflight(
    document: JobArgument,
    *,
    client: ClientOption = "",
    profile: Annotated[str, typer.Option(help="The AWS profile with the client's own credentials: sees more.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Report every gap of a job before it is queued.

    It tries whatever the job will do, and leaves no trace of that; what cannot be tried is foretold.

    Exit code 0 when the job would be let in; else that of the side that must act: 3 client, 4 source, 5 stack.
    """
    data = read_job(document, client)
    found = _examine(open_stack(), data, profile)
    if as_json:
        print_json(found.to_dict())
    else:
        print_report(found)
    if found.errors:
        raise typer.Exit(code_of(found))
    if not as_json:
        note("Next: `ct submit` hands the job in.")


def require(stack: Stack, document: Mapping[str, Any], *, as_json: bool) -> None:
    """Return when nothing stops the job; else print the report and end with its exit code."""
    found = _examine(stack, document)
    if found.errors:
        print_json(found.to_dict()) if as_json else print_report(found)
        raise typer.Exit(code_of(found))


def _examine(stack: Stack, document: Mapping[str, Any], profile: str = "") -> Report:
    from cloudtranscode.bootstrap.preflight import preflight as examine  # noqa: PLC0415  # loads the SDK
    from cloudtranscode.jobs.spec import parse_job  # noqa: PLC0415  # loads pydantic

    return examine(stack, parse_job(dict(document)), profile)


def read_job(name: str, client: str = "") -> dict[str, Any]:
    """Read a job document; one of the earlier stack is taken over. Errors: ``UsageError``, ``InvalidDocument``."""
    from cloudtranscode.jobs.legacy import is_legacy  # noqa: PLC0415  # `ct --help` does without

    data = read_file(name)
    if is_legacy(data):
        return take_over(data, client)
    if client:
        raise UsageError("--client is for documents of the earlier stack.", remedy="Name the client in the document.")
    return data


def take_over(data: Mapping[str, Any], client: str) -> dict[str, Any]:
    """Return a document of the earlier stack as one of ours, and say how each field was understood."""
    from cloudtranscode.jobs.legacy import read_legacy  # noqa: PLC0415  # `ct --help` does without

    found = read_legacy(data, client or None)
    for one in found.notes:
        note(f"{one.path}: {one.words}")
    return found.document


def read_file(name: str) -> dict[str, Any]:
    """Read a document from a file or, for ``-``, from stdin. Errors: ``UsageError``, ``InvalidDocument``."""
    from cloudtranscode.jobs.document import read_document  # noqa: PLC0415  # loads YAML

    remedy = "Name a JSON or YAML file in UTF-8, or - for stdin."
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.", remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise InvalidDocument(f"{name} is not text in UTF-8.", remedy=remedy) from error
    return read_document(text)


def code_of(found: Report) -> ExitCode:
    """Return the exit code of a report: where several sides must act, the client's comes first, then the stack's."""
    codes = {exit_code(gap.error) for gap in found.errors}
    return next((code for code in (ExitCode.CLIENT, ExitCode.STACK, ExitCode.SOURCE) if code in codes), ExitCode.DONE)


def print_report(found: Report) -> None:
    """Print what is proven, then every gap, and what to do about it."""
    console = out()
    for one in found.examined:
        if one.attempt.allowed:
            needed = f" {' and '.join(one.requirement.need.permissions)} on {one.requirement.where}"
            console.print(status("pass"), f"{needed}: {one.requirement.need.why}", sep="")
    for gap in found.gaps:
        _print_gap(gap)


def _print_gap(gap: Gap) -> None:
    console = out()
    word = "warning" if gap.warning else "fail"
    foretold = "" if gap.certain or gap.tried else " (not tried: foretold from the policies)"
    console.print(status(word), f" {gap.error.message}{foretold}", sep="")
    console.print(f"     {gap.error.side} acts: {gap.error.remedy}")
