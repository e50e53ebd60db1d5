"""What jobs need of a bucket's policy, and what the policy says to it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cloudtranscode.entitlements.grant import grant_sheet
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.selfcheck.access import Answer, answer, needs
from support.corpus import CLIENT, ORDER, ROLE, STACK

EVERYTHING = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> Policy:
    return Policy.parse(json.dumps({"Version": "2012-10-17", "Statement": statements}))


def answers(written: Policy | None, *, ownership: bool | None = None, now: str | None = None) -> dict[str, Answer]:
    order = replace(ORDER, ownership_enforced=ownership)
    return {need.name: answer(need, order, written, now) for need in needs(order)}


@pytest.mark.parametrize("ownership", [None, True, False])
def test_what_is_needed_is_what_the_grant_sheet_asks_for(ownership: bool | None) -> None:
    order = replace(ORDER, ownership_enforced=ownership)
    ordered = {action: one.optional for one in grant_sheet(order).statements for action in one.actions}
    assert {need.ask.action: not need.required for need in needs(order)} == ordered


@pytest.mark.parametrize("ownership", [None, True, False])
def test_the_grant_sheet_answers_every_need(ownership: bool | None) -> None:
    written = Policy.parse(grant_sheet(replace(ORDER, ownership_enforced=ownership)).documents["clienta"])
    given = answers(written, ownership=ownership)
    assert {one.effect for one in given.values()} == {"Allow"}
    assert ("hand-over" in given) is (ownership is not True)


def test_without_a_policy_nothing_is_granted() -> None:
    assert {one.effect for one in answers(None).values()} == {"ImplicitDeny"}


def test_within_one_account_no_policy_is_needed_and_a_deny_still_counts() -> None:
    order = replace(ORDER, client_account=STACK)
    deny = policy({**EVERYTHING, "Effect": "Deny", "Sid": "No", "Action": "s3:PutObject"})
    effects = {need.name: answer(need, order, deny).effect for need in needs(order)}
    assert effects == {
        "read": "Allow",
        "look": "Allow",
        "write": "ExplicitDeny",
        "take-back": "Allow",
        "sweep": "Allow",
    }


def test_the_deciding_statement_is_named() -> None:
    deny = {**EVERYTHING, "Effect": "Deny", "Sid": "No", "Action": "s3:GetObject"}
    read = answers(policy(EVERYTHING, deny))["read"]
    assert (read.effect, [(where["path"], where["sid"]) for where in read.deciding]) == (
        "ExplicitDeny",
        [("Statement[1]", "No")],
    )


def test_the_stack_speaks_tls_so_that_a_deny_of_plain_http_does_not_matter() -> None:
    plain = {**EVERYTHING, "Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert answers(policy(EVERYTHING, plain))["read"].effect == "Allow"


def test_a_condition_on_what_cannot_be_known_here_leaves_it_open() -> None:
    network = {**EVERYTHING, "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
    assert {one.effect for one in answers(policy(network)).values()} == {"Unknown"}


def test_a_grant_that_demands_the_owners_acl_is_enough_to_write() -> None:
    with_acl = {**EVERYTHING, "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}}
    given = answers(policy(with_acl))
    assert (given["write"].effect, given["hand-over"].effect, given["read"].effect) == (
        "Allow",
        "Allow",
        "ImplicitDeny",
    )


def test_another_acl_than_the_owners_is_not_enough() -> None:
    with_acl = {**EVERYTHING, "Condition": {"StringEquals": {"s3:x-amz-acl": "private"}}}
    assert answers(policy(with_acl))["write"].effect == "ImplicitDeny"


@pytest.mark.parametrize(
    ("now", "effect"), [("2026-12-31T00:00:00Z", "Allow"), ("2027-02-01T00:00:00Z", "ImplicitDeny"), (None, "Unknown")]
)
def test_a_grant_that_ends_is_judged_for_the_given_instant(now: str | None, effect: str) -> None:
    ending = {**EVERYTHING, "Condition": {"DateLessThan": {"aws:CurrentTime": "2027-01-31T00:00:00Z"}}}
    assert answers(policy(ending), now=now)["read"].effect == effect


def test_beside_a_public_statement_every_grant_depends_on_a_setting_of_the_bucket() -> None:
    public = {**EVERYTHING, "Principal": "*", "Action": "s3:GetObject"}
    given = answers(policy(EVERYTHING, public))
    assert {(one.effect, one.cut_off) for one in given.values()} == {("Unknown", True)}
    bound = {**public, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
    assert {one.effect for one in answers(policy(EVERYTHING, bound)).values()} == {"Allow"}
    order = replace(ORDER, client_account=STACK)
    assert not any(answer(need, order, policy(public)).cut_off for need in needs(order))


def test_a_neighbours_prefix_and_a_neighbours_account_are_not_ours() -> None:
    beside = {**EVERYTHING, "Resource": "arn:aws:s3:::clienta/inside/*"}
    owner = {**EVERYTHING, "Principal": {"AWS": CLIENT}}
    assert {one.effect for one in answers(policy(beside, owner)).values()} == {"ImplicitDeny"}
