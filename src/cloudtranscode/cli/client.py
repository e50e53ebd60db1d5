"""``ct client``: who the clients are, and which buckets and prefixes are theirs."""

from __future__ import annotations

import getpass
import json
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.options import taking
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, out, print_fields, print_json, print_table
from cloudtranscode.cli.verify import print_check
from cloudtranscode.clients.client import Mode
from cloudtranscode.clients.proof import How
from cloudtranscode.errors import ClientBusy, CloudTranscodeError, InvalidDocument, InvalidLocation, UsageError
from cloudtranscode.location import parse_s3

if TYPE_CHECKING:
    from cloudtranscode.bootstrap.stack import Stack
    from cloudtranscode.clients.client import Client

app = typer.Typer(help="Register clients and look at them.")

Name = Annotated[str, typer.Argument(help="The client's name.")]

_AWS_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, kw_only=True)
class Registration:
    """The options of ``ct client add``."""

    name: Name
    account: Annotated[str, typer.Option(help="The AWS account that owns the client's buckets, 12 digits.")]
    input_: Annotated[str, typer.Option("--input", help="What the stack may read: s3://bucket/prefix.")]
    output: Annotated[str, typer.Option(help="What the stack may write: s3://bucket/prefix.")]
    mode: Annotated[
        Mode, typer.Option(help="The client's bucket policies name the stack, or the stack assumes the client's role.")
    ] = Mode.BUCKET_POLICY
    role_arn: Annotated[
        str | None,
        typer.Option(help="With assume-role: the client's role, unless it is made by the template of `ct grant`."),
    ] = None
    kms_key: Annotated[
        list[str] | None, typer.Option(metavar="ARN", help="A KMS key that protects the client's buckets.")
    ] = None
    expires: Annotated[
        str | None, typer.Option(help="The day, or the instant in UTC, from which nothing of the grant holds.")
    ] = None
    shares: Annotated[
        bool, typer.Option("--shares", help="State that it may have buckets or prefixes that other clients have, too.")
    ] = False
    trusted: Annotated[
        bool, typer.Option("--trusted", help="State that the buckets are the client's, instead of a proof.")
    ] = False
    as_json: JsonFlag = False


@app.command()
@taking(Registration)
def add(given: Registration) -> None:
    """Register a client."""
    stack = open_stack()
    try:
        client = _client(stack, given)
    except (InvalidDocument, InvalidLocation) as error:
        raise UsageError(error.message, remedy=error.remedy) from error
    stack.clients.add(client)
    if given.trusted:
        client = stack.clients.accept(client, How.STATED, _user())
    if given.as_json:
        print_json(client.to_dict())
        return
    print_fields(_fields(client))
    name, account = client.name, client.account
    if not _AWS_ACCOUNT.fullmatch(account):
        note(f"{account} is not an AWS account, which has 12 digits: it is taken for a tenant of a RADOS Gateway.")
    if _is_own_account(stack, account):
        note(f"This is the stack's own account: {name} needs no grant. Next: `ct verify {name}` proves it.")
        if not client.proven:
            note(f"Before its first job, `ct client challenge {name}` prints what shows that the buckets are its own.")
    else:
        note(f"Next: `ct grant {name}` prints what {name} must attach; `ct verify {name}` proves it.")


def _client(stack: Stack, given: Registration) -> Client:
    """Make the client; errors say what is wrong with an option."""
    from cloudtranscode.bootstrap.grants import Wish, agree  # noqa: PLC0415  # load with the stack
    from cloudtranscode.clients.client import Client  # noqa: PLC0415
    from cloudtranscode.clients.isolation import check_limited  # noqa: PLC0415

    if given.role_arn and given.mode is not Mode.ASSUME_ROLE:
        raise UsageError("--role-arn is for --mode assume-role.")
    wish = Wish(given.mode, given.role_arn, given.kms_key or (), given.expires)
    partition = _partition(stack) if given.mode is Mode.ASSUME_ROLE else "aws"
    terms = replace(agree(wish, given.name, given.account, partition), shares=given.shares)
    client = Client(given.name, given.account, parse_s3(given.input_), parse_s3(given.output), terms)
    check_limited(client)
    return client


