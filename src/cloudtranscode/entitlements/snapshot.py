"""What could be seen of a bucket and of the stack at one moment: the evidence for predictions, causes and drift.

Whoever looks fills these in. ``None`` says that it could not be read, never that there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cloudtranscode.entitlements.bucket import Bucket, Encryption, Ownership
from cloudtranscode.entitlements.evaluate import Policies, PolicySet
from cloudtranscode.entitlements.policy import Policy


@dataclass(frozen=True, slots=True)
class BucketSnapshot:
    """One bucket. ``policy`` is its text, ``""`` when it has none; ``exists`` is false when there is no such bucket.

    ``kms_key`` is the ARN of the key that protects new objects by default, ``""`` for none; ``kms_policy`` that key's
    policy. ``restricts_public`` is RestrictPublicBuckets, of the bucket or of its account.
    """

    name: str
    account: str | None = None
    exists: bool = True
    policy: str | None = None
    ownership: Ownership | None = None
    restricts_public: bool | None = None
    requester_pays: bool | None = None
    kms_key: str | None = None
    kms_policy: str | None = None

    @property
    def bucket(self) -> Bucket:
        """The settings as :func:`entitlements.s3.decide` takes them. Errors: those of :func:`Policy.parse`."""
        return Bucket(self.account, self.ownership, self.restricts_public, self.requester_pays, self._encryption)

    @property
    def resource(self) -> Policies | None:
        """The bucket's policy, parsed. Errors: those of :func:`Policy.parse`."""
        return _parsed(self.policy)

    @property
    def _encryption(self) -> Encryption | None:
        if self.kms_key is None:
            return None
        return Encryption(self.kms_key, _parsed(self.kms_policy)) if self.kms_key else Encryption()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BucketSnapshot:
        """Read what :meth:`to_dict` returned."""
        ownership = data["ownership"] and Ownership(data["ownership"])
        return cls(**{**data, "ownership": ownership})


@dataclass(frozen=True, slots=True)
class StackSnapshot:
    """The stack's own principal: its ARN, its unique id (``AROA…``, ``AIDA…``), and the policies attached to it.

    ``identity`` maps each policy's name to its text; ``boundary`` is ``""`` when there is none.
    """

    arn: str
    unique_id: str | None = None
    identity: Mapping[str, str] | None = None
    boundary: str | None = None

    def policies(self, bucket: BucketSnapshot) -> PolicySet:
        """Return all layers as far as they could be seen; what nobody can look into stays unknown (rule 19).

        Errors: those of :func:`Policy.parse`.
        """
        own = None if self.identity is None else tuple(Policy.parse(text) for text in self.identity.values())
        return PolicySet(identity=own, resource=bucket.resource, boundary=_parsed(self.boundary))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StackSnapshot:
        """Read what :meth:`to_dict` returned."""
        return cls(**data)


def _parsed(text: str | None) -> Policies | None:
    if text is None:
        return None
    return (Policy.parse(text),) if text else ()
