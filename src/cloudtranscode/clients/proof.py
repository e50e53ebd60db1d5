"""How it is known that a client controls the buckets that are registered for it; see ADR 0007."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from cloudtranscode.location import S3Location


class How(StrEnum):
    """What the acceptance rests on: a seal in the bucket policies, the ExternalId of the role, or the admin's word."""

    SEAL = "bucket-policy"
    ROLE = "assume-role"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class Proof:
    """The locations of ``account`` that were accepted, how, on whose request, and when (seconds since the epoch)."""

    how: How
    by: str
    at: float
    account: str
    input: str
    output: str

    def covers(self, account: str, source: S3Location, target: S3Location) -> bool:
        """Whether this was proven of these very locations, and not of those that the client had before."""
        return (self.account, self.input, self.output) == (account, source.uri, target.uri)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self) | {"how": self.how.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Proof:
        """Read what :meth:`to_dict` returned."""
        return cls(**{**data, "how": How(data["how"])})
