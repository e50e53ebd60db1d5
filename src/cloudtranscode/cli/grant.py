"""``ct grant``: the policies by which a client entitles the stack, in the form in which people attach them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloudtranscode.cli.existing import Existing, present_of
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.options import taking
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, out, print_json
from cloudtranscode.errors import Side, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudtranscode.entitlements.grant import GrantOrder, GrantSheet
    from cloudtranscode.entitlements.present import Present
    from cloudtranscode.entitlements.sheet import Attachment


class Form(StrEnum):
    """How the sheet is written."""

    TEXT = "text"
    JSON = "json"
    CLI = "cli"
    CLOUDFORMATION = "cloudformation"
    TERRAFORM = "terraform"


class Whose(StrEnum):
    """Whose part of the sheet is written."""

    CLIENT = "client"
    STACK = "stack"


_SUFFIXES = {Form.CLI: "sh", Form.CLOUDFORMATION: "yaml", Form.TERRAFORM: "tf"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The options of ``ct grant``."""

    name: Annotated[str, typer.Argument(help="The client's name.")]
    minimal: Annotated[bool, typer.Option("--minimal", help="Leave out what jobs may do without.")] = False
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.TEXT
    whose: Annotated[
        Whose | None, typer.Option("--for", help="With --format: the part that the client, or the stack, attaches.")
    ] = None
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="With --format: write files there, for both sides.")
    ] = None
    existing: Existing = None
    diff: Annotated[bool, typer.Option("--diff", help="Show who may do what before and after, and prove it.")] = False
    apply: Annotated[bool, typer.Option("--apply", help="Attach the policies with the client's profile.")] = False
    profile: Annotated[
        str, typer.Option(help="The AWS profile with the client's own credentials, to read or attach policies.")
    ] = ""
    enforced: Annotated[
        bool | None,
        typer.Option("--ownership-enforced/--ownership-not-enforced", help="The output bucket's setting, if known."),
    ] = None
    as_json: JsonFlag = False


@taking(Wanted)
def grant(wanted: Wanted) -> None:
    """Print what a client must attach, and what the stack must, each permission with its reason.

    With --profile or --existing the policies that are there are known: what is printed then is merged into them, and
    --diff shows what that changes. Exit code 1 when --diff does not prove that it is what the grant orders.
    """
    from dataclasses import replace  # noqa: PLC0415

    from cloudtranscode.bootstrap import grants  # noqa: PLC0415  # load with the stack
    from cloudtranscode.entitlements.grant import grant_sheet  # noqa: PLC0415

    _check(wanted)
    stack = open_stack()
    client = stack.clients.get(wanted.name)
    order = replace(stack.grant_order(client), ownership_enforced=wanted.enforced)
    sheet = grant_sheet(order, minimal=wanted.minimal)
    if wanted.apply:
        changed = grants.attach(_appliable(sheet), wanted.profile)
        stack.prove(client)
        _print_applied(wanted, sheet, changed)
        return
    present = present_of(sheet, wanted.profile, wanted.existing)
    if wanted.diff:
        _print_diff(wanted, order, sheet, present)
    else:
        _print_sheet(wanted, sheet, present)


def _check(wanted: Wanted) -> None:
    if wanted.apply and not wanted.profile:
        raise typer.BadParameter("--apply needs --profile: only the client's own credentials may change its policies.")
    chosen = [wanted.apply, wanted.diff, wanted.form is not Form.TEXT]
    if sum(chosen) > 1:
        raise typer.BadParameter("--apply, --diff and --format exclude each other.")
    if wanted.as_json and wanted.form not in {Form.TEXT, Form.JSON}:
        raise typer.BadParameter("--json and --format exclude each other.")
    if wanted.profile and not any((*chosen, wanted.as_json)):
        raise typer.BadParameter("--profile is for --apply, --diff and --format: printing needs no credentials.")
    if wanted.existing and not (wanted.diff or wanted.as_json or wanted.form is not Form.TEXT):
        raise typer.BadParameter("--existing is for --diff, --format and --json: only they look at what is there.")
    if (wanted.folder or wanted.whose) and wanted.form not in _SUFFIXES:
        raise typer.BadParameter(f"--for and --out are for --format {', '.join(_SUFFIXES)}.")


def _appliable(sheet: GrantSheet) -> GrantSheet:
    from cloudtranscode.entitlements.sheet import Place  # noqa: PLC0415  # loads with the stack

    if sheet.at(Place.TRUST):
        raise UsageError(
            f"{sheet.client} lets the stack in by a role, and has no bucket policy to attach.",
            remedy=f"Make the role with what `ct grant {sheet.client} --format cloudformation` prints.",
        )
    return sheet


# --- printing -------------------------------------------------------------------------------------------------------


def _print_sheet(wanted: Wanted, sheet: GrantSheet, present: Present) -> None:
    from cloudtranscode.entitlements.forms.data import as_data  # noqa: PLC0415  # loads with the stack

    if wanted.as_json or wanted.form is Form.JSON:
        print_json({**as_data(sheet, present), "applied": None})
    elif wanted.form in _SUFFIXES:
        _print_form(wanted, sheet, present)
    else:
        out().print(sheet.explanation)
        print_policies(sheet)
        print_policies(sheet, Side.STACK)
        note(f"Next: `ct verify {sheet.client}` proves it.")


