"""What governs a bucket besides policies: who owns what is written, public access block, requester pays, encryption."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.errors import InvalidDocument

FULL_CONTROL = "bucket-owner-full-control"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
_ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
# Names that stand for access points and the like: other ways to a bucket, whoever's that is.
ALIAS_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


class Ownership(StrEnum):
    """Who owns what is written; https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html."""

    ENFORCED = "BucketOwnerEnforced"
    PREFERRED = "BucketOwnerPreferred"
    WRITER = "ObjectWriter"


@dataclass(frozen=True, slots=True)
class Encryption:
    """The KMS key that protects objects: its ARN and the key's policy (``None``: not known); no key by default.

    Errors: :class:`InvalidDocument` for what is no key's ARN.
    """

    key: str | None = None
    policy: tuple[Policy, ...] | None = None

    def __post_init__(self) -> None:
        if self.key is not None and not re.fullmatch(r"arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]+:key/.+", self.key):
            raise InvalidDocument(
                f"{self.key!r} is not the ARN of a KMS key.", remedy="Give arn:aws:kms:region:account:key/id."
            )


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket's settings, and of the object in question its owner and who its ACL lets read; ``None``: not known.

    ``restricts_public`` is RestrictPublicBuckets as it works, whether set on bucket, account or organization.
    ``object_readers`` are account ids.
    """

    account: str | None = None
    ownership: Ownership | None = None
    restricts_public: bool | None = None
    requester_pays: bool | None = None
    encryption: Encryption | None = None
    object_owner: str | None = None
    object_readers: tuple[str, ...] | None = None

    @classmethod
    def plain(cls, account: str | None) -> Bucket:
        """Return a bucket as S3 creates it today: the bucket's owner owns all, no public access, no KMS key."""
        return cls(account, Ownership.ENFORCED, True, False, Encryption(), account, ())


def owner_of_written(bucket: Bucket, writer: str, acl: str | None) -> str | None:
    """Return the account that will own an object that ``writer`` puts with this canned ACL; ``None``: not known.

    Under ObjectWriter the stack owns what it writes into a client's bucket (rule 26).
    """
    if bucket.account == writer:
        return writer
    preferred = bucket.account if acl == FULL_CONTROL else writer
    owners = {Ownership.ENFORCED: bucket.account, Ownership.PREFERRED: preferred, Ownership.WRITER: writer}
    return owners[bucket.ownership] if bucket.ownership else None


def is_account_id(text: str) -> bool:
    """Whether this has the form of an AWS account id: 12 digits (rule 33)."""
    return re.fullmatch(r"[0-9]{12}", text) is not None


def is_creatable(name: str) -> bool:
    """Whether a bucket of this name can be created today (rule 33); older ones and other servers' are freer.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    reserved = name.startswith(_RESERVED_STARTS) or name.endswith(ALIAS_ENDS)
    return not reserved and _NAME.fullmatch(name) is not None and not _ADDRESS.fullmatch(name)
