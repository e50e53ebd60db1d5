"""Who may assume the client's role: only the stack, only with the client's ExternalId, only until the grant ends."""

import json
from typing import Any

import pytest

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.evaluate import Decision, Effect, Principal
from cloudtranscode.entitlements.grant import GrantOrder, grant_sheet
from cloudtranscode.entitlements.order import ClientRole, default_role
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.sheet import Place
from cloudtranscode.entitlements.trust import decide_trust
from cloudtranscode.errors import InvalidDocument, InvalidPolicy
from cloudtranscode.location import S3Location

STACK, CLIENT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{STACK}:role/stack_prod"
THEIRS = default_role("ClientA", CLIENT)
SECRET = "b3JkZXItMTIzNDU2Nzg5MA_-"
NOW = {"aws:CurrentTime": "2026-06-01T00:00:00Z"}
ORDER = GrantOrder(
    "ClientA",
    ROLE,
    STACK,
    CLIENT,
    S3Location("in"),
    S3Location("out"),
    expires="2027-01-31T00:00:00Z",
    role=ClientRole(THEIRS, SECRET),
)
(TRUST,) = grant_sheet(ORDER).at(Place.TRUST)


def decided(caller: str, **context: str) -> Decision:
    keys = {name.replace("_", ":", 1): value for name, value in context.items()}
    return decide_trust(THEIRS, TRUST.text, Principal.from_arn(caller), NOW | keys)


def test_rule_35_the_role_is_assumed_with_the_external_id_and_refused_without() -> None:
    assert decided(ROLE, sts_ExternalId=SECRET).allowed
    assert decided(ROLE).effect is Effect.IMPLICIT_DENY
    assert decided(ROLE, sts_ExternalId=SECRET.lower()).effect is Effect.IMPLICIT_DENY


@pytest.mark.parametrize(
    "caller",
    [
        ROLE.replace("stack_prod", "stack_test"),
        ROLE.replace(":role/", ":user/"),
        ROLE.replace(STACK, "999988887777"),
        f"arn:aws:iam::{STACK}:root",
        f"arn:aws:iam::{CLIENT}:user/intern",
    ],
)
def test_nobody_else_assumes_it_whoever_knows_the_external_id(caller: str) -> None:
    assert decided(caller, sts_ExternalId=SECRET).effect is Effect.IMPLICIT_DENY


def test_it_ends_with_the_grant() -> None:
    over = {"aws_CurrentTime": "2027-01-31T00:00:00Z"}
    assert decided(ROLE, sts_ExternalId=SECRET, **over).effect is Effect.IMPLICIT_DENY


def test_a_trust_policy_has_no_resource_and_is_read_as_strictly_as_any_other() -> None:
    assert Policy.parse_trust(TRUST.text).statements[0].sid == "CloudTranscodeTrustClientA"
    with pytest.raises(InvalidPolicy, match="Resource"):
        Policy.parse(TRUST.text)
    broken: list[Any] = [
        {},
        {"Statement": []},
        {"Statement": [[]]},
        {"Statement": {**TRUST.document["Statement"][0], "Resource": "*"}},
        {"Statement": {**TRUST.document["Statement"][0], "Effect": "Perhaps"}},
    ]
    for document in broken:
        with pytest.raises(InvalidPolicy):
            Policy.parse_trust(json.dumps(document))
    with pytest.raises(InvalidPolicy, match="twice"):
        Policy.parse_trust(TRUST.text.replace('"Effect"', '"Effect": "Deny", "Effect"'))


@pytest.mark.parametrize("external_id", ["", "x", "with space", "a" * 1225, "ü" * 30])
def test_an_external_id_is_one_that_sts_takes(external_id: str) -> None:
    with pytest.raises(InvalidDocument):
        ClientRole(THEIRS, external_id)


def test_the_roles_default_name_is_known_beforehand_and_fits() -> None:
    assert f"arn:aws:iam::{CLIENT}:role/CloudTranscode-ClientA" == THEIRS
    long, other = (default_role(name, CLIENT).rpartition("/")[2] for name in ("x" * 60, "x" * 61))
    assert len(long) == len(other) == 64
    assert long != other


def test_a_role_may_have_a_path() -> None:
    assert (Arn.parse(THEIRS).path, Arn.parse(THEIRS).name) == ("/", "CloudTranscode-ClientA")
    deep = Arn.parse(THEIRS.replace("role/", "role/partners/video/"))
    assert (deep.path, deep.name) == ("/partners/video/", "CloudTranscode-ClientA")


def test_tags_are_named_by_the_stack_alone_and_let_nobody_in() -> None:
    (_, tag) = TRUST.statements
    alone = {"Version": "2012-10-17", "Statement": [tag.to_dict()]}
    assert tag.optional
    assert decide_trust(THEIRS, alone, Principal.from_arn(ROLE), NOW).effect is Effect.IMPLICIT_DENY
