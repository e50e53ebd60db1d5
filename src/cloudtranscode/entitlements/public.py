"""Whether S3 takes a bucket policy for public, which decides what RestrictPublicBuckets cuts off.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
(the meaning of "public").
"""

from __future__ import annotations

import ipaddress

from cloudtranscode.entitlements.condition import Condition
from cloudtranscode.entitlements.policy import Policy, Statement, Verdict
from cloudtranscode.entitlements.truth import Truth, all_of, any_of

# A fixed value of one of these narrows a grant to everyone down to somebody.
_NARROWING = {
    *("aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid"),
    *("aws:principalorgid", "aws:principalarn", "aws:principalaccount"),
    *("s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn", "s3:dataaccesspointaccount"),
}
_MATCHING = {"StringEquals", "StringLike", "ArnEquals", "ArnLike", "StringEqualsIgnoreCase"}
_WIDEST = {4: 8, 6: 32}  # a range with a shorter prefix counts as everywhere


def is_public(policy: Policy) -> Truth:
    """Whether one Allow statement makes the policy public; ``None`` where AWS's wording does not settle it."""
    return any_of(_is_public(statement) for statement in policy.statements)


def _is_public(statement: Statement) -> Truth:
    principals = statement.principals
    if statement.verdict is Verdict.DENY or principals is None:
        return False
    if not principals.everyone and not principals.negated:
        return False
    return all_of(_leaves_open(condition) for condition in statement.conditions)


def _leaves_open(condition: Condition) -> Truth:
    """Whether a condition still lets everyone in."""
    values = [value.text for value in condition.values]
    if condition.key == "aws:sourceip":
        return _leaves_addresses_open(condition.operator, values)
    if condition.key not in _NARROWING:
        return True
    fixed = condition.operator in _MATCHING and not any(set("*?$") & set(value) for value in values)
    return False if fixed else None


def _leaves_addresses_open(operator: str, values: list[str]) -> Truth:
    if operator != "IpAddress":
        return None
    networks = [ipaddress.ip_network(value, strict=False) for value in values]
    return any(one.prefixlen < _WIDEST[one.version] for one in networks)
