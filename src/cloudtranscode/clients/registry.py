"""The clients that the stack admin has registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from cloudtranscode import database
from cloudtranscode.clients.client import Client, Terms
from cloudtranscode.clients.overlap import Kind, Overlap, overlaps
from cloudtranscode.clients.proof import How, Proof
from cloudtranscode.errors import ClientExists, LocationTaken, UnknownClient
from cloudtranscode.location import parse_s3


class ClientRegistry:
    """Clients by name, kept in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, client: Client) -> None:
        """Register a client.

        Errors: :class:`ClientExists`; :class:`LocationTaken` where it meets another client and its own terms do not
        state that it shares, and always where the bucket is registered for another account.
        """
        row = client.to_dict() | {"created_at": database.now(self._engine)}
        try:
            with database.transaction(self._engine) as connection:
                # Whoever adds waits for the others here (SQLite does so at the first write), so that each sees all.
                if self._engine.dialect.name == "postgresql":
                    connection.execute(text("LOCK TABLE ct_clients IN SHARE ROW EXCLUSIVE MODE"))
                connection.execute(insert(database.clients).values(row))
                _refuse_conflicts(client, _around(connection, client))
        except IntegrityError as error:
            raise ClientExists(f"Client {client.name} is already registered.") from error

    def accept(self, client: Client, how: How, by: str) -> Client:
        """Write down that ``client`` controls the locations that it has here, and return it with the proof.

        Errors: :class:`UnknownClient` when it was removed or registered anew meanwhile.
        """
        known = database.clients.c
        same = (known.name == client.name) & (known.account == client.account)
        same &= (known.input == client.input.uri) & (known.output == client.output.uri)
        with database.transaction(self._engine) as connection:
            at = connection.execute(select(database.now(self._engine))).scalar_one()
            proof = Proof(how, by, at, client.account, client.input.uri, client.output.uri)
            done = connection.execute(update(database.clients).where(same).values(proof=proof.to_dict())).rowcount
        if not done:
            raise UnknownClient(f"{client.name} is no longer registered as it was.")
        return replace(client, proof=proof)

    def around(self, client: Client) -> list[Client]:
        """Return the other clients that have a location in one of the buckets of ``client``."""
        with database.transaction(self._engine) as connection:
            return _around(connection, client)

    def get(self, name: str) -> Client:
        """Return the client called ``name``. Errors: :class:`UnknownClient`."""
        with database.transaction(self._engine) as connection:
            row = connection.execute(select(database.clients).where(database.clients.c.name == name)).first()
        if row is None:
            raise UnknownClient(f"No client is called {name!r}.")
        return _client(row)

    def list(self) -> list[Client]:
        """Return all clients by name."""
        with database.transaction(self._engine) as connection:
            return [_client(row) for row in connection.execute(select(database.clients).order_by("name"))]

    def remove(self, name: str) -> None:
        """Forget a client and what was seen of it; its finished jobs stay listed. Errors: :class:`UnknownClient`."""
        with database.transaction(self._engine) as connection:
            found = connection.execute(delete(database.clients).where(database.clients.c.name == name)).rowcount
            connection.execute(delete(database.views).where(database.views.c.client == name))
        if not found:
            raise UnknownClient(f"No client is called {name!r}.")


def _around(connection: Connection, client: Client) -> list[Client]:
    known = database.clients.c
    roots = {f"s3://{location.bucket}/" for location in (client.input, client.output)}
    there = or_(*(column.startswith(root, autoescape=True) for column in (known.input, known.output) for root in roots))
    rows = connection.execute(select(database.clients).where(there, known.name != client.name).order_by("name"))
    return [_client(row) for row in rows]


def _refuse_conflicts(client: Client, others: Sequence[Client]) -> None:
    """The newcomer's own terms have to say so: that an earlier client shares is no word about this one."""
    met = [overlap for other in others for overlap in overlaps(client, other)]
    if not met:
        return
    unproven = {other.name for other in others if not other.proven}
    said = "; ".join(f"{_told(overlap, unproven)}" for overlap in met)
    if any(overlap.kind is Kind.TWO_ACCOUNTS for overlap in met):
        raise LocationTaken(
            f"A bucket has one owner, and is registered for another account already: {said}.",
            remedy="Find out whose bucket it is; `ct client remove` takes out a client that has it wrongly.",
        )
    if not client.terms.shares:
        raise LocationTaken(
            f"{said[0].upper()}{said[1:]}.",
            remedy="Choose another bucket or prefix, or state with --shares that these clients may have it together.",
        )


def _told(overlap: Overlap, unproven: set[str]) -> str:
    doubt = ", which is not proven" if overlap.second.client in unproven else ""
    return f"{overlap}{doubt}"


def _client(row: Row[Any]) -> Client:
    terms = Terms.from_dict(row.terms or {})
    proof = Proof.from_dict(row.proof) if row.proof else None
    return Client(row.name, row.account, parse_s3(row.input), parse_s3(row.output), terms, proof)
