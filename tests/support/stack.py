"""A database with two clients in it, and documents of theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from cloudtranscode.clients.client import Client
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.database import open_database
from cloudtranscode.location import parse_s3

CLIENT_A = Client("ClientA", "444455556666", parse_s3("s3://a-in/media"), parse_s3("s3://a-out"))
CLIENT_B = Client("ClientB", "777788889999", parse_s3("s3://b-in"), parse_s3("s3://b-out"))


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
