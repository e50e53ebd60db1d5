"""``ct client``: who the clients are, and which buckets and prefixes are theirs."""

from __future__ import annotations

from typing import Annotated

import typer

from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, note, print_fields, print_json, print_table
from cloudtranscode.location import parse_s3

app = typer.Typer(help="Register clients and look at them.")

Name = Annotated[str, typer.Argument(help="The client's name.")]


@app.command()
def add(
    name: Name,
    account: Annotated[str, typer.Option(help="The AWS account that owns the client's buckets, 12 digits.")],
    input_: Annotated[str, typer.Option("--input", help="What the stack may read: s3://bucket/prefix.")],
    output: Annotated[str, typer.Option(help="What the stack may write: s3://bucket/prefix.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Register a client."""
    from cloudtranscode.clients.client import Client  # noqa: PLC0415  # loads with the stack

    client = Client(name, account, parse_s3(input_), parse_s3(output))
    open_stack().clients.add(client)
    if as_json:
        print_json(client.to_dict())
        return
    print_fields(client.to_dict().items())
    note(f"Next: `ct grant {name}` prints what {name} must attach; `ct verify {name}` proves it.")


@app.command("list")
def list_(*, as_json: JsonFlag = False) -> None:
    """List the clients."""
    clients = [client.to_dict() for client in open_stack().clients.list()]
    if as_json:
        print_json(clients)
    elif clients:
        print_table(("NAME", "ACCOUNT", "INPUT", "OUTPUT"), [tuple(client.values()) for client in clients])
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
    fields = stack.clients.get(name).to_dict()
    if secret:
        fields["webhook_secret"] = stack.webhook_secret(name)
    if as_json:
        print_json(fields)
    else:
        print_fields((key.replace("_", " "), value) for key, value in fields.items())


@app.command()
def remove(name: Name, *, as_json: JsonFlag = False) -> None:
    """Forget a client; its finished jobs stay listed."""
    open_stack().clients.remove(name)
    if as_json:
        print_json({"removed": name})
    else:
        note(f"Removed {name}. The policies in its buckets are the client's own to take out.")
