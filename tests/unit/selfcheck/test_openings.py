"""Whom each statement lets in."""

import json
from typing import Any

import pytest

from cloudtranscode.entitlements.grant import grant_sheet
from cloudtranscode.selfcheck.openings import Opening, openings
from support.corpus import CLIENT, ORDER, ROLE, STACK

BASE = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::clienta/*"}
ORDERED = grant_sheet(ORDER).of("clienta")


def opened(*statements: dict[str, Any]) -> tuple[Opening, ...]:
    return openings(json.dumps({"Version": "2012-10-17", "Statement": statements}), ORDERED, ORDER)


@pytest.mark.parametrize(
    ("statement", "reach"),
    [
        ({"Principal": {"AWS": ROLE}}, "stack"),
        ({"Principal": {"AWS": STACK}}, "stack"),
        ({"Principal": {"AWS": f"arn:aws:iam::{CLIENT}:role/owner"}}, "others"),
        ({"Principal": {"Service": "cloudtrail.amazonaws.com"}}, "others"),
        ({"Principal": "*"}, "public"),
        ({"Principal": {"AWS": [ROLE, "*"]}}, "public"),
        ({"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, "stack"),
        ({"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalOrgID": "o-*"}}}, "public"),
        ({}, "nobody"),
    ],
)
def test_the_reach_of_a_statement(statement: dict[str, Any], reach: str) -> None:
    assert opened({**BASE, **statement})[0].reach == reach


def test_what_was_ordered_is_told_from_what_says_more() -> None:
    written = [one.to_dict() for one in ORDERED]
    assert [one.reach for one in opened(*written, {**written[0], "Action": "s3:*"})] == [
        *["ordered"] * len(written),
        "stack",
    ]


def test_a_statement_is_told_in_its_own_words() -> None:
    statement = {
        "Sid": "S",
        "Effect": "Deny",
        "NotPrincipal": {"AWS": [ROLE], "CanonicalUser": "ab"},
        "NotAction": "s3:GET*",
    }
    statement |= {"NotResource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert opened(statement)[0].to_dict() == {
        "path": "Statement[0]",
        "sid": "S",
        "effect": "Deny",
        "reach": "stack",  # NotPrincipal spares only who is listed under every name
        "who": [f"all but {ROLE}", "all but CanonicalUser ab"],
        "actions": ["all but s3:GET*"],
        "resources": ["all but *"],
        "conditions": ["Bool aws:SecureTransport: false"],
    }


def test_one_statement_may_stand_without_its_list() -> None:
    text = json.dumps({"Statement": {**BASE, "Principal": "*"}})
    assert [one.path for one in openings(text, ORDERED, ORDER)] == ["Statement"]
