"""A cause of refusals: its stable id, who must act, how often it is met, what it says and what mends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cloudtranscode.entitlements.explain.evidence import Access, Evidence
from cloudtranscode.errors import Side

_EVERY = frozenset(Access)
READS = frozenset({Access.READ})
WRITES = frozenset({Access.WRITE, Access.CLIENT_READ})


class Family(StrEnum):
    """Where a cause lies; the value is the heading in docs/causes.md."""

    GRANT = "The bucket's policy grants too little"
    DENIAL = "The bucket's policy denies"
    SETTING = "The bucket and its objects"
    STACK = "The stack's side"
    HIDDEN = "Policies that neither side sees from its own account"
    REQUEST = "Not a question of permission"


@dataclass(frozen=True, slots=True)
class Cause:
    """One way to be refused. ``prior`` is how often it is met, relative to the others, before anything is known.

    ``what`` and ``remedy`` name ``{principal}``, ``{action}``, ``{where}``, ``{bucket}`` and ``{client}``. ``of`` holds
    the kinds of access that it can refuse; ``across``: it exists between two accounts only.
    """

    id: str
    family: Family
    side: Side
    prior: float
    what: str
    remedy: str
    of: frozenset[Access] = _EVERY
    across: bool = False

    def possible(self, evidence: Evidence) -> bool:
        """Whether this kind of request between these accounts can meet the cause at all."""
        if self.id == "role-trust":
            return evidence.order.role is not None
        return evidence.access in self.of and not (self.across and evidence.order.same_account)


def names(evidence: Evidence) -> Mapping[str, str]:
    """Return what the texts of a cause are filled in with."""
    return {
        "principal": evidence.order.principal,
        "action": evidence.access.action,
        "where": evidence.target.uri,
        "bucket": evidence.target.bucket,
        "client": evidence.order.client,
    }


# How the texts read where no particular request is spoken of.
ANYBODY: Mapping[str, str] = {
    "principal": "STACK",
    "action": "ACTION",
    "where": "s3://BUCKET/KEY",
    "bucket": "BUCKET",
    "client": "CLIENT",
}
