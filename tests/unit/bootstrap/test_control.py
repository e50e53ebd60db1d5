"""A client whose role the stack assumes is known by its ExternalId."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cloudtranscode.bootstrap.control import prove_role
from cloudtranscode.clients.client import Client, Mode, Terms
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.database import open_database
from cloudtranscode.entitlements.verify import Status
from cloudtranscode.errors import AccessDenied, StorageUnavailable
from cloudtranscode.location import S3Location

TERMS = Terms(Mode.ASSUME_ROLE, "arn:aws:iam::444455556666:role/ct", "the-clients-own")
CLIENT = Client("ClientA", "444455556666", S3Location("a-in"), S3Location("a-out"), TERMS)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ClientRegistry]:
    engine = open_database(f"sqlite:///{tmp_path / 'ct.sqlite'}")
    registry = ClientRegistry(engine)
    registry.add(CLIENT)
    yield registry
    engine.dispose()


def role(lets_in: Callable[[str], bool]) -> Callable[[Client], None]:
    def assume(client: Client) -> None:
        if not lets_in(client.terms.external_id or ""):
            raise AccessDenied("The role refuses.")

    return assume


def test_a_role_that_heeds_the_external_id_is_the_clients(registry: ClientRegistry) -> None:
    check = prove_role(CLIENT, role(lambda said: said == "the-clients-own"), registry)
    assert check.status is Status.PASS
    accepted = registry.get("ClientA")
    assert accepted.proven
    again = prove_role(accepted, role(lambda _: False), registry)
    assert again.status is Status.PASS


@pytest.mark.parametrize(
    ("lets_in", "says"),
    [
        (lambda _: True, "any ExternalId"),
        (lambda said: said == "another-clients", "refuses"),
        (lambda _: False, "refuses"),
    ],
    ids=["whoever comes", "another client", "nobody"],
)
def test_any_other_role_proves_nothing(lets_in: Callable[[str], bool], says: str, registry: ClientRegistry) -> None:
    check = prove_role(CLIENT, role(lets_in), registry)
    assert (check.status, says in check.cause) == (Status.FAIL, True)
    assert not registry.get("ClientA").proven


def test_a_role_of_another_account_proves_nothing_of_this_one(registry: ClientRegistry) -> None:
    theirs = replace(CLIENT, terms=replace(TERMS, role_arn="arn:aws:iam::777788889999:role/ct"))
    check = prove_role(theirs, role(lambda said: said == "the-clients-own"), registry)
    assert (check.status, "no role of ClientA's account" in check.cause) == (Status.FAIL, True)
    assert not registry.get("ClientA").proven


def test_a_server_that_does_not_answer_decides_nothing(registry: ClientRegistry) -> None:
    def away(_: Client) -> None:
        raise StorageUnavailable("STS does not answer.")

    assert prove_role(CLIENT, away, registry).status is Status.UNKNOWN
    assert not registry.get("ClientA").proven
