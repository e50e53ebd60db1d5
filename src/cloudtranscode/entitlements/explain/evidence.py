"""What is known about a refusal: what was attempted with which answer, and what could be read. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cloudtranscode.entitlements.explain.answer import Answer
from cloudtranscode.entitlements.grant import GrantOrder
from cloudtranscode.entitlements.snapshot import BucketSnapshot, StackSnapshot
from cloudtranscode.location import S3Location


class Access(StrEnum):
    """What was refused: reading a source, writing a result, or handing a result over to the bucket's owner."""

    READ = "read"
    WRITE = "write"
    CLIENT_READ = "client-read"

    @property
    def action(self) -> str:
        """The permission it takes."""
        return {"read": "s3:GetObject", "write": "s3:PutObject", "client-read": "s3:PutObjectAcl"}[self.value]


class Probe(StrEnum):
    """An attempt; each differs from ``AS_JOB`` in one thing, so that a different answer points at that thing."""

    AS_JOB = "as-job"
    AGAIN = "again"
    WHOLE_SESSION = "whole-session"
    ANY_OWNER = "any-owner"
    PAYING = "paying"
    UNSIGNED = "unsigned"
    LISTING = "listing"
    NEIGHBOUR = "neighbour"
    ELSEWHERE = "elsewhere"
    WITH_ACL = "with-acl"
    ENCRYPTED = "encrypted"
    OTHER_BUCKET = "other-bucket"
    AS_OWNER = "as-owner"


# What each attempt is, in words that a client understands.
MEANING: Mapping[Probe, str] = {
    Probe.AS_JOB: "the request as a job makes it",
    Probe.AGAIN: "the same a moment later",
    Probe.WHOLE_SESSION: "with the stack's own session instead of one that is limited to the client",
    Probe.ANY_OWNER: "without naming the account that must own the bucket",
    Probe.PAYING: "with the agreement to pay for the request",
    Probe.UNSIGNED: "without a signature, as anybody",
    Probe.LISTING: "listing the folder",
    Probe.NEIGHBOUR: "reading another object of the folder",
    Probe.ELSEWHERE: "writing at the top of the bucket",
    Probe.WITH_ACL: "with the ACL bucket-owner-full-control",
    Probe.ENCRYPTED: "asking for encryption",
    Probe.OTHER_BUCKET: "the stack's other right, on the client's other location",
    Probe.AS_OWNER: "the same with the client's own credentials",
}


@dataclass(frozen=True, slots=True)
class ObjectSnapshot:
    """An object as the bucket's owner sees it; ``None``: not known. ``kms_key`` is ``""`` for none.

    ``opens``: whether the owner can open it. ``foreign``: it belongs to another account than the bucket. ``similar``
    are keys that differ in case alone.
    """

    exists: bool | None = None
    opens: bool | None = None
    foreign: bool | None = None
    kms_key: str | None = None
    kms_policy: str | None = None
    archived: bool | None = None
    similar: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known. ``target`` is the object that was asked for, ``named`` by somebody or made up; ``at`` when.

    ``bucket`` is its bucket, ``other`` the client's other one; ``stack`` the stack's own policies. ``tls``: whether
    requests go through TLS. ``accepted``: whether the server takes the stack's credentials for valid; ``temporary``:
    whether they end; ``narrowable``: whether they can bear a session policy; ``acts_as``: whose STS says they are.
    ``organization``: whether IAM's simulator says that the stack's organization allows the action. ``others_served``:
    whether the stack served other clients lately. ``None``: not known.
    """

    order: GrantOrder
    access: Access
    target: S3Location
    answers: Mapping[Probe, Answer] = field(default_factory=dict)
    at: datetime | None = None
    bucket: BucketSnapshot | None = None
    other: BucketSnapshot | None = None
    object: ObjectSnapshot | None = None
    stack: StackSnapshot | None = None
    named: bool = True
    tls: bool | None = None
    accepted: bool | None = None
    temporary: bool | None = None
    narrowable: bool | None = None
    organization: bool | None = None
    others_served: bool | None = None
    acts_as: str | None = None

    @property
    def answer(self) -> Answer | None:
        """What S3 answered to the request as a job makes it."""
        return self.answers.get(Probe.AS_JOB)

    def permitted(self, probe: Probe) -> bool | None:
        """Whether an attempt was permitted; ``None`` when it was not made, or ended in a fault of another kind."""
        answer = self.answers.get(probe)
        if answer is None or not (answer.permitted or answer.refused):
            return None
        return answer.permitted

    @property
    def seen(self) -> tuple[str, ...]:
        """What could be read beside the answers, for people."""
        bucket = self.bucket
        known = {
            "the bucket's policy": bucket and bucket.policy,
            "its object ownership": bucket and bucket.ownership,
            "its public access block": bucket and bucket.restricts_public,
            "its encryption": bucket and bucket.kms_key,
            "the object as its owner sees it": self.object and self.object.exists,
            "the stack's own policies": self.stack and self.stack.identity,
        }
        return tuple(name for name, value in known.items() if value is not None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; the texts of policies are left to who may read them anyway."""
        return {
            "attempts": {probe.value: answer.to_dict() for probe, answer in self.answers.items()},
            "seen": list(self.seen),
            "at": self.at.isoformat() if self.at else None,
        }
