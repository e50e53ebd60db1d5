"""Whose locations are whose."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cloudtranscode.clients.client import Client
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.errors import ClientExists, InvalidDocument, UnknownClient
from cloudtranscode.location import FileLocation, S3Location, parse_s3
from support.stack import CLIENT_A, CLIENT_B, fresh_database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = fresh_database(tmp_path)
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("s3://a-in/media/1.mp4", True),
        ("s3://a-in/media/deep/1.mp4", True),
        ("s3://a-in/media2/1.mp4", False),
        ("s3://a-in/1.mp4", False),
        ("s3://b-in/media/1.mp4", False),
        ("s3://A-in/media/1.mp4", False),
    ],
)
def test_a_prefix_ends_at_a_slash(uri: str, *, allowed: bool) -> None:
    assert CLIENT_A.may_read(parse_s3(uri)) is allowed


def test_local_files_are_nobodys(tmp_path: Path) -> None:
    assert not CLIENT_A.may_read(FileLocation(tmp_path))
    assert not CLIENT_A.may_write(FileLocation(tmp_path))


@pytest.mark.parametrize(("name", "account"), [("", "1"), ("a b", "1"), ("../x", "1"), ("A", "12/34"), ("A", "")])
def test_names_are_checked(name: str, account: str) -> None:
    with pytest.raises(InvalidDocument):
        Client(name, account, CLIENT_A.input, CLIENT_A.output)


def test_registry(engine: Engine) -> None:
    registry = ClientRegistry(engine)
    assert registry.list() == [CLIENT_A, CLIENT_B]
    with pytest.raises(ClientExists):
        registry.add(CLIENT_A)
    registry.remove("ClientA")
    with pytest.raises(UnknownClient):
        registry.get("ClientA")
    with pytest.raises(UnknownClient):
        registry.remove("ClientA")
    assert registry.get("ClientB") == CLIENT_B


@pytest.mark.parametrize("bucket", ["acme-ap-4kw7x2-s3alias", "acme--ol-s3"])
def test_another_name_for_a_bucket_is_no_bucket_of_a_client(bucket: str) -> None:
    with pytest.raises(InvalidDocument, match="alias"):
        Client("A", "444455556666", S3Location(bucket, "in"), S3Location("a-out"))
