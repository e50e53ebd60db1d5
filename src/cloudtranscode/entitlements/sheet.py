"""What is handed over for one order: each policy, where it is attached and by whom, the reason for each action."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from cloudtranscode.entitlements import document
from cloudtranscode.entitlements.order import GrantMode
from cloudtranscode.entitlements.policy import CURRENT_VERSION
from cloudtranscode.errors import Side


class Place(StrEnum):
    """What a policy is attached to."""

    BUCKET = "bucket"
    KEY = "kms-key"
    ROLE = "role"
    TRUST = "role-trust"
    STACK = "stack"


# Rule 32; https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html;
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (all inline policies of a role; its trust).
MAX_BYTES: Mapping[Place, int] = {
    Place.BUCKET: document.MAX_BYTES,
    Place.KEY: 32 * 1024,
    Place.ROLE: 10_240,
    Place.TRUST: 2048,
    Place.STACK: 10_240,
}


@dataclass(frozen=True, slots=True)
class Bound:
    """One bound that a statement's ``Condition`` sets."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrantStatement:
    """One statement to attach: ``reasons`` has a line for each of ``actions``, in order.

    ``principal`` is ``None`` where the policy belongs to a principal, ``resources`` is empty where it speaks of the
    role itself. ``optional`` statements make the stack explain itself better or serve some buckets only; jobs may do
    without.
    """

    sid: str
    actions: tuple[str, ...]
    reasons: tuple[str, ...]
    resources: tuple[str, ...] = ()
    principal: str | None = None
    bounds: tuple[Bound, ...] = ()
    optional: bool = False
    effect: str = "Allow"

    def to_dict(self) -> dict[str, Any]:
        """Return the statement as JSON data."""
        statement: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if self.principal is not None:
            statement["Principal"] = {"AWS": self.principal}
        statement["Action"] = _alone(self.actions)
        if self.resources:
            statement["Resource"] = _alone(self.resources)
        condition: dict[str, dict[str, Any]] = {}
        for bound in self.bounds:
            condition.setdefault(bound.operator, {})[bound.key] = _alone(bound.values)
        return statement | ({"Condition": condition} if condition else {})


@dataclass(frozen=True, slots=True)
class Attachment:
    """Statements of one policy: ``target`` is the bucket's name or an ARN, ``side`` who attaches it."""

    place: Place
    target: str
    side: Side
    statements: tuple[GrantStatement, ...]

    @property
    def document(self) -> dict[str, Any]:
        """A policy that holds these statements alone, as JSON data."""
        return {"Version": CURRENT_VERSION, "Statement": [statement.to_dict() for statement in self.statements]}

    @property
    def text(self) -> str:
        """The same as text."""
        return json.dumps(self.document, indent=2)

    @property
    def max_bytes(self) -> int:
        """How large a policy may be there."""
        return MAX_BYTES[self.place]

    def merged(self, existing: str | None) -> str:
        """Put the statements into the policy that is there; see :func:`document.merge` for bytes and errors."""
        return document.merge(existing, [statement.to_dict() for statement in self.statements], self.max_bytes)


@dataclass(frozen=True, slots=True)
class GrantSheet:
    """Everything for one client. ``needed`` is false where the client has nothing to attach (rule 36).

    ``external_id`` is what the stack says when it assumes the client's role.
    """

    client: str
    mode: GrantMode
    explanation: str
    attachments: tuple[Attachment, ...] = ()
    external_id: str | None = None

    @property
    def needed(self) -> bool:
        """Whether the client has to attach anything."""
        return any(not one.optional for place in self.by(Side.CLIENT) for one in place.statements)

    def by(self, side: Side) -> tuple[Attachment, ...]:
        """Return what one side attaches."""
        return tuple(one for one in self.attachments if one.side is side)

    def at(self, *places: Place) -> tuple[Attachment, ...]:
        """Return what is attached to places of these kinds."""
        return tuple(one for one in self.attachments if one.place in places)

    @property
    def statements(self) -> tuple[GrantStatement, ...]:
        """The statements of all bucket policies."""
        return tuple(statement for bucket in self.at(Place.BUCKET) for statement in bucket.statements)

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that get a policy, input first, each once."""
        return tuple(bucket.target for bucket in self.at(Place.BUCKET))

    def of(self, bucket: str) -> tuple[GrantStatement, ...]:
        """Return the statements for one bucket."""
        return tuple(one for place in self.at(Place.BUCKET) if place.target == bucket for one in place.statements)

    @property
    def documents(self) -> Mapping[str, str]:
        """For each bucket the text of a policy that holds these statements alone."""
        return {bucket.target: bucket.text for bucket in self.at(Place.BUCKET)}

    def minimal(self) -> GrantSheet:
        """Return the sheet without what jobs may do without."""
        kept = [
            replace(place, statements=tuple(one for one in place.statements if not one.optional))
            for place in self.attachments
        ]
        return replace(self, attachments=tuple(place for place in kept if place.statements))


def merge(existing: str | None, statements: Sequence[GrantStatement]) -> str:
    """Put the statements of one bucket into its policy text; see :func:`document.merge` for bytes and errors."""
    return document.merge(existing, [statement.to_dict() for statement in statements])


def revoke(existing: str, statements: Sequence[GrantStatement]) -> str | None:
    """Take the statements of one bucket out of its policy text; see :func:`document.revoke`."""
    return document.revoke(existing, [statement.to_dict() for statement in statements])


def _alone(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
