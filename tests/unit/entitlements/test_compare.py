"""Two versions of a policy compared: what a merge adds, what it must not, and the witness for each."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudtranscode.entitlements.compare import Comparison, Row, compare
from cloudtranscode.entitlements.grant import grant_sheet
from cloudtranscode.entitlements.matrix import Scene
from cloudtranscode.entitlements.sheet import Attachment, Place
from support.orders import CLIENT, KEY, ORDERS, ROLE

SHEET = grant_sheet(ORDERS["bucket-policy"])
SOURCE, RESULT = SHEET.at(Place.BUCKET)
(KEY_POLICY,) = SHEET.at(Place.KEY)
NOW = "2026-06-01T00:00:00Z"
DEAD = "AROAJQABLZS4A3QDU576Q"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(principal: Any, action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


THEIRS = policy(
    {
        "Sid": "Tls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::clienta-out", "arn:aws:s3:::clienta-out/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    },
    allow({"AWS": ["777788889999", DEAD]}, "s3:GetObject", "arn:aws:s3:::clienta-out/*", Sid="Partner"),
)


def compared(place: Attachment, before: str | None, after: str | None) -> Comparison:
    scene = Scene(f"arn:aws:s3:::{place.target}", CLIENT, ROLE, NOW)
    return compare(scene, place, before, after)


def whats(rows: tuple[Row, ...]) -> set[tuple[str, str, str]]:
    return {row.question.what for row in rows}


@pytest.mark.parametrize("place", [SOURCE, RESULT], ids=["input", "output"])
@pytest.mark.parametrize("before", [None, THEIRS], ids=["none", "theirs"])
def test_a_merge_adds_what_is_ordered_and_nothing_else(place: Attachment, before: str | None) -> None:
    found = compared(place, before, place.merged(before))
    assert found.proven
    assert {who for who, _, _ in whats(found.gained)} == {ROLE}
    assert found.beyond == ()
    ordered = {action for one in place.statements if one.effect == "Allow" for action in one.actions}
    assert {action for _, action, _ in whats(found.gained)} <= ordered
    assert ordered - {"s3:AbortMultipartUpload"} <= {action for _, action, _ in whats(found.gained)}


def test_a_second_merge_changes_nothing() -> None:
    merged = RESULT.merged(THEIRS)
    found = compared(RESULT, merged, RESULT.merged(merged))
    assert found.proven
    assert found.gained == ()
    assert {row.before for row in found.matrix()} == {row.after for row in found.matrix()}


@pytest.mark.parametrize(
    ("statement", "witness"),
    [
        (allow("*", "s3:GetObject", "arn:aws:s3:::clienta-out/*"), ("anonymous", "s3:GetObject")),
        (allow({"AWS": ROLE}, "s3:DeleteObject", "arn:aws:s3:::clienta-out/*"), (ROLE, "s3:DeleteObject")),
        (allow({"AWS": ROLE}, "s3:Get*", "arn:aws:s3:::clienta-out/*"), (ROLE, "s3:GetObject")),
        (allow({"AWS": ROLE}, "s3:PutObject", "arn:aws:s3:::clienta-out/*"), (ROLE, "s3:PutObject")),
        (
            allow({"AWS": f"arn:aws:iam::{CLIENT}:user/intern"}, "s3:PutBucketPolicy", "arn:aws:s3:::clienta-out"),
            (f"arn:aws:iam::{CLIENT}:user/intern", "s3:PutBucketPolicy"),
        ),
        (
            allow({"AWS": "222233334444"}, "s3:GetObject", "arn:aws:s3:::clienta-out/*"),
            ("arn:aws:iam::222233334444:root", "s3:GetObject"),
        ),
        (
            allow(
                {"AWS": "222233334444"},
                "s3:ListBucket",
                "arn:aws:s3:::clienta-out",
                Condition={"StringLike": {"s3:prefix": "a/*"}, "NumericLessThan": {"s3:max-keys": "7"}},
            ),
            ("arn:aws:iam::222233334444:root", "s3:ListBucket"),
        ),
    ],
)
def test_whatever_else_comes_in_is_found_with_a_witness(statement: dict[str, Any], witness: tuple[str, str]) -> None:
    merged = json.loads(RESULT.merged(THEIRS))
    merged["Statement"].append(statement)
    found = compared(RESULT, THEIRS, json.dumps(merged))
    assert not found.proven
    assert not found.untouched
    assert witness in {(who, action) for who, action, _ in whats(found.beyond)}


def test_what_others_lose_is_found_too() -> None:
    without = json.loads(RESULT.merged(THEIRS))
    del without["Statement"][1]
    found = compared(RESULT, THEIRS, json.dumps(without))
    assert not found.proven
    lost = {who for who, _, _ in whats(tuple(row for row in found.beyond if row.lost))}
    assert lost == {"arn:aws:iam::777788889999:root", "arn:aws:iam::777788889999:role/cloudtranscode-any"}


def test_a_wider_grant_under_our_own_names_is_no_order() -> None:
    wider = json.loads(RESULT.merged(THEIRS))
    ours = next(one for one in wider["Statement"] if one["Sid"] == "CloudTranscodeWriteClientA")
    ours["Resource"] = "arn:aws:s3:::clienta-out/*"
    found = compared(RESULT, THEIRS, json.dumps(wider))
    assert found.untouched
    assert not found.proven
    assert (ROLE, "s3:PutObject", "arn:aws:s3:::clienta-out/cloudtranscode-elsewhere") in whats(found.beyond)


def test_a_grant_that_replaces_another_stacks_is_not_proven() -> None:
    staging = ROLE.replace("stack_prod", "stack_staging")
    theirs = grant_sheet(replace(ORDERS["bucket-policy"], stack_arn=staging)).at(Place.BUCKET)[1]
    found = compared(RESULT, theirs.merged(THEIRS), RESULT.merged(THEIRS))
    assert not found.untouched
    assert {who for who, _, _ in whats(tuple(row for row in found.beyond if row.lost))} == {staging}
    assert not replace(found, untouched=True).proven


def test_a_renewed_grant_may_take_from_the_stack() -> None:
    wider = RESULT.merged(THEIRS).replace("/results/*", "/*")
    found = compared(RESULT, wider, RESULT.merged(wider))
    assert found.proven
    assert {who for who, _, _ in whats(tuple(row for row in found.rows if row.lost))} == {ROLE}


def test_conditions_are_told_with_the_witness() -> None:
    found = compared(SOURCE, None, SOURCE.merged(None))
    (row,) = [row for row in found.matrix() if row.question.request.action == "s3:ListBucket"]
    assert dict(row.question.when)["s3:prefix"] == ("video/x",)
    assert row.to_dict()["when"]["s3:prefix"] == ["video/x"]


def test_rule_31_deleted_principals_are_pointed_out_and_rule_32_the_bytes_counted() -> None:
    found = compared(RESULT, THEIRS, RESULT.merged(THEIRS))
    assert found.dead == (DEAD,)
    assert (found.bytes, found.max_bytes) == (len(RESULT.merged(THEIRS).encode()), 20_480)
    assert compared(RESULT, None, RESULT.merged(None)).dead == ()


def test_a_keys_policy_is_compared_likewise() -> None:
    default = policy(allow({"AWS": f"arn:aws:iam::{CLIENT}:root"}, "kms:*", "*", Sid="Enable IAM"))
    scene = Scene(KEY, CLIENT, ROLE, NOW)
    found = compare(scene, KEY_POLICY, default, KEY_POLICY.merged(default))
    assert found.proven
    assert {what[:2] for what in whats(found.gained)} == {(ROLE, "kms:Decrypt"), (ROLE, "kms:GenerateDataKey")}
    wide = default.replace(f'"arn:aws:iam::{CLIENT}:root"', '"*"')
    assert not compare(scene, KEY_POLICY, default, KEY_POLICY.merged(wide)).proven


def test_an_ended_grant_adds_nothing() -> None:
    scene = Scene("arn:aws:s3:::clienta-out", CLIENT, ROLE, "2028-01-01T00:00:00Z")
    found = compare(scene, RESULT, None, RESULT.merged(None))
    assert [row for row in found.gained if "aws:currenttime" not in row.question.when] == []


def test_a_policy_with_too_many_cases_proves_nothing_and_ends() -> None:
    people = [f"arn:aws:iam::{CLIENT}:user/u{number}" for number in range(60)]
    calls = [f"s3:Get{number}" for number in range(60)]
    objects = [f"arn:aws:s3:::clienta-out/{number}" for number in range(60)]
    before = policy({"Effect": "Allow", "Principal": {"AWS": people}, "Action": calls, "Resource": objects})
    found = compared(RESULT, before, RESULT.merged(before))
    assert (found.complete, found.proven, found.beyond) == (False, False, ())
    assert len(found.rows) == 20_000
    assert not found.to_dict()["complete"]


ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:*", "s3:Get*", "s3:ListBucket", "s3:DeleteObject"])
PRINCIPALS = st.sampled_from(["*", {"AWS": ROLE}, {"AWS": "222233334444"}, {"AWS": f"arn:aws:iam::{CLIENT}:root"}])
RESOURCES = st.sampled_from(
    ["arn:aws:s3:::clienta-out", "arn:aws:s3:::clienta-out/*", "arn:aws:s3:::clienta-out/results/a/*", "*"]
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Principal": PRINCIPALS, "Action": ACTIONS, "Resource": RESOURCES}
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_a_merge_into_any_policy_is_proven(statements: list[dict[str, Any]]) -> None:
    before = policy(*statements)
    assert compared(RESULT, before, RESULT.merged(before)).proven
