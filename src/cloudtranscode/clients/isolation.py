"""Whether the jobs of one client can reach the locations of another: of every pair, by the rules and by evaluation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cloudtranscode.clients.client import Client
from cloudtranscode.clients.overlap import Overlap, overlaps, own_overlap
from cloudtranscode.entitlements.bucket import is_account_id
from cloudtranscode.entitlements.isolation import Session, Witness
from cloudtranscode.entitlements.narrow import MAX_CHARACTERS, Bounds, client_policies
from cloudtranscode.errors import InvalidLocation


class Verdict(StrEnum):
    """What is true of a pair: nothing in common; something that the admin has stated; something that nobody has.

    ``unlimited``: no session policy fits the one that reaches, so that nothing shows that it cannot.
    """

    ISOLATED = "isolated"
    SHARED = "shared"
    OVERLAP = "OVERLAP"
    UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Pair:
    """What jobs of ``by`` can reach of ``on``: where locations meet, and what a session of ``by`` may do there.

    ``limited``: whether ``by`` can have a session that is limited to its own.
    """

    by: str
    on: str
    overlaps: tuple[Overlap, ...] = ()
    reach: tuple[Witness, ...] = ()
    limited: bool = True

    @property
    def verdict(self) -> Verdict:
        """The rules decide where locations meet; a session that reaches beyond its client's own is wrong in itself."""
        if any(overlap.violates for overlap in self.overlaps) or any(witness.beyond for witness in self.reach):
            return Verdict.OVERLAP
        if not self.limited:
            return Verdict.UNLIMITED
        return Verdict.SHARED if self.overlaps else Verdict.ISOLATED

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        found = {"overlaps": [one.to_dict() for one in self.overlaps], "reach": [one.to_dict() for one in self.reach]}
        return {"by": self.by, "on": self.on, "verdict": self.verdict.value, **found}


@dataclass(frozen=True, slots=True)
class Audit:
    """Every ordered pair of clients; ``own`` is where a client meets itself, ``powerless`` have no session that works.

    Jobs of ``unproven`` clients are refused.
    """

    clients: tuple[Client, ...]
    pairs: tuple[Pair, ...]
    own: tuple[Overlap, ...]
    powerless: tuple[str, ...]

    @property
    def violations(self) -> tuple[Pair, ...]:
        """The pairs that are neither isolated nor stated to share."""
        return tuple(pair for pair in self.pairs if pair.verdict in {Verdict.OVERLAP, Verdict.UNLIMITED})

    @property
    def unproven(self) -> tuple[str, ...]:
        """The clients whose control of their buckets is not proven."""
        return tuple(client.name for client in self.clients if not client.proven)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "ok": not self.violations,
            "clients": [client.to_dict() | {"proven": client.proven} for client in self.clients],
            "pairs": [pair.to_dict() for pair in self.pairs],
            "own": [overlap.to_dict() for overlap in self.own],
            "powerless": list(self.powerless),
        }


def check_limited(client: Client) -> None:
    """Errors: :class:`InvalidLocation` when the client's jobs could have no session that is limited to its own."""
    if not client_policies(_bounds(client)):
        raise InvalidLocation(
            f"The locations of {client.name} do not fit the {MAX_CHARACTERS:,} characters of a session policy.",
            remedy="Choose shorter prefixes; each letter beyond ASCII takes six characters.",
        )


def audit(clients: Sequence[Client]) -> Audit:
    """Compare every two clients. Where they share no bucket, two requests stand for all others."""
    bounds = {client.name: _bounds(client) for client in clients}
    sessions = {name: Session(own) for name, own in bounds.items()}
    near = _neighbours(clients)
    pairs = tuple(
        _pair(one, other, sessions[one.name], bounds[other.name], near=other.name in near[one.name])
        for one in clients
        for other in clients
        if one is not other
    )
    own = tuple(overlap for client in clients if (overlap := own_overlap(client)))
    return Audit(tuple(clients), pairs, own, tuple(name for name, session in sessions.items() if not session.works()))


def _bounds(client: Client) -> Bounds:
    """What a session of the client's may not go beyond; only AWS reads ``${*}`` as a star."""
    return Bounds(client.input, client.output, client.terms.kms_keys, variables=is_account_id(client.account))


def _pair(one: Client, other: Client, session: Session, bounds: Bounds, *, near: bool) -> Pair:
    if not session.exists:
        return Pair(one.name, other.name, overlaps(one, other) if near else (), limited=False)
    if not near:
        return Pair(one.name, other.name, reach=session.glance(bounds))
    return Pair(one.name, other.name, overlaps(one, other), session.reach(bounds))


def _neighbours(clients: Sequence[Client]) -> dict[str, set[str]]:
    """For each client the others that have a location in one of its buckets."""
    tenants: dict[str, set[str]] = defaultdict(set)
    for client in clients:
        for location in (client.input, client.output):
            tenants[location.bucket].add(client.name)
    return {
        client.name: tenants[client.input.bucket].union(tenants[client.output.bucket]) - {client.name}
        for client in clients
    }
