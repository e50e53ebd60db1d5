"""What S3 answered to one request, and what its words give away.

Within one account or organization AWS says which kind of policy refused; across accounts it says "Access Denied".
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

_POLICIES = {
    "identity-based policy": "identity",
    "resource-based policy": "resource",
    "permissions boundary": "boundary",
    "session policy": "session",
    "service control policy": "scp",
    "resource control policy": "rcp",
    "VPC endpoint policy": "endpoint",
}
_NAMES = "|".join(_POLICIES)
_EXPLICIT = re.compile(rf"with an explicit deny in an? ({_NAMES})(?:: ?(arn:\S+))?", re.IGNORECASE)
_IMPLICIT = re.compile(rf"because no ({_NAMES}) allows the ([a-z0-9-]+:[A-Za-z]+) action", re.IGNORECASE)
_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)")
_PUBLIC = re.compile(r"prevented by the \w+ setting in S3 Block Public Access|Block ?Public ?Access", re.IGNORECASE)
_KEY = re.compile(r"\bkms\b|customer master key|ciphertext refers", re.IGNORECASE)


class Verdict(StrEnum):
    """How a request ended. ``ABSENT``: permitted, and there is no such key; ``FAULT``: neither yes nor no."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    ABSENT = "absent"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: HTTP status (0 for none), S3's code, message and request id; the ids are ``""`` when not told."""

    verdict: Verdict
    status: int = 200
    code: str = ""
    message: str = ""
    request_id: str = ""

    @property
    def permitted(self) -> bool:
        """Whether S3 let the request through to the object, be it there or not."""
        return self.verdict in {Verdict.ALLOWED, Verdict.ABSENT}

    @property
    def refused(self) -> bool:
        """Whether S3 said no."""
        return self.verdict is Verdict.REFUSED

    def __str__(self) -> str:
        words = self.message if self.message and self.message not in {self.code, "Unknown", "None"} else ""
        said = f"{self.status} {self.code}".strip() + (f": {words}" if words else "")
        return f"{said} (request {self.request_id})" if self.request_id else said

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "verdict": self.verdict.value}


@dataclass(frozen=True, slots=True)
class Words:
    """What a message names: the ``layer`` that refused, explicitly or by not allowing ``action``; ``policy`` its ARN.

    The layers are those of :class:`evaluate.Layer`, besides ``key`` (KMS) and ``public`` (Block Public Access).
    """

    layer: str
    explicit: bool
    action: str | None = None
    policy: str | None = None


# Codes that are no question of permission, each with the cause that it stands for.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
CODES: Mapping[str, str] = MappingProxyType(
    {
        "AccountProblem": "account-problem",
        "AllAccessDisabled": "account-problem",
        "AssumeRole": "role-trust",  # not S3's: how an attempt ends that could not begin
        "NotSignedUp": "account-problem",
        "ExpiredToken": "credentials-expired",
        "ExpiredTokenException": "credentials-expired",
        "RequestExpired": "credentials-expired",
        "TokenRefreshRequired": "credentials-expired",
        "InvalidAccessKeyId": "credentials-unknown",
        "InvalidClientTokenId": "credentials-unknown",
        "UnrecognizedClientException": "credentials-unknown",
        "InvalidToken": "credentials-wrong",
        "SignatureDoesNotMatch": "credentials-wrong",
        "RequestTimeTooSkewed": "clock-skewed",
        "InvalidObjectState": "object-archived",
        "NoSuchBucket": "bucket-missing",
        "NoSuchKey": "key-missing",
        "AuthorizationHeaderMalformed": "region-wrong",
        "IllegalLocationConstraintException": "region-wrong",
        "IncorrectEndpoint": "region-wrong",
        "PermanentRedirect": "region-wrong",
        "TemporaryRedirect": "region-wrong",
    }
)


def cause_of_code(answer: Answer) -> str | None:
    """Return the id of the cause that a code stands for, ``None`` for a refusal that says no more."""
    if answer.code.startswith("KMS."):
        return "key-policy"
    if "request has expired" in answer.message.lower():
        return "credentials-expired"
    return CODES.get(answer.code)


def read_words(message: str) -> Words | None:
    """Return what the text of a refusal names, ``None`` when it names nothing."""
    asked = _ACTION.search(message)
    action = asked[1] if asked else None
    if explicit := _EXPLICIT.search(message):
        layer = _POLICIES[_spelled(explicit[1])]
        words = Words(layer, True, action, explicit[2])
    elif implicit := _IMPLICIT.search(message):
        words = Words(_POLICIES[_spelled(implicit[1])], False, action or implicit[2])
    elif _PUBLIC.search(message):
        return Words("public", True, action)
    else:
        return Words("key", False, action) if _KEY.search(message) else None
    # Whatever policy it was, a refused kms: action is a matter of the key, of its policy or of ours.
    about_key = (words.action or "").startswith("kms:") and words.layer == "resource"
    return Words("key", words.explicit, words.action, words.policy) if about_key else words


def _spelled(name: str) -> str:
    return next(known for known in _POLICIES if known.lower() == name.lower())
