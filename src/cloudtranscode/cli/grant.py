"""``ct grant``: the bucket policies by which a client entitles the stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, out, print_json

if TYPE_CHECKING:
    from cloudtranscode.entitlements.grant import GrantSheet


def grant(
    name: Annotated[str, typer.Argument(help="The client's name.")],
    *,
    minimal: Annotated[bool, typer.Option("--minimal", help="Leave out what jobs may do without.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Attach the policies with the client's profile.")] = False,
    profile: Annotated[str, typer.Option(help="The AWS profile with the client's own credentials.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Print what a client must attach, and why."""
    from cloudtranscode.entitlements.grant import grant_sheet  # noqa: PLC0415  # loads with the stack

    if apply and not profile:
        raise typer.BadParameter("--apply needs --profile: only the client's own credentials may change its policies.")
    if profile and not apply:
        raise typer.BadParameter("--profile is for --apply: printing the policies needs no credentials of the client.")
    stack = open_stack()
    sheet = grant_sheet(stack.grant_order(stack.clients.get(name)), minimal=minimal)
    changed = attach(sheet, profile) if apply else {}
    if apply:
        stack.prove(stack.clients.get(name))
    if as_json:
        print_json({"client": name, **describe(sheet), "applied": changed if apply else None})
        return
    out().print(sheet.explanation)
    print_changes(sheet, changed) if apply else print_policies(sheet)
    if sheet.needed:
        note(f"Next: `ct verify {name}` proves it.")


def attach(sheet: GrantSheet, profile: str) -> dict[str, bool]:
    """Merge the statements into the buckets' policies; returns for each bucket whether that changed anything."""
    from cloudtranscode.entitlements.grant import merge  # noqa: PLC0415  # load with the stack
    from cloudtranscode.identity.attach import get_bucket_policy, put_bucket_policy  # noqa: PLC0415
    from cloudtranscode.identity.session import client_session  # noqa: PLC0415

    session = client_session(profile)
    changed = {}
    for bucket in sheet.buckets:
        existing = get_bucket_policy(session, bucket)
        merged = merge(existing, sheet.of(bucket))
        changed[bucket] = merged != existing
        if changed[bucket]:
            put_bucket_policy(session, bucket, merged)
    return changed


def describe(sheet: GrantSheet) -> dict[str, Any]:
    """Return the sheet as JSON data: ``{needed, explanation, buckets: [{bucket, policy, permissions}]}``."""
    buckets = [
        {"bucket": bucket, "policy": json.loads(policy), "permissions": permissions(sheet, bucket)}
        for bucket, policy in sheet.documents.items()
    ]
    return {"needed": sheet.needed, "explanation": sheet.explanation, "buckets": buckets}


def permissions(sheet: GrantSheet, bucket: str) -> list[dict[str, Any]]:
    """Return every permission on a bucket with its reason."""
    return [
        {"sid": statement.sid, "action": action, "reason": reason, "optional": statement.optional}
        for statement in sheet.of(bucket)
        for action, reason in zip(statement.actions, statement.reasons, strict=True)
    ]


def print_policies(sheet: GrantSheet) -> None:
    """Print for each bucket the policy to attach, and why."""
    console = out()
    for bucket, policy in sheet.documents.items():
        console.print(f"\nBucket {bucket}", style="bold")
        console.print(policy, soft_wrap=True)
        for permission in permissions(sheet, bucket):
            optional = " (optional)" if permission["optional"] else ""
            console.print(f"  {permission['action']}{optional}: {permission['reason']}")


def print_changes(sheet: GrantSheet, changed: dict[str, bool]) -> None:
    """Print for each bucket what was attached."""
    for bucket in sheet.buckets:
        sids = ", ".join(statement.sid for statement in sheet.of(bucket))
        out().print(f"{bucket}: {'attached' if changed[bucket] else 'already attached'} {sids}")
