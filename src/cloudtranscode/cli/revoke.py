"""``ct revoke``: take a client's grant back, and prove that access is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudtranscode.cli.existing import Existing, present_of
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.options import taking
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, out, print_json, print_table
from cloudtranscode.cli.verify import print_check
from cloudtranscode.errors import Side, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudtranscode.bootstrap.revoking import Revocation
    from cloudtranscode.bootstrap.stack import Stack
    from cloudtranscode.entitlements.present import Present
    from cloudtranscode.entitlements.revocation import Edit
    from cloudtranscode.entitlements.verify import Check


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The options of ``ct revoke``."""

    name: Annotated[str, typer.Argument(help="The client's name.")]
    profile: Annotated[
        str, typer.Option(help="The AWS profile with the client's own credentials, to read or edit policies.")
    ] = ""
    existing: Existing = None
    apply: Annotated[bool, typer.Option("--apply", help="Edit the policies with the client's profile, then prove.")] = (
        False
    )
    prove: Annotated[bool, typer.Option("--prove", help="Only prove that access is gone.")] = False
    key: Annotated[str, typer.Option(help="An object that is there, under the client's input: s3://bucket/key.")] = ""
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --apply.")] = False
    as_json: JsonFlag = False


@taking(Wanted)
def revoke(wanted: Wanted) -> None:
    """Show what taking a client's grant back means: the jobs it stops, the edited policies; or do it, and prove it.

    All other statements stay byte for byte. The proof are attempts to read and to write as the stack. Exit code 1
    unless every one is refused.
    """
    from cloudtranscode.bootstrap import revoking  # noqa: PLC0415  # loads with the stack

    _check(wanted)
    stack = open_stack()
    revocation = revoking.plan(stack, wanted.name)
    if wanted.prove:
        _end(wanted, {}, revoking.prove(stack, revocation, key=wanted.key or None))
        return
    _check_mode(wanted, revocation)
    present = present_of(revocation.sheet, wanted.profile, wanted.existing)
    if not wanted.as_json:
        _print_plan(revocation, present)
    if wanted.apply:
        _apply(wanted, stack, revocation)
    elif wanted.as_json:
        print_json(_plan(revocation, present))


def _check(wanted: Wanted) -> None:
    if wanted.apply and (not wanted.profile or wanted.existing or wanted.prove):
        raise typer.BadParameter("--apply needs --profile, and neither --existing nor --prove.")
    if wanted.prove and (wanted.profile or wanted.existing):
        raise typer.BadParameter("--prove attempts as the stack: it takes neither --profile nor --existing.")
    if wanted.apply and wanted.as_json and not wanted.yes:
        raise typer.BadParameter("--apply with --json needs --yes: nobody can be asked.")


def _check_mode(wanted: Wanted, revocation: Revocation) -> None:
    from cloudtranscode.entitlements.sheet import Place  # noqa: PLC0415  # loads with the stack

    if wanted.apply and not revocation.sheet.at(Place.BUCKET):
        raise UsageError(
            f"{wanted.name} has not let the stack in by bucket policies: there is none to edit.",
            remedy=f"`ct revoke {wanted.name}` prints what to delete; then prove it with --prove.",
        )


def _apply(wanted: Wanted, stack: Stack, revocation: Revocation) -> None:
    from cloudtranscode.bootstrap import revoking  # noqa: PLC0415  # load with the stack
    from cloudtranscode.bootstrap.grants import look  # noqa: PLC0415

    if not wanted.yes:
        typer.confirm(f"Take {wanted.name}'s grant out of these policies?", abort=True, err=True)
    key = wanted.key or None
    before = revoking.attempt(stack, revocation.client, key)
    done = revoking.apply(revocation, wanted.profile)
    left = look(revocation.sheet, wanted.profile)
    _end(wanted, done, revoking.prove(stack, revocation, before, left, key=key))


def _end(wanted: Wanted, done: dict[str, str], checks: Sequence[Check]) -> None:
    from cloudtranscode.entitlements.verify import Status  # noqa: PLC0415  # loads with the stack

    gone = all(check.status is Status.PASS for check in checks)
    if wanted.as_json:
        print_json({"client": wanted.name, "done": done, "gone": gone, "checks": [one.to_dict() for one in checks]})
    else:
        for bucket, what in done.items():
            out().print(f"{bucket}: {_DONE[what]}")
        for check in checks:
            print_check(check.to_dict())
        if gone:
            note(f"The stack has no access any more. `ct client remove {wanted.name}` forgets the client.")
    if not gone:
        raise typer.Exit(ExitCode.FAILED)


_DONE = {
    "nothing": "nothing of the grant was there.",
    "edited": "the grant's statements are gone, all others stand as they were.",
    "deleted": "no statement was left: the policy is deleted.",
}


# --- the plan -----------------------------------------------------------------------------------------------------


def _plan(revocation: Revocation, present: Present) -> dict[str, Any]:
    from cloudtranscode.bootstrap.revoking import unread  # noqa: PLC0415  # load with the stack
    from cloudtranscode.entitlements.forms.awscli import undo  # noqa: PLC0415

    return {
        "client": revocation.client.name,
        "mode": revocation.sheet.mode.value,
        "jobs": [{"id": job.id, "state": job.state.value} for job in revocation.jobs],
        "policies": [
            {"target": one.place.target, "changes": one.changes, "policy": one.after}
            for one in revocation.edits(present)
        ],
        "unread": [{"target": target, "sids": list(sids)} for target, sids in unread(revocation, present)],
        "commands": {side.value: list(undo(revocation.sheet, side)) for side in (Side.CLIENT, Side.STACK)},
    }


def _print_plan(revocation: Revocation, present: Present) -> None:
    from cloudtranscode.bootstrap.revoking import unread  # noqa: PLC0415  # load with the stack
    from cloudtranscode.entitlements.forms.awscli import undo  # noqa: PLC0415

    name = revocation.client.name
    if revocation.jobs:
        out().print(f"{name}'s jobs that would fail; `ct job cancel` ends one before:", style="bold")
        print_table(("JOB", "STATE"), [(job.id, job.state.value) for job in revocation.jobs])
    else:
        out().print(f"No job of {name} is waiting or running.")
    for edit in revocation.edits(present):
        _print_edit(edit)
    for target, sids in unread(revocation, present):
        out().print(f"\n{target}: take out the statements {', '.join(sids)}", soft_wrap=True)
        note("--profile or --existing tells the policy, and what is left of it then.")
    for side, who in ((Side.CLIENT, name), (Side.STACK, "the stack's admin")):
        if commands := undo(revocation.sheet, side):
            out().print(f"\nWhat {who} deletes, unless a template made it, which does that:", style="bold")
            out().print("\n".join(commands), soft_wrap=True)
    note(f"Then `ct revoke {name} --prove` proves that access is gone.")


def _print_edit(edit: Edit) -> None:
    console = out()
    if not edit.changes:
        console.print(f"\n{edit.place.target}: nothing of the grant is there.")
    elif edit.after is None:
        console.print(f"\n{edit.place.target}: no statement is left, delete the policy.", style="bold")
    else:
        console.print(f"\n{edit.place.target} without the grant:", style="bold")
        console.print(edit.after, soft_wrap=True)
