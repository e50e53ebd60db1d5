"""A client: somebody in (usually) another account, and the buckets and prefixes that are theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from cloudtranscode.clients.proof import Proof
from cloudtranscode.entitlements.bucket import ALIAS_ENDS
from cloudtranscode.errors import InvalidDocument
from cloudtranscode.location import Location, S3Location

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{1,64}")  # 12 digits on AWS; a tenant's name on RADOS Gateway


class Mode(StrEnum):
    """How a client of another account lets the stack in; within one account nothing is needed."""

    BUCKET_POLICY = "bucket-policy"
    ASSUME_ROLE = "assume-role"


@dataclass(frozen=True, slots=True)
class Terms:
    """What stack and client agreed on, beside the locations.

    ``role_arn`` and ``external_id`` belong to :attr:`Mode.ASSUME_ROLE`: the role in the client's account, and what the
    stack must say to assume it. ``kms_keys`` are the ARNs of keys that protect the client's buckets. ``expires`` is the
    instant, as ``2027-01-31T00:00:00Z``, from which the grant no longer holds. ``shares``: the stack's admin has stated
    that other clients may have the same buckets or prefixes.
    """

    mode: Mode = Mode.BUCKET_POLICY
    role_arn: str | None = None
    external_id: str | None = None
    kms_keys: tuple[str, ...] = ()
    expires: str | None = None
    shares: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self) | {"mode": self.mode.value, "kms_keys": list(self.kms_keys)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Terms:
        """Read what :meth:`to_dict` returned; what an earlier version did not know has its default."""
        known = {name: value for name, value in data.items() if name in cls.__dataclass_fields__}
        known["mode"] = Mode(known.get("mode", Mode.BUCKET_POLICY))
        known["kms_keys"] = tuple(known.get("kms_keys", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Client:
    """One registered client. ``input`` is what the stack may read, ``output`` what it may write.

    ``proof`` says how it is known that the client controls these; the stack works for nobody without one.
    """

    name: str
    account: str
    input: S3Location
    output: S3Location
    terms: Terms = Terms()
    proof: Proof | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidDocument(
                f"{self.name!r} cannot be a client's name.",
                remedy="Use 1 to 63 letters, digits, '-' and '_', beginning with a letter or digit.",
            )
        if not _ACCOUNT.fullmatch(self.account):
            raise InvalidDocument(
                f"{self.account!r} is not an account id.", remedy="Give the client's 12-digit AWS account id."
            )
        for location in (self.input, self.output):
            if location.bucket.endswith(ALIAS_ENDS):
                raise InvalidDocument(
                    f"{location.bucket!r} is an access point's alias: another name for a bucket, whoever's that is.",
                    remedy="Register the bucket under its own name.",
                )

    @property
    def proven(self) -> bool:
        """Whether the client was accepted with the very locations that it has."""
        return self.proof is not None and self.proof.covers(self.account, self.input, self.output)

    def may_read(self, location: Location) -> bool:
        """Whether a job of this client may name ``location`` as its source."""
        return self.input.contains(location)

    def may_write(self, location: Location) -> bool:
        """Whether a job of this client may name ``location`` as an output."""
        return self.output.contains(location)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        who = {"name": self.name, "account": self.account, "input": self.input.uri, "output": self.output.uri}
        return who | {"terms": self.terms.to_dict(), "proof": self.proof and self.proof.to_dict()}
