"""``ct watch``: what has changed in the clients' entitlements since somebody last looked."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, moment, note, out, print_fields, print_json, status
from cloudtranscode.errors import CloudTranscodeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudtranscode.bootstrap.stack import Stack
    from cloudtranscode.entitlements.drift import Change
    from cloudtranscode.workflow.watch import Comparison, Watch


def watch(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME…]", help="Clients; by default all.")] = None,
    *,
    profile: Annotated[str, typer.Option(help="Look with a client's own AWS profile, which sees more.")] = "",
    every: Annotated[float | None, typer.Option(min=1, max=86400, help="Look again every so many seconds.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Show what changed before, without looking.")] = False,
    secret: Annotated[
        bool, typer.Option("--secret", help="Show the secret that signs CT_EVENTS_URL's events.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Look at the clients' entitlements and say what changed in meaning since the last look.

    Policies, ownership, encryption, public access block and the stack's own principal are compared, and live checks
    are made. Nothing is changed. Exit code 1 when jobs will fail. Workers do the same by themselves (CT_WATCH).
    """
    stack = open_stack()
    if secret:
        _show_secret(stack, as_json=as_json)
        return
    looker = stack.watch(f"profile:{profile}" if profile else "hand", profile)
    wanted = [stack.clients.get(name).name for name in names or looker.names()]
    if history:
        _show_history(looker, wanted, as_json=as_json)
        return
    breaks = _look(looker, wanted, as_json=as_json)
    while every:
        time.sleep(every)
        _look(looker, wanted, as_json=as_json)
    if breaks:
        raise typer.Exit(ExitCode.FAILED)


def _look(looker: Watch, names: Sequence[str], *, as_json: bool) -> bool:
    """Look once at each client; returns whether jobs will fail or a client could not be looked at."""
    bad, results = False, []
    for name in names:
        try:
            seen = looker.compare(name)
        except CloudTranscodeError as error:
            bad = True
            results.append({"client": name, "error": error.report.to_dict()})
            if not as_json:
                out().print(status("unknown"), f" {name}: {error.message}\n     {error.remedy}", sep="")
            continue
        looker.keep(seen)
        bad = bad or seen.breaks
        results.append(seen.to_dict())
        if not as_json:
            print_comparison(seen)
    if as_json:
        print_json(results)
    elif not names:
        note("No client is registered; `ct client add` registers one.")
    return bad


def print_comparison(seen: Comparison) -> None:
    """Print what changed for one client, the gravest first, and the first job that would fail."""
    console, name = out(), seen.view.client
    if seen.before is None:
        checks = ", ".join(f"{check} {result}" for check, result in seen.view.checks.items())
        console.print(f"{name}: first look. {checks}.")
    elif not seen.changes:
        failing = ", ".join(check for check, result in seen.view.checks.items() if result == "fail")
        still = f" Still failing: {failing}." if failing else ""
        console.print(f"{name}: nothing has changed since {moment(seen.before.at)}.{still}")
    else:
        console.print(f"{name}: since {moment(seen.before.at)}")
        print_changes(seen.changes)
    if seen.job:
        console.print(f"  The first job that will fail: {seen.job.id} ({seen.job.state.value})")


def print_changes(changes: Sequence[Change]) -> None:
    """Print each change, and what to do about it."""
    for change in changes:
        out().print("  ", status(change.weight.value), f" {change.kind}  {change.where}: {change.message}", sep="")
        if change.remedy:
            out().print(f"     {change.side} acts: {change.remedy}")


def _show_history(looker: Watch, names: Sequence[str], *, as_json: bool) -> None:
    from cloudtranscode.entitlements.drift import changes  # noqa: PLC0415  # loads with the stack

    told = []
    for name in names:
        views = looker.views.history(name, looker.eyes)
        for after, before in pairwise(views):
            found = changes(before, after)
            told.append({"client": name, "at": after.at, "changes": [change.to_dict() for change in found]})
            if not as_json:
                out().print(f"{name}: {moment(after.at)}")
                print_changes(found)
    if as_json:
        print_json(told)
    elif not told:
        note("No change has been seen yet.")


def _show_secret(stack: Stack, *, as_json: bool) -> None:
    fields = {"events_url": stack.settings.events_url, "webhook_secret": stack.events_secret}
    if as_json:
        print_json(fields)
    else:
        print_fields((key.replace("_", " "), value or "not set") for key, value in fields.items())
