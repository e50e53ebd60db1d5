"""The least bucket policies that a client attaches so that the stack may read its input and write its output."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudtranscode.entitlements import document
from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.errors import InvalidDocument
from cloudtranscode.location import S3Location

# The canned ACL with which a writer of another account gives the bucket's owner the object (rules 25 and 26).
OWNER_ACL = "bucket-owner-full-control"


@dataclass(frozen=True, slots=True)
class GrantOrder:
    """Who asks whom for what: the stack's ARN (role, user or a role's session), the client, its two locations.

    ``ownership_enforced`` says whether the output bucket is BucketOwnerEnforced; ``None`` when nobody knows.
    Errors: :class:`InvalidDocument` for an ARN that is neither, or not of ``stack_account`` and ``partition``.
    """

    client: str
    stack_arn: str
    stack_account: str
    client_account: str
    input: S3Location
    output: S3Location
    partition: str = "aws"
    ownership_enforced: bool | None = None

    def __post_init__(self) -> None:
        arn = Arn.parse(self.principal)
        if not (arn.is_user or arn.is_role) or (arn.partition, arn.account) != (self.partition, self.stack_account):
            raise InvalidDocument(
                f"{self.stack_arn!r} is not a role or user of account {self.stack_account} in {self.partition}.",
                remedy="Run the stack under a role, and name that role's ARN.",
            )

    @property
    def principal(self) -> str:
        """The ARN to name: the user's, or the role's behind a session (STS omits a role's path: name the role then)."""
        arn = Arn.parse(self.stack_arn)
        return str(arn.role) if arn.is_session else self.stack_arn

    @property
    def same_account(self) -> bool:
        """Whether stack and client share the account that owns the buckets."""
        return self.stack_account == self.client_account


@dataclass(frozen=True, slots=True)
class GrantStatement:
    """One statement to attach to ``bucket``: ``reasons`` has a line for each of ``actions``, in order.

    ``optional`` statements make the stack explain itself better or serve some buckets only; jobs may do without.
    """

    bucket: str
    sid: str
    principal: str
    resource: str
    actions: tuple[str, ...]
    reasons: tuple[str, ...]
    condition: tuple[str, str, str] | None = None
    optional: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the statement as JSON data."""
        actions = list(self.actions) if len(self.actions) > 1 else self.actions[0]
        statement: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Principal": {"AWS": self.principal},
            "Action": actions,
            "Resource": self.resource,
        }
        if self.condition:
            operator, key, value = self.condition
            statement["Condition"] = {operator: {key: value}}
        return statement


@dataclass(frozen=True, slots=True)
class GrantSheet:
    """What the client attaches, and why; nothing is ``needed`` when stack and client share an account (rule 36)."""

    needed: bool
    explanation: str
    statements: tuple[GrantStatement, ...] = ()

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that get a policy, input first, each once."""
        return tuple(dict.fromkeys(statement.bucket for statement in self.statements))

    def of(self, bucket: str) -> tuple[GrantStatement, ...]:
        """Return the statements for one bucket."""
        return tuple(statement for statement in self.statements if statement.bucket == bucket)

    @property
    def documents(self) -> Mapping[str, str]:
        """For each bucket the text of a policy that holds these statements alone."""
        return {bucket: merge(None, self.of(bucket)) for bucket in self.buckets}


def grant_sheet(order: GrantOrder, *, minimal: bool = False) -> GrantSheet:
    """Write the statements for ``order``; ``minimal`` leaves out those that jobs may do without.

    Writing with :data:`OWNER_ACL` needs ``s3:PutObjectAcl`` on AWS beside ``s3:PutObject``. A BucketOwnerEnforced
    bucket owns what anybody writes, so it needs neither. On any other bucket the client could not read what the stack
    wrote without that ACL. So the permission is left out where ownership is known to be enforced, is a must where it
    is known not to be, and optional where nobody knows; its condition admits this one ACL only.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    if order.same_account:
        return GrantSheet(
            needed=False,
            explanation=f"Stack and client share account {order.client_account}: the stack's own identity policy is "
            "enough, no bucket policy is needed. A Deny in the bucket's policy and a KMS key's policy still apply.",
        )
    statements = (_read(order), _look(order), _write(order), _sweep(order), *_hand_over(order))
    return GrantSheet(
        needed=True,
        explanation=f"Account {order.client_account} entitles {order.principal} of account {order.stack_account}.",
        statements=tuple(statement for statement in statements if not (minimal and statement.optional)),
    )


def merge(existing: str | None, statements: Sequence[GrantStatement]) -> str:
    """Put the statements of one bucket into its policy text; see :func:`document.merge` for bytes and errors."""
    return document.merge(existing, [statement.to_dict() for statement in statements])


def revoke(existing: str, sids: Collection[str]) -> str | None:
    """Take statements out of a bucket's policy text by Sid; ``None`` when nothing remains."""
    return document.revoke(existing, sids)


def _read(order: GrantOrder) -> GrantStatement:
    return GrantStatement(
        order.input.bucket,
        _sid("Read", order.client),
        order.principal,
        _objects(order.input, order.partition),
        ("s3:GetObject",),
        ("Read the sources, by ranges.",),
    )


def _look(order: GrantOrder) -> GrantStatement:
    folder = _folder(order.input)
    return GrantStatement(
        order.input.bucket,
        _sid("Look", order.client),
        order.principal,
        S3Location(order.input.bucket).arn(order.partition),
        ("s3:ListBucket",),
        ("Tell a source that is missing from a grant that is missing: without it both read 403.",),
        ("StringLike", "s3:prefix", f"{_escaped(folder)}*") if folder else None,
        optional=True,
    )


def _write(order: GrantOrder) -> GrantStatement:
    return GrantStatement(
        order.output.bucket,
        _sid("Write", order.client),
        order.principal,
        _objects(order.output, order.partition),
        ("s3:PutObject", "s3:AbortMultipartUpload"),
        (
            "Write the results, in parts.",
            "Take back the parts of a job that crashed or was cancelled, so that they do not stay on the bill.",
        ),
    )


def _sweep(order: GrantOrder) -> GrantStatement:
    """Between the start of an upload and the note of its id a worker can be killed; only a listing finds it then.

    S3 offers no condition key for the prefix here, so the stack could see the keys of others' unfinished uploads.
    """
    return GrantStatement(
        order.output.bucket,
        _sid("Sweep", order.client),
        order.principal,
        S3Location(order.output.bucket).arn(order.partition),
        ("s3:ListBucketMultipartUploads",),
        ("Find the parts that a killed worker left, so that they can be taken back.",),
        optional=True,
    )


def _hand_over(order: GrantOrder) -> tuple[GrantStatement, ...]:
    if order.ownership_enforced:
        return ()
    statement = GrantStatement(
        order.output.bucket,
        _sid("HandOver", order.client),
        order.principal,
        _objects(order.output, order.partition),
        ("s3:PutObjectAcl",),
        ("Give the bucket's owner full control of the results, where the bucket does not take it by itself.",),
        ("StringEquals", "s3:x-amz-acl", OWNER_ACL),
        optional=order.ownership_enforced is None,
    )
    return (statement,)


def _sid(purpose: str, client: str) -> str:
    """A name that stays the same: letters and digits only, with a mark where that would make two clients one."""
    words = re.findall(r"[A-Za-z0-9]+", client)
    name = "".join(word[0].upper() + word[1:] for word in words)
    mark = "" if name == client else hashlib.sha256(client.encode()).hexdigest()[:6]
    return f"CloudTranscode{purpose}{name}{mark}"


def _folder(location: S3Location) -> str:
    """The prefix of the keys below a location, with its slash: ``video`` must not grant ``video2``."""
    key = location.key.rstrip("/")
    return f"{key}/" if key else ""


def _objects(location: S3Location, partition: str) -> str:
    return f"arn:{partition}:s3:::{location.bucket}/{_escaped(_folder(location))}*"


def _escaped(key: str) -> str:
    """A key that stands for itself in a policy of version 2012-10-17 (rule 13)."""
    return re.sub(r"[*?]|\$(?=\{)", lambda found: f"${{{found[0]}}}", key)
