"""``ct verify``: what the stack may really do in a client's buckets."""

from __future__ import annotations

from typing import Annotated

import typer

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, out, print_json, status


def verify(
    name: Annotated[str, typer.Argument(help="The client's name.")],
    *,
    key: Annotated[str | None, typer.Option(help="An object under the client's input to read a byte of.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove what the stack may do for a client.

    It tries to read the input and to write the output, and leaves no trace of that.

    Exit code 0 only when every check passed: what is unknown is not proven.
    """
    checks = [check.to_dict() for check in open_stack().verify(name, key)]
    proven = all(check["status"] == "pass" for check in checks)
    if as_json:
        print_json({"ok": proven, "checks": checks})
    else:
        for check in checks:
            print_check(check)
        if proven:
            note(f"Next: `ct submit JOB.yaml --wait` with `client: {name}`.")
    if not proven:
        raise typer.Exit(ExitCode.FAILED)


def print_check(check: dict[str, str]) -> None:
    """Print one check, and what to do unless it passed."""
    console = out()
    console.print(status(check["status"]), f" {check['name']}: {check['cause']}", sep="")
    if check["remedy"]:
        console.print(f"     {check['side'] or 'stack'} acts: {check['remedy']}")
