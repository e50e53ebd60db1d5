"""The clients that the stack admin has registered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from cloudtranscode import database
from cloudtranscode.clients.client import Client, Terms
from cloudtranscode.errors import ClientExists, UnknownClient
from cloudtranscode.location import parse_s3


class ClientRegistry:
    """Clients by name, kept in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, client: Client) -> None:
        """Register a client. Errors: :class:`ClientExists`."""
        row = client.to_dict() | {"created_at": database.now(self._engine)}
        try:
            with database.transaction(self._engine) as connection:
                connection.execute(insert(database.clients).values(row))
        except IntegrityError as error:
            raise ClientExists(f"Client {client.name} is already registered.") from error

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
        """Forget a client; its finished jobs stay listed. Errors: :class:`UnknownClient`."""
        with database.transaction(self._engine) as connection:
            found = connection.execute(delete(database.clients).where(database.clients.c.name == name)).rowcount
        if not found:
            raise UnknownClient(f"No client is called {name!r}.")


def _client(row: Row[Any]) -> Client:
    terms = Terms.from_dict(row.terms or {})
    return Client(row.name, row.account, parse_s3(row.input), parse_s3(row.output), terms)