@app.command("list")
def list_(*, as_json: JsonFlag = False) -> None:
    """List the clients."""
    clients = open_stack().clients.list()
    if as_json:
        print_json([client.to_dict() for client in clients])
    elif clients:
        rows = [
            (client.name, client.account, client.input.uri, client.output.uri, _control(client)) for client in clients
        ]
        print_table(("NAME", "ACCOUNT", "INPUT", "OUTPUT", "CONTROL"), rows)
    else:
        note("No client is registered; `ct client add` registers one.")


@app.command()
def show(
    name: Name,
    *,
    secret: Annotated[bool, typer.Option("--secret", help="Show the secret that signs notifications, too.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show one client."""
    stack = open_stack()
    client = stack.clients.get(name)
    webhook = {"webhook_secret": stack.webhook_secret(name)} if secret else {}
    if as_json:
        print_json(client.to_dict() | webhook)
    else:
        print_fields([*_fields(client), *((key.replace("_", " "), value) for key, value in webhook.items())])


@app.command()
def challenge(name: Name, *, as_json: JsonFlag = False) -> None:
    """Print what shows that a client controls its buckets, for their policies."""
    from cloudtranscode.bootstrap import control  # noqa: PLC0415  # loads with the stack

    stack = open_stack()
    wanted = control.challenge(stack.grant_order(stack.clients.get(name)))
    if as_json:
        print_json({"client": name, "buckets": wanted})
        return
    for bucket, statements in wanted.items():
        out().print(f"Statements for the policy of {bucket}", style="bold")
        out().print(json.dumps(statements, indent=2), soft_wrap=True)
    if wanted:
        note(f"Only who controls the buckets can attach these. Next: `ct client prove {name}`.")
    else:
        note(f"{name} has nothing to attach. Next: `ct client prove {name}` tells how its buckets are known.")


@app.command()
def prove(
    name: Name,
    *,
    profile: Annotated[
        str, typer.Option(help="The AWS profile with the client's own credentials: attaches the statements, too.")
    ] = "",
    trusted: Annotated[
        bool, typer.Option("--trusted", help="State that the buckets are the client's, instead of a proof.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Look whether a client controls its buckets, and accept them."""
    from cloudtranscode.bootstrap import control  # noqa: PLC0415  # load with the stack
    from cloudtranscode.entitlements.verify import Status  # noqa: PLC0415

    stack = open_stack()
    client = stack.clients.get(name)
    if trusted and not client.proven:
        client = stack.clients.accept(client, How.STATED, _user())
    elif profile and not client.proven:
        control.plant(stack.grant_order(client), profile)
    check = stack.prove(client)
    if as_json:
        print_json({"client": name, "check": check.to_dict(), "proof": stack.clients.get(name).to_dict()["proof"]})
    else:
        print_check(check.to_dict())
    if check.status is not Status.PASS:
        raise typer.Exit(ExitCode.FAILED)


@app.command()
def remove(name: Name, *, as_json: JsonFlag = False) -> None:
    """Forget a client; its finished jobs stay listed."""
    stack = open_stack()
    if stack.jobs.needs_client(name):
        raise ClientBusy(f"{name} has jobs that are not over, or have uploads left to take back.")
    stack.clients.remove(name)
    if as_json:
        print_json({"removed": name})
    else:
        note(f"Removed {name}. The policies in its buckets are the client's own to take out.")


def _fields(client: Client) -> list[tuple[str, str]]:
    """What a person wants to see of a client; of the terms what was agreed on."""
    fields = client.to_dict()
    terms, _ = fields.pop("terms"), fields.pop("proof")
    shown = [*fields.items(), *((key, value) for key, value in terms.items() if value), ("control", _control(client))]
    return [
        (key.replace("_", " "), ", ".join(value) if isinstance(value, list) else "yes" if value is True else str(value))
        for key, value in shown
    ]


def _control(client: Client) -> str:
    """How it is known that the client controls its buckets."""
    if not client.proof or not client.proven:
        return "unproven"
    return f"stated by {client.proof.by}" if client.proof.how is How.STATED else "proven"


def _user() -> str:
    """Whose word it is: the name of the user who runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())


def _partition(stack: Stack) -> str:
    """The stack's partition; who the stack is need not be known yet."""
    try:
        return stack.identity.partition
    except CloudTranscodeError:
        return "aws"


def _is_own_account(stack: Stack, account: str) -> bool:
    """Whether the stack runs in the client's account; who the stack is need not be known yet."""
    try:
        return stack.identity.account == account
    except CloudTranscodeError:
        return False
