"""A database with two clients in it, and documents of theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from cloudtranscode.clients.client import Client
from cloudtranscode.clients.proof import How, Proof
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.database import open_database
from cloudtranscode.location import parse_s3


def accepted(name: str, account: str, source: str, target: str) -> Client:
    """A client whose buckets the admin has accepted."""
    places = parse_s3(source), parse_s3(target)
    proof = Proof(How.STATED, "tests", 0.0, account, *(place.uri for place in places))
    return Client(name, account, *places, proof=proof)


CLIENT_A = accepted("ClientA", "444455556666", "s3://a-in/media", "s3://a-out")
CLIENT_B = accepted("ClientB", "777788889999", "s3://b-in", "s3://b-out")


def fresh_database(folder: Path) -> Engine:
    engine = open_database(f"sqlite:///{folder / 'test.sqlite'}")
    registry = ClientRegistry(engine)
    registry.add(CLIENT_A)
    registry.add(CLIENT_B)
    return engine


def job_document(
    client: str = "ClientA", source: str = "s3://a-in/media/1.mp4", to: str = "s3://a-out/1"
) -> dict[str, Any]:
    return {"client": client, "input": source, "outputs": [{"type": "mp4", "preset": "360p", "to": f"{to}/360p.mp4"}]}
