"""Whether the sessions of one client's jobs reach another client's locations: decided on their widest policy.

Everything else is taken to allow (the role's own policies, every bucket's policy), so that the session alone decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cloudtranscode.entitlements.compiled import CompiledPolicies, compile_policies
from cloudtranscode.entitlements.decision import Effect
from cloudtranscode.entitlements.layers import PolicySet
from cloudtranscode.entitlements.narrow import Bounds, client_policies
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.principal import Principal
from cloudtranscode.entitlements.request import Request
from cloudtranscode.location import S3Location

READ, WRITE = "s3:GetObject", "s3:PutObject"
_ON_OBJECTS = (READ, "s3:GetObjectVersion", WRITE, "s3:PutObjectAcl", "s3:AbortMultipartUpload", "s3:DeleteObject")
_ON_BUCKETS = ("s3:ListBucket", "s3:ListBucketMultipartUploads")
_NAME = "cloudtranscode-witness"


@dataclass(frozen=True, slots=True)
class Witness:
    """One request that shows something: what it asks for, and how it was decided.

    ``beyond``: it asks for what is none of the session's own client's.
    """

    action: str
    resource: str
    effect: Effect
    beyond: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"action": self.action, "resource": self.resource, "effect": self.effect.value, "beyond": self.beyond}


class Session:
    """The widest session that jobs within ``bounds`` get: that of the whole client."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        texts = client_policies(bounds)
        self._role = Principal.from_arn(f"arn:{bounds.partition}:iam::000000000000:role/stack")
        self._policies: CompiledPolicies | None = _within(texts[0], self._role) if texts else None

    @property
    def exists(self) -> bool:
        """Whether STS takes the policy; prefixes of many hundred letters make it too long."""
        return self._policies is not None

    def works(self) -> bool:
        """Whether it allows the client's own work: what refuses everything would prove nothing."""
        own = self.bounds
        return all(
            witness.effect is Effect.ALLOW
            for witness in (self._ask(READ, own.input.child(_NAME)), self._ask(WRITE, own.output.child(_NAME)))
        )

    def glance(self, other: Bounds) -> tuple[Witness, ...]:
        """Return what it may read or write of a client with whom no bucket is shared: one object of each location."""
        asked = (self._ask(READ, other.input.child(_NAME)), self._ask(WRITE, other.output.child(_NAME)))
        return tuple(witness for witness in asked if witness.effect not in _REFUSED)

    def reach(self, other: Bounds) -> tuple[Witness, ...]:
        """Return everything that it may do at the other's locations, or that is not known to be refused."""
        return tuple(witness for witness in self._all(other) if witness.effect not in _REFUSED)

    def _all(self, other: Bounds) -> Iterator[Witness]:
        for place in dict.fromkeys((other.input, other.output)):
            inner = [own for own in (self.bounds.input, self.bounds.output) if place.contains(own)]
            for where in dict.fromkeys((place, *inner)):
                for action in _ON_OBJECTS:
                    yield self._ask(action, where.child(_NAME))
                for action in _ON_BUCKETS:
                    yield self._ask(action, S3Location(where.bucket), prefix=where.child(_NAME).key)

    def _ask(self, action: str, place: S3Location, prefix: str | None = None) -> Witness:
        resource = place.arn(self.bounds.partition)
        effect, context = Effect.UNKNOWN, {} if prefix is None else {"s3:prefix": (prefix,)}
        if self._policies is not None:
            effect = self._policies.decide(Request(self._role, action, resource, _OWNER, context)).effect
        own = (self.bounds.input, self.bounds.output)
        within = any(home.contains(place) if place.key else home.bucket == place.bucket for home in own)
        return Witness(action, resource, effect, beyond=not within)


_OWNER = "999999999999"  # across accounts the session's limits always count (rule 5)
_REFUSED = frozenset({Effect.IMPLICIT_DENY, Effect.EXPLICIT_DENY})


def _within(text: str, role: Principal) -> CompiledPolicies:
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    everybody = Policy.parse({"Statement": anything | {"Principal": {"AWS": role.arn}}})
    limited = PolicySet.closed(
        identity=(Policy.parse({"Statement": anything}),), resource=everybody, session=(Policy.parse(text),)
    )
    return compile_policies(limited)
