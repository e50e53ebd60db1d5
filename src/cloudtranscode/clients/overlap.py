"""Where the locations of two clients, or of one, meet, and what that means. Nothing is looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Any

from cloudtranscode.clients.client import Client
from cloudtranscode.location import Location, S3Location


class Kind(StrEnum):
    """How two locations meet, the gravest first."""

    TWO_ACCOUNTS = "two-accounts"
    """One bucket is claimed for two accounts. A bucket has one owner: one of the claims is false."""
    SAME = "same-location"
    INSIDE = "inside"
    CHAIN = "output-is-input"
    """What one client's jobs write, the other's may read: wanted at times, never by chance."""
    SHARED_BUCKET = "shared-bucket"
    """Disjoint prefixes of one bucket: no job reaches across, but one policy speaks for both."""
    OWN = "own-output-in-input"
    """A client's job could overwrite another source of the same client: the client's own affair."""


class Severity(StrEnum):
    """What follows: never accepted; accepted when the admin states it; worth knowing."""

    REFUSED = "refused"
    TO_STATE = "to-state"
    INFO = "info"


_ORDER = list(Kind)
_SEVERITIES = {Kind.TWO_ACCOUNTS: Severity.REFUSED, Kind.OWN: Severity.INFO}


@dataclass(frozen=True, slots=True)
class Place:
    """One location of one client: its ``input`` or its ``output``."""

    client: str
    role: str
    location: S3Location

    def __str__(self) -> str:
        return f"{self.client}'s {self.role} {self.location}"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two places that meet. ``reach``: they have keys in common; ``stated``: the admin has said that they may meet."""

    kind: Kind
    first: Place
    second: Place
    reach: bool
    stated: bool = False

    @property
    def severity(self) -> Severity:
        """What follows from the kind."""
        return _SEVERITIES.get(self.kind, Severity.TO_STATE)

    @property
    def violates(self) -> bool:
        """Whether the registry's rules do not allow it."""
        return self.severity is Severity.REFUSED or (self.severity is Severity.TO_STATE and not self.stated)

    def __str__(self) -> str:
        return f"{self.first} meets {self.second} ({self.kind})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        ends = {
            name: {"client": place.client, "role": place.role, "location": place.location.uri}
            for name, place in (("first", self.first), ("second", self.second))
        }
        flags = {"reach": self.reach, "stated": self.stated, "violates": self.violates}
        return {"kind": self.kind.value, "severity": self.severity.value, **ends, **flags}


def overlaps(one: Client, other: Client) -> tuple[Overlap, ...]:
    """Return where two clients meet, the gravest first; it is stated when the admin has said so of either."""
    stated = one.terms.shares or other.terms.shares
    found = [
        Overlap(_kind(mine, theirs, one.account == other.account), mine, theirs, _meet(mine, theirs), stated)
        for mine, theirs in product(places(one), places(other))
        if mine.location.bucket == theirs.location.bucket
    ]
    return tuple(sorted(found, key=lambda overlap: _ORDER.index(overlap.kind)))


def own_overlap(client: Client) -> Overlap | None:
    """Return how a client's own input and output meet; ``None`` when they have no key in common."""
    source, target = places(client)
    return Overlap(Kind.OWN, source, target, reach=True) if _meet(source, target) else None


def conflicts(client: Client, others: Iterable[Client]) -> Iterator[Overlap]:
    """Yield what the registry's rules do not allow between ``client`` and each of ``others``."""
    for other in others:
        if other.name != client.name:
            yield from (overlap for overlap in overlaps(client, other) if overlap.violates)


def trespasses(location: Location, conflicting: Iterable[Overlap]) -> bool:
    """Whether keys at ``location`` may be another client's, too, without anybody having said so."""
    return any(
        overlap.reach and (overlap.second.location.contains(location) or location.contains(overlap.second.location))
        for overlap in conflicting
    )


def places(client: Client) -> tuple[Place, Place]:
    """Return a client's two places."""
    return Place(client.name, "input", client.input), Place(client.name, "output", client.output)


def _kind(one: Place, other: Place, same_account: bool) -> Kind:
    if not same_account:
        return Kind.TWO_ACCOUNTS
    if not _meet(one, other):
        return Kind.SHARED_BUCKET
    if one.role != other.role:
        return Kind.CHAIN
    both = one.location.contains(other.location) and other.location.contains(one.location)
    return Kind.SAME if both else Kind.INSIDE


def _meet(one: Place, other: Place) -> bool:
    return one.location.contains(other.location) or other.location.contains(one.location)
