"""``ct audit``: what is true of all clients together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import JsonFlag, moment, note, out, print_json, print_table

if TYPE_CHECKING:
    from cloudtranscode.bootstrap.isolation import Seen
    from cloudtranscode.clients.client import Client
    from cloudtranscode.clients.isolation import Audit, Pair

app = typer.Typer(help="Look at all clients together.")

_WIDEST = 10  # clients in a table of every pair


@app.callback()
def _room() -> None:
    """Keep the command's own name: a lone command would take the room's."""


@app.command()
def isolation(
    *,
    policies: Annotated[
        bool, typer.Option("--policies", help="Tell, too, which clients' accounts the buckets' own policies let in.")
    ] = False,
    profile: Annotated[str, typer.Option(help="Read the policies with this AWS profile.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Show of every pair of clients that the jobs of one cannot reach the locations of the other.

    By the registry's rules, and by evaluating the widest session that jobs of a client get.

    Exit code 1 when a pair is neither isolated nor stated to share.
    """
    from cloudtranscode.bootstrap.isolation import let_in  # noqa: PLC0415  # load with the stack
    from cloudtranscode.clients.isolation import audit  # noqa: PLC0415
    from cloudtranscode.identity.session import client_session  # noqa: PLC0415

    stack = open_stack()
    clients = stack.clients.list()
    done, seen = audit(clients), None
    if policies or profile:
        seen = let_in(client_session(profile) if profile else stack.session, clients)
    sessions = stack.settings.narrow_sessions
    if as_json:
        print_json(done.to_dict() | {"sessions": sessions} | ({} if seen is None else seen.to_dict()))
    else:
        _print(done)
        _print_seen(seen)
        if sessions == "off":
            note(
                "CT_NARROW_SESSIONS is off: jobs have no sessions of their own, and the rules alone keep clients apart."
            )
    if done.violations:
        raise typer.Exit(ExitCode.FAILED)


def _print(done: Audit) -> None:
    if not done.clients:
        note("No client is registered; `ct client add` registers one.")
        return
    if len(done.clients) <= _WIDEST:
        _print_matrix(done)
    for pair in done.pairs:
        _print_pair(pair)
    for overlap in done.own:
        out().print(f"{overlap.first} meets its own output {overlap.second.location}: a job could overwrite a source.")
    for name in done.powerless:
        out().print(
            f"No session policy that STS takes fits {name}: its prefixes are too long. Its jobs are refused, or "
            "unlimited where CT_NARROW_SESSIONS is off.",
            soft_wrap=True,
        )
    out().print()
    print_table(("CLIENT", "CONTROL", "BY", "SINCE"), [_control(client) for client in done.clients])
    told = Counter(pair.verdict.value for pair in done.pairs)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in told.items())
    note(f"{len(done.clients)} clients, {len(done.pairs)} pairs: {counts or 'nothing to compare'}.")


def _print_matrix(done: Audit) -> None:
    """Rows reach for columns."""
    names = [client.name for client in done.clients]
    verdicts = {(pair.by, pair.on): pair.verdict.value for pair in done.pairs}
    print_table(("JOBS OF", *names), [(by, *(verdicts.get((by, on), "-") for on in names)) for by in names])


def _print_pair(pair: Pair) -> None:
    """Print what is to be said; where locations meet they do so both ways, and one is enough."""
    for overlap in pair.overlaps if pair.by < pair.on else ():
        out().print(f"{'OVERLAP' if overlap.violates else 'shared'} {overlap}", soft_wrap=True)
    for witness in pair.reach:
        if witness.beyond:
            out().print(f"OVERLAP {pair.by}'s session may {witness.action} on {witness.resource}", soft_wrap=True)


def _print_seen(seen: Seen | None) -> None:
    for one in seen.let_in if seen else ():
        out().print(f"{one.client}'s own policy of {one.bucket} opens {one.action} to account {one.account}.")
    if seen and seen.unread:
        note(f"These buckets' policies could not be read: {', '.join(seen.unread)}.")


def _control(client: Client) -> tuple[str, str, str, str]:
    if client.proof is None or not client.proven:
        return client.name, "unproven", "-", "-"
    return client.name, client.proof.how.value, client.proof.by, moment(client.proof.at)
