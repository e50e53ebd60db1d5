from __future__ import annotations

import json
from typing import Any

import pytest

from cloudtranscode.devstack.bucket_policy import check_policy

ROLE = "arn:aws:iam::111122223333:role/stack_prod"
SESSION = "arn:aws:sts::111122223333:assumed-role/stack_prod/worker"


def document(principal: Any) -> bytes:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    if principal is None:
        del statement["Principal"]
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode()


@pytest.mark.parametrize(
    "principal",
    ["*", {"AWS": "*"}, {"AWS": ROLE}, {"AWS": SESSION}, {"AWS": ["111122223333", "arn:aws:iam::111122223333:root"]}],
)
def test_principals_that_exist_are_taken(principal: Any) -> None:
    assert check_policy(document(principal), lambda arn: arn == ROLE) is None


@pytest.mark.parametrize(
    "principal",
    [
        None,
        {"AWS": ROLE.replace("role", "user")},
        {"AWS": ROLE.replace("111122223333", "000111333444555")},
        {"AWS": "000111333444555"},
        {"AWS": "arn:aws:iam::111122223333:role/*"},
    ],
)
def test_principals_that_do_not_exist_are_refused(principal: Any) -> None:
    refused = check_policy(document(principal), lambda arn: arn == ROLE)
    assert refused is not None
    assert refused.code == "MalformedPolicy"


def test_the_limit_counts_bytes() -> None:
    padded = document("*").replace(b"2012-10-17", b"2012-10-17", 1) + b" " * 20 * 1024
    refused = check_policy(padded, lambda _: True)
    assert refused is not None
    assert refused.code == "PolicyTooLarge"
