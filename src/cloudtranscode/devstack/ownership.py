"""Who owns an object that another account wrote, and what an ACL may say.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Ownership(StrEnum):
    """A bucket's Object Ownership setting."""

    ENFORCED = "BucketOwnerEnforced"
    PREFERRED = "BucketOwnerPreferred"
    WRITER = "ObjectWriter"


@dataclass(frozen=True, slots=True)
class Holding:
    """An object's owner (an account id) and whether its ACL lets the bucket's owner read it."""

    owner: str
    bucket_owner_reads: bool = False


def acl_permitted(setting: Ownership, headers: Mapping[str, str]) -> bool:
    """Whether the bucket accepts the write's ACL headers: an enforced one knows only bucket-owner-full-control."""
    if setting is not Ownership.ENFORCED:
        return True
    granted = any(name.startswith("x-amz-grant-") for name in headers)
    return not granted and headers.get("x-amz-acl", "bucket-owner-full-control") == "bucket-owner-full-control"


def holding(setting: Ownership, writer: str, bucket_owner: str, acl: str | None) -> Holding:
    """The holding of an object that ``writer`` puts into a bucket of ``bucket_owner`` with the canned ``acl``."""
    full_control = acl == "bucket-owner-full-control"
    if setting is Ownership.ENFORCED or (setting is Ownership.PREFERRED and full_control):
        return Holding(bucket_owner, bucket_owner_reads=True)
    reads = writer == bucket_owner or full_control or acl == "bucket-owner-read"
    return Holding(writer, bucket_owner_reads=reads)
