"""Which policies bear a client's seal, decided by the evaluator in the place of the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cloudtranscode.clients.client import Client
from cloudtranscode.clients.control import seals_of
from cloudtranscode.entitlements.evaluate import PolicySet, Request, evaluate
from cloudtranscode.entitlements.grant import GrantOrder, grant_sheet
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.principal import Principal
from cloudtranscode.entitlements.seal import ACTION, Reading, Seal, read_seal
from cloudtranscode.entitlements.sheet import Place
from cloudtranscode.errors import InvalidDocument
from cloudtranscode.location import S3Location, parse_s3

ROLE = "arn:aws:iam::111122223333:role/stack"
KEY = b"k" * 32
CLIENT = Client("ClientA", "444455556666", parse_s3("s3://a-in/me*dia"), parse_s3("s3://a-out"))
SEALS = seals_of(KEY, CLIENT)
ORDER = GrantOrder(CLIENT.name, ROLE, "111122223333", CLIENT.account, CLIENT.input, CLIENT.output, seals=SEALS)
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
WIDE = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "arn:aws:s3:::*"}

Statement = dict[str, Any]


def server(
    *bucket: Statement, own: Statement = ANYTHING, account: str = CLIENT.account
) -> Callable[[S3Location], bool]:
    """What a server says to the stack under this bucket policy and this policy of the stack's own."""
    resource = Policy.parse({"Version": "2012-10-17", "Statement": list(bucket)}) if bucket else None
    world = PolicySet.closed(identity=(Policy.parse({"Version": "2012-10-17", "Statement": own}),), resource=resource)

    def permitted(key: S3Location) -> bool:
        return evaluate(Request(Principal.from_arn(ROLE), ACTION, key.arn(), account), world).allowed

    return permitted


def read(seal: Seal, *bucket: Statement, **world: Any) -> Reading:
    return read_seal(seal, server(*bucket, **world))


@pytest.mark.parametrize("seal", SEALS, ids=["input", "output"])
@pytest.mark.parametrize("base", [(), (WIDE,)], ids=["nothing else", "all of s3"])
def test_the_two_statements_are_a_seal_whatever_else_is_granted(seal: Seal, base: tuple[Statement, ...]) -> None:
    assert read(seal, *base, *seal.statements(ROLE)) is Reading.SEALED
    assert read(seal, *base) is (Reading.WIDE if base else Reading.ABSENT)


def test_what_the_grant_sheet_prints_bears_both_seals_with_one_statement_each() -> None:
    sheet = grant_sheet(ORDER, minimal=True)
    for seal in SEALS:
        statements = [one.to_dict() for one in sheet.of(seal.location.bucket)]
        assert sum("Control" in one["Sid"] for one in statements) == 1
        assert read(seal, *statements) is Reading.SEALED


def test_the_stacks_own_policy_tells_no_seal_from_another() -> None:
    (own,) = grant_sheet(ORDER).at(Place.STACK)
    for statement in own.document["Statement"]:
        for seal in SEALS:
            assert read(seal, own=statement, account="111122223333") is not Reading.SEALED
    opened = [one for one in own.document["Statement"] if one["Action"] == ACTION]
    sealing = SEALS[0].statements(ROLE)[0]
    assert read(SEALS[0], sealing, own=opened[0]) is Reading.SEALED


@pytest.mark.parametrize(
    "other",
    [
        replace(CLIENT, name="Mallory"),
        replace(CLIENT, account="777788889999"),
        replace(CLIENT, input=parse_s3("s3://a-in")),
        replace(CLIENT, output=parse_s3("s3://m-out")),
    ],
    ids=["name", "account", "input", "output"],
)
def test_nobody_is_proven_by_anothers_seal(other: Client) -> None:
    statements = [one for seal in SEALS for one in seal.statements(ROLE)]
    for seal in seals_of(KEY, other):
        assert read(seal, WIDE, *statements) is Reading.WIDE
        assert read(seal, *statements) is Reading.ABSENT


@pytest.mark.parametrize(
    "answers", [[True, False, False, False] * 4, [False, True, True] * 5, [False, True, False, False] * 4]
)
def test_a_policy_that_is_being_changed_is_not_taken_for_a_seal(answers: list[bool]) -> None:
    told = iter(answers)
    assert read_seal(SEALS[0], lambda _: next(told)) is not Reading.SEALED


def test_tokens_stay_and_cannot_be_had_without_the_stacks_key() -> None:
    assert seals_of(KEY, CLIENT) == SEALS
    assert seals_of(b"K" * 32, CLIENT) != SEALS
    assert len(SEALS[0].token) * 4 == 128
    with pytest.raises(InvalidDocument, match="31 bytes"):
        seals_of(KEY[:31], CLIENT)