def _print_form(wanted: Wanted, sheet: GrantSheet, present: Present) -> None:
    texts = {whose: _write(wanted.form)(sheet, Side(whose.value), present) for whose in Whose}
    texts = {whose: text for whose, text in texts.items() if text}
    if wanted.folder:
        _save(wanted.folder, {f"{sheet.client}-{one}.{_SUFFIXES[wanted.form]}": text for one, text in texts.items()})
        return
    whose = wanted.whose or next(iter(texts))
    if whose not in texts:
        note(f"The {whose.value} has nothing to attach.")
        return
    typer.echo(texts[whose], nl=False)
    others = [f"`--for {one.value}`" for one in texts if one is not whose]
    note(f"This is for the {whose.value}{''.join(f'; {one} prints the other part' for one in others)}.")


def _write(form: Form) -> Callable[[GrantSheet, Side, Present], str]:
    from cloudtranscode.entitlements.forms.awscli import awscli  # noqa: PLC0415  # load with the stack
    from cloudtranscode.entitlements.forms.cloudformation import cloudformation  # noqa: PLC0415
    from cloudtranscode.entitlements.forms.terraform import terraform  # noqa: PLC0415

    return {Form.CLI: awscli, Form.CLOUDFORMATION: cloudformation, Form.TERRAFORM: terraform}[form]


def _save(folder: Path, files: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
            out().print(str(folder / name), soft_wrap=True)
    except OSError as error:
        message = f"{error.filename or folder} cannot be written: {error.strerror}."
        raise UsageError(message, remedy="Name another folder.") from error


def _print_diff(wanted: Wanted, order: GrantOrder, sheet: GrantSheet, present: Present) -> None:
    from cloudtranscode.bootstrap.grants import comparisons  # noqa: PLC0415  # load with the stack
    from cloudtranscode.cli.comparing import print_comparison  # noqa: PLC0415
    from cloudtranscode.entitlements.sheet import Place  # noqa: PLC0415

    found = comparisons(order, sheet, present, datetime.now(UTC))
    proven = all(one.proven for one in found)
    if wanted.as_json:
        print_json({"client": sheet.client, "proven": proven, "comparisons": [one.to_dict() for one in found]})
    for one in found if not wanted.as_json else ():
        print_comparison(one)
    for place in sheet.at(Place.BUCKET, Place.KEY):
        if not present.knows(place):
            how = "compared with nothing" if place.place is Place.BUCKET else "not compared"
            note(f"{place.target} is {how}: --profile or --existing tells which policy it has.")
    if not found:
        note(f"No policy that {sheet.client} has is changed: {sheet.explanation}")
    if not proven:
        raise typer.Exit(ExitCode.FAILED)


def print_policies(sheet: GrantSheet, side: Side = Side.CLIENT) -> None:
    """Print each policy that one side attaches, and why."""
    from cloudtranscode.entitlements.forms.data import permissions  # noqa: PLC0415  # loads with the stack

    console = out()
    for place in sheet.by(side):
        console.print(f"\n{_title(place)}", style="bold")
        console.print(place.text, soft_wrap=True)
        for permission in permissions(place):
            optional = " (optional)" if permission["optional"] else ""
            console.print(f"  {permission['action']}{optional}: {permission['reason']}")


def _title(place: Attachment) -> str:
    from cloudtranscode.entitlements.sheet import Place  # noqa: PLC0415  # loads with the stack

    return {
        Place.BUCKET: f"Bucket {place.target}",
        Place.KEY: f"Add to the policy of the key {place.target}",
        Place.TRUST: f"Role {place.target}, trust policy",
        Place.ROLE: f"Role {place.target}, permissions",
        Place.STACK: f"The stack's own {place.target}, attached by its admin",
    }[place.place]


def _print_applied(wanted: Wanted, sheet: GrantSheet, changed: Mapping[str, bool]) -> None:
    """Print for each bucket what was attached."""
    from cloudtranscode.entitlements.forms.data import as_data  # noqa: PLC0415  # load with the stack
    from cloudtranscode.entitlements.present import Present  # noqa: PLC0415
    from cloudtranscode.entitlements.sheet import Place  # noqa: PLC0415

    if wanted.as_json:
        print_json({**as_data(sheet, Present()), "applied": dict(changed)})
        return
    out().print(sheet.explanation)
    for place in sheet.at(Place.BUCKET):
        sids = ", ".join(statement.sid for statement in place.statements)
        out().print(f"{place.target}: {'attached' if changed[place.target] else 'already attached'} {sids}")
    for key in sheet.at(Place.KEY):
        note(f"The policy of {key.target} is for its owner to change: `ct grant {sheet.client}` prints the statement.")
    note(f"Next: `ct verify {sheet.client}` proves it.")
