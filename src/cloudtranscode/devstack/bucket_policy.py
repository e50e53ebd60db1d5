"""What S3 checks before it takes a bucket policy.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cloudtranscode.devstack.refusal import Refusal
from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.policy import Policy, Statement
from cloudtranscode.errors import InvalidPolicy

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
_LIMIT_BYTES = 20 * 1024
_ACCOUNT = re.compile(r"[0-9]{12}")


def check_policy(document: bytes, exists: Callable[[str], bool]) -> Refusal | None:
    """Refuse a document that S3 would not take; ``exists`` tells whether a user's or role's ARN is real."""
    if len(document) > _LIMIT_BYTES:
        return Refusal("PolicyTooLarge", "The policy exceeds the maximum allowed document size.", 400)
    try:
        policy = Policy.parse(document.decode("utf-8", "replace"))
    except InvalidPolicy as error:
        return _malformed(error.message)
    for statement in policy.statements:
        if statement.principals is None:
            return _malformed("Missing required field Principal")
        if not all(_principal_exists(text, exists) for text in _named(statement)):
            return _malformed("Invalid principal in policy")
    return None


def _named(statement: Statement) -> Iterator[str]:
    yield from statement.principals.aws if statement.principals else ()


def _principal_exists(text: str, exists: Callable[[str], bool]) -> bool:
    if not text.startswith("arn:"):
        return _ACCOUNT.fullmatch(text) is not None
    arn = Arn.parse(text)
    if not _ACCOUNT.fullmatch(arn.account):
        return False
    return arn.is_root or (exists(str(arn.role)) if arn.is_session else exists(text))


def _malformed(message: str) -> Refusal:
    return Refusal("MalformedPolicy", message, 400)
