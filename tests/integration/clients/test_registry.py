"""Two admins who register clients at the same moment, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from cloudtranscode import database
from cloudtranscode.clients.client import Client, Terms
from cloudtranscode.clients.proof import How
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.database import open_database
from cloudtranscode.errors import ClientExists, LocationTaken, UnknownClient
from cloudtranscode.location import parse_s3

ACCOUNT = "444455556666"
AT_ONCE = 6


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    local = request.param == "sqlite"
    engine = open_database(f"sqlite:///{tmp_path / 'ct.sqlite'}" if local else request.getfixturevalue("postgres_url"))
    yield engine
    engine.dispose()


def client(name: str, source: str, account: str = ACCOUNT, *, shares: bool = False) -> Client:
    return Client(name, account, parse_s3(source), parse_s3(f"s3://{name.lower()}-out"), Terms(shares=shares))


def test_of_several_at_once_one_gets_the_bucket(engine: Engine) -> None:
    refused: list[LocationTaken] = []
    ready = threading.Barrier(AT_ONCE)

    def add(number: int) -> None:
        newcomer = client(f"C{number}", f"s3://wanted/{'deep/' * (number % 2)}")
        ready.wait(20)
        try:
            ClientRegistry(engine).add(newcomer)
        except LocationTaken as error:
            refused.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == AT_ONCE - 1
    assert len(ClientRegistry(engine).list()) == 1


def test_who_adds_waits_for_whoever_is_adding(engine: Engine) -> None:
    """Else each would look before the other's row can be seen."""
    refused: list[LocationTaken] = []

    def add() -> None:
        try:
            ClientRegistry(engine).add(client("B", "s3://bkt/video/deep"))
        except LocationTaken as error:
            refused.append(error)

    second = threading.Thread(target=add)
    with database.transaction(engine) as connection:
        first = client("A", "s3://bkt/video").to_dict() | {"created_at": 0.0}
        connection.execute(insert(database.clients).values(first))
        second.start()
        second.join(0.5)
        assert second.is_alive()
    second.join(20)
    assert len(refused) == 1


def test_what_meets_is_refused_unless_the_newcomer_states_it(engine: Engine) -> None:
    registry = ClientRegistry(engine)
    registry.add(client("A", "s3://bkt/video", shares=True))
    with pytest.raises(
        LocationTaken, match=r"B's input s3://bkt/video/deep meets A's input .* \(inside\), .* not proven"
    ):
        registry.add(client("B", "s3://bkt/video/deep"))
    registry.add(client("B", "s3://bkt/video/deep", shares=True))
    with pytest.raises(LocationTaken, match="shared-bucket"):
        registry.add(client("C", "s3://bkt/video2"))
    with pytest.raises(LocationTaken, match="one owner"):
        registry.add(client("M", "s3://bkt/music", "777788889999", shares=True))
    with pytest.raises(ClientExists):
        registry.add(client("A", "s3://a-in"))
    assert [one.name for one in registry.list()] == ["A", "B"]


def test_neighbours_share_a_bucket_by_its_whole_name(engine: Engine) -> None:
    registry = ClientRegistry(engine)
    for name, source in (("A", "s3://b_b/x"), ("B", "s3://b_b/y"), ("C", "s3://bxb/x"), ("D", "s3://b_b2/x")):
        registry.add(client(name, source, shares=True))
    assert [one.name for one in registry.around(registry.get("A"))] == ["B"]


def test_what_was_proven_of_one_registration_is_not_of_the_next(engine: Engine) -> None:
    registry = ClientRegistry(engine)
    before = client("A", "s3://bkt/video")
    registry.add(before)
    accepted = registry.accept(before, How.SEAL, "stack")
    assert registry.get("A") == accepted
    assert accepted.proven
    registry.remove("A")
    registry.add(replace(before, input=parse_s3("s3://bkt/audio")))
    with pytest.raises(UnknownClient, match="no longer registered as it was"):
        registry.accept(before, How.SEAL, "stack")
    assert not registry.get("A").proven
