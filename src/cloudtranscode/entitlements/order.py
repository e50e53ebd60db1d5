"""What is asked of a client: who wants to do what in whose buckets, in which mode, with which keys, until when."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.seal import Seal
from cloudtranscode.errors import InvalidDocument
from cloudtranscode.location import S3Location

# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_KEY = re.compile(r"arn:aws(?:-[a-z]+)*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+", re.ASCII)
_ROLE_NAME_LENGTH = 64  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html


class GrantMode(StrEnum):
    """How the stack is let in."""

    BUCKET_POLICY = "bucket-policy"
    ASSUME_ROLE = "assume-role"
    SAME_ACCOUNT = "same-account"


@dataclass(frozen=True, slots=True)
class ClientRole:
    """The role in the client's account that the stack assumes, and the ExternalId that it has to say then.

    Errors: :class:`InvalidDocument` for what is no role's ARN, or no ExternalId that STS takes.
    """

    arn: str
    external_id: str

    def __post_init__(self) -> None:
        if not Arn.parse(self.arn).is_role:
            raise InvalidDocument(f"{self.arn!r} is not a role.", remedy="Give arn:aws:iam::<account>:role/<name>.")
        if not _EXTERNAL_ID.fullmatch(self.external_id):
            raise InvalidDocument("The ExternalId is not one that STS takes.", remedy="Register the client anew.")


@dataclass(frozen=True, slots=True)
class GrantOrder:
    """Who asks whom for what: the stack's ARN (role, user or a role's session), the client, its two locations.

    ``ownership_enforced`` says whether the output bucket is BucketOwnerEnforced; ``None`` when nobody knows.
    ``kms_keys`` are the ARNs of the keys that protect the buckets. ``expires`` is the instant, as
    ``2027-01-31T00:00:00Z``, from which nothing of the grant holds. With a ``role``, the stack assumes that one.
    ``seals`` are what proves that the client controls its buckets.
    Errors: :class:`InvalidDocument` for an ARN that is not of ``stack_account`` and ``partition``, and for what is no
    key's ARN or no instant.
    """

    client: str
    stack_arn: str
    stack_account: str
    client_account: str
    input: S3Location
    output: S3Location
    partition: str = "aws"
    ownership_enforced: bool | None = None
    kms_keys: tuple[str, ...] = ()
    expires: str | None = None
    role: ClientRole | None = None
    seals: tuple[Seal, ...] = ()

    def __post_init__(self) -> None:
        arn = Arn.parse(self.principal)
        if not (arn.is_user or arn.is_role) or (arn.partition, arn.account) != (self.partition, self.stack_account):
            raise InvalidDocument(
                f"{self.stack_arn!r} is not a role or user of account {self.stack_account} in {self.partition}.",
                remedy="Run the stack under a role, and name that role's ARN.",
            )
        for key in self.kms_keys:
            check_key(key)
        if self.expires is not None:
            check_instant(self.expires)

    @property
    def principal(self) -> str:
        """The ARN to name: the user's, or the role's behind a session (STS omits a role's path: name the role then)."""
        arn = Arn.parse(self.stack_arn)
        return str(arn.role) if arn.is_session else self.stack_arn

    @property
    def same_account(self) -> bool:
        """Whether stack and client share the account that owns the buckets."""
        return self.stack_account == self.client_account

    @property
    def mode(self) -> GrantMode:
        """How the stack is let in; within one account a role of the client's own would add nothing (rule 36)."""
        if self.same_account:
            return GrantMode.SAME_ACCOUNT
        return GrantMode.ASSUME_ROLE if self.role else GrantMode.BUCKET_POLICY


def check_key(text: str) -> None:
    """Errors: :class:`InvalidDocument` for what is no ARN of a KMS key; aliases cannot be named in policies."""
    if not _KEY.fullmatch(text):
        raise InvalidDocument(
            f"{text!r} is not the ARN of a KMS key.", remedy="Give arn:aws:kms:<region>:<account>:key/<id>."
        )


def check_instant(text: str) -> None:
    """Errors: :class:`InvalidDocument` for what is no instant of the form ``2027-01-31T00:00:00Z``."""
    if not (_INSTANT.fullmatch(text) and _exists(text)):
        raise InvalidDocument(
            f"{text!r} is not an instant in UTC.", remedy="Give a date, or an instant such as 2027-01-31T18:00:00Z."
        )


def default_role(client: str, account: str, partition: str = "aws") -> str:
    """Return the ARN that the role of a client has when it is made by our templates: known before it exists."""
    name = f"CloudTranscode-{client}"
    if len(name) > _ROLE_NAME_LENGTH:
        name = f"{name[: _ROLE_NAME_LENGTH - 7]}-{hashlib.sha256(client.encode()).hexdigest()[:6]}"
    return f"arn:{partition}:iam::{account}:role/{name}"


def _exists(instant: str) -> bool:
    try:
        datetime.fromisoformat(instant)
    except ValueError:
        return False
    return True
