"""Every policy of every mode: enough for a job, nothing beside, until it ends, and nothing for the linter."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudtranscode.cli.iam_reference import PackagedReference
from cloudtranscode.entitlements.bucket import Bucket, Encryption, Ownership
from cloudtranscode.entitlements.evaluate import Effect, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.grant import GrantOrder, grant_sheet
from cloudtranscode.entitlements.lint.case import Surroundings
from cloudtranscode.entitlements.lint.draft import Document
from cloudtranscode.entitlements.lint.linter import lint
from cloudtranscode.entitlements.order import GrantMode
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.s3 import Call, decide
from cloudtranscode.entitlements.sheet import GrantSheet, Place
from cloudtranscode.errors import InvalidDocument, Side
from cloudtranscode.location import S3Location
from support.orders import CLIENT, KEY, ORDERS, ROLE, STACK, THEIR_ROLE, order

REFERENCE = PackagedReference()
NOW: dict[str, tuple[str, ...]] = {"aws:CurrentTime": ("2026-06-01T00:00:00Z",), "aws:SecureTransport": ("true",)}
OVER = NOW | {"aws:CurrentTime": ("2027-01-31T00:00:00Z",)}


@pytest.fixture(params=list(ORDERS))
def sheet(request: pytest.FixtureRequest) -> GrantSheet:
    return grant_sheet(ORDERS[request.param])


@pytest.mark.parametrize("known", [True, False, None])
@pytest.mark.parametrize("name", list(ORDERS))
def test_the_linter_finds_nothing_in_any_policy(name: str, known: bool | None) -> None:
    sheet = grant_sheet(ORDERS[name])
    around = Surroundings(ROLE, ORDERS[name].input, ORDERS[name].output, ownership_enforced=known)
    documents = [
        Document(f"{place.place}", place.text, place.target if place.place is Place.BUCKET else None)
        for place in sheet.at(Place.BUCKET, Place.KEY, Place.ROLE, Place.TRUST, Place.STACK)
    ]
    assert [finding for one in documents for finding in lint([one], REFERENCE, around)] == []


def world(sheet: GrantSheet) -> tuple[Principal, PolicySet, Encryption]:
    """Who asks in this mode, and exactly the policies that the sheet has attached; a key that leaves none to IAM."""
    of = {place.place: Policy.parse(place.document) for place in sheet.attachments if place.place is not Place.TRUST}
    who = THEIR_ROLE.arn if sheet.mode is GrantMode.ASSUME_ROLE else ROLE
    own = of[Place.ROLE if sheet.mode is GrantMode.ASSUME_ROLE else Place.STACK]
    statements = [one for place in sheet.at(Place.BUCKET) for one in place.document["Statement"]]
    buckets = (Policy.parse({"Version": "2012-10-17", "Statement": statements}),) if statements else ()
    everything = PolicySet.closed(identity=(own,), resource=buckets[0] if buckets else None)
    (key,) = sheet.at(Place.KEY)
    return Principal.from_arn(who), everything, Encryption(key.target, (of[Place.KEY],))


def answer(name: str, call: str, place: S3Location, context: dict[str, tuple[str, ...]] = NOW, **more: Any) -> Effect:
    principal, policies, encryption = world(grant_sheet(ORDERS[name]))
    bucket = Bucket(ORDERS[name].client_account, Ownership.ENFORCED, True, False, encryption, None, ())
    asked = Call(call, principal, place.arn(), {**context, **more}, frozenset(), acl=None)
    return decide(asked, policies, bucket).effect


@pytest.mark.parametrize("name", ["bucket-policy", "assume-role", "same-account"])
def test_rule_24_and_36_each_mode_is_enough_for_a_job_with_a_key_and_nothing_beside(name: str) -> None:
    source, result = ORDERS[name].input, ORDERS[name].output
    allowed = {
        ("GetObject", source.child("a.mov")),
        ("HeadObject", source.child("a.mov")),
        ("PutObject", result.child("a.mp4")),
        ("CreateMultipartUpload", result.child("a.mp4")),
        ("UploadPart", result.child("a.mp4")),
        ("CompleteMultipartUpload", result.child("a.mp4")),
        ("AbortMultipartUpload", result.child("a.mp4")),
    }
    beside = {
        ("GetObject", S3Location(source.bucket, "video2/a.mov")),
        ("GetObject", result.child("a.mp4")),
        ("PutObject", source.child("a.mov")),
        ("DeleteObject", result.child("a.mp4")),
        ("PutObject", S3Location(result.bucket, "other.mp4")),
    }
    assert {one for one in allowed if answer(name, *one) is not Effect.ALLOW} == set()
    assert {one for one in beside if answer(name, *one) is not Effect.IMPLICIT_DENY} == set()


@pytest.mark.parametrize("name", ["bucket-policy", "assume-role", "same-account"])
def test_nothing_holds_any_more_when_the_grant_has_ended(name: str) -> None:
    assert answer(name, "GetObject", ORDERS[name].input.child("a.mov"), OVER) is Effect.IMPLICIT_DENY
    assert answer(name, "PutObject", ORDERS[name].output.child("a.mp4"), OVER) is Effect.IMPLICIT_DENY


def test_every_statement_of_every_policy_ends(sheet: GrantSheet) -> None:
    for place in sheet.attachments:
        for statement in place.document["Statement"]:
            assert statement["Condition"]["DateLessThan"] == {"aws:CurrentTime": "2027-01-31T00:00:00Z"}
    assert "2027-01-31T00:00:00Z" in sheet.explanation


def test_a_keys_statement_serves_s3_alone() -> None:
    (key,) = grant_sheet(ORDERS["bucket-policy"]).at(Place.KEY)
    world = PolicySet.closed(
        identity=(Policy.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),),
        resource=Policy.parse(key.document),
    )

    def used(service: str, action: str = "kms:Decrypt") -> bool:
        context = NOW | {"kms:ViaService": (service,)}
        return evaluate(Request(Principal.from_arn(ROLE), action, KEY, CLIENT, context), world).allowed

    assert used("s3.eu-west-1.amazonaws.com")
    assert used("s3.eu-west-1.amazonaws.com", "kms:GenerateDataKey")
    assert not used("s3.us-east-1.amazonaws.com")
    assert not used("ec2.eu-west-1.amazonaws.com")
    assert not used("s3.eu-west-1.amazonaws.com", "kms:CreateGrant")


def test_the_stack_itself_may_assume_the_role_and_nothing_else() -> None:
    (own,) = grant_sheet(ORDERS["assume-role"]).at(Place.STACK)
    assert {statement["Resource"] for statement in own.document["Statement"]} == {THEIR_ROLE.arn}
    assert {statement["Action"] for statement in own.document["Statement"]} == {"sts:AssumeRole", "sts:TagSession"}


def test_who_acts_is_told_for_every_policy() -> None:
    sides = {name: {place.place: place.side for place in grant_sheet(one).attachments} for name, one in ORDERS.items()}
    client, stack = Side.CLIENT, Side.STACK
    assert sides["bucket-policy"] == {Place.BUCKET: client, Place.KEY: client, Place.STACK: stack}
    role = {Place.TRUST: client, Place.ROLE: client, Place.KEY: client, Place.STACK: stack}
    assert sides["assume-role"] == role
    assert sides["same-account"] == {Place.KEY: stack, Place.STACK: stack}
    assert [grant_sheet(ORDERS[name]).needed for name in ("bucket-policy", "assume-role", "same-account")] == [
        True,
        True,
        False,
    ]


def test_a_role_is_of_the_clients_account() -> None:
    with pytest.raises(InvalidDocument, match=CLIENT):
        grant_sheet(
            order(role=type(THEIR_ROLE)(THEIR_ROLE.arn.replace(CLIENT, "999999999999"), THEIR_ROLE.external_id))
        )
    assert grant_sheet(order(STACK, role=THEIR_ROLE)).mode is GrantMode.SAME_ACCOUNT


def test_rule_34_a_key_of_another_partition_is_reached_through_that_partitions_s3() -> None:
    china = GrantOrder(
        "ClientA",
        ROLE.replace("aws", "aws-cn", 1),
        STACK,
        CLIENT,
        S3Location("in"),
        S3Location("out"),
        partition="aws-cn",
        kms_keys=(KEY.replace("arn:aws", "arn:aws-cn").replace("eu-west-1", "cn-north-1"),),
    )
    (key,) = grant_sheet(china).at(Place.KEY)
    assert (
        key.document["Statement"][0]["Condition"]["StringEquals"]["kms:ViaService"] == "s3.cn-north-1.amazonaws.com.cn"
    )


@pytest.mark.parametrize("wrong", ["alias/x", KEY + "/x", KEY.replace(":kms:", ":s3:"), "*"])
def test_a_key_is_named_by_its_arn(wrong: str) -> None:
    with pytest.raises(InvalidDocument):
        GrantOrder("A", ROLE, STACK, CLIENT, S3Location("in"), S3Location("out"), kms_keys=(wrong,))


FOREIGN = st.lists(
    st.fixed_dictionaries(
        {
            "Sid": st.text(max_size=5),
            "Effect": st.sampled_from(["Allow", "Deny"]),
            "Principal": st.just("*"),
            "Action": st.sampled_from(["kms:*", "s3:GetObject"]),
            "Resource": st.just("*"),
        }
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(FOREIGN, st.sampled_from(["bucket-policy", "assume-role", "same-account", "nasty"]), st.sampled_from([None, 2]))
def test_merging_is_idempotent_and_leaves_others_alone(statements: Any, name: str, indent: int | None) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=indent)
    for place in grant_sheet(ORDERS[name]).at(Place.BUCKET, Place.KEY):
        merged = place.merged(text)
        assert place.merged(merged) == merged
        assert json.loads(merged)["Statement"] == [*statements, *place.document["Statement"]]
