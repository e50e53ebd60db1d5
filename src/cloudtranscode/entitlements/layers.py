"""Every layer's policies, and which layers have a say about whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from cloudtranscode.entitlements.policy import Policy, Statement
from cloudtranscode.entitlements.principal import PrincipalKind


class Layer(StrEnum):
    """Where a policy is attached."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    BOUNDARY = "boundary"
    SESSION = "session"
    ENDPOINT = "endpoint"
    SCP = "scp"
    RCP = "rcp"


Policies = tuple[Policy, ...]
Levels = tuple[Policies, ...]


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Every layer's policies: ``()`` says that none is attached, ``None`` that the caller does not know (rule 19).

    ``scps`` are those of the principal's organization and ``rcps`` those of the resource owner's, one tuple per level
    (root, units, account): each level has to allow.
    """

    identity: Policies | None = None
    resource: Policies | None = None
    boundary: Policies | None = None
    session: Policies | None = None
    endpoint: Policies | None = None
    scps: Levels | None = None
    rcps: Levels | None = None

    @classmethod
    def closed(
        cls,
        *,
        identity: Policies = (),
        resource: Policy | None = None,
        boundary: Policy | None = None,
        session: Policies = (),
    ) -> PolicySet:
        """Return a world where what is not given is known not to exist."""
        return cls(identity, _one(resource), _one(boundary), session, (), (), ())

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys, in lower case, that the outcome depends on."""
        return frozenset(key for one in self.attached for key in one.statement.keys)

    @property
    def layers(self) -> dict[Layer, Levels | None]:
        """Every layer as a tuple of levels that all have to allow."""
        return {
            Layer.RCP: self.rcps,
            Layer.ENDPOINT: _level(self.endpoint),
            Layer.RESOURCE: _level(self.resource),
            Layer.SCP: self.scps,
            Layer.IDENTITY: _level(self.identity),
            Layer.BOUNDARY: _level(self.boundary),
            Layer.SESSION: _level(self.session),
        }

    def about(self, kind: PrincipalKind) -> dict[Layer, Levels | None]:
        """Return the layers that have a say about such a principal."""
        return {layer: levels for layer, levels in self.layers.items() if layer not in _SILENT.get(kind, ())}

    @property
    def attached(self) -> Iterator[Attached]:
        """Every statement of every layer."""
        for layer, levels in self.layers.items():
            for level, policies in enumerate(levels or ()):
                for number, policy in enumerate(policies):
                    for index, statement in enumerate(policy.statements):
                        yield Attached(layer, level, number, index, statement)


@dataclass(frozen=True, slots=True)
class Attached:
    """A statement and where it is; all count from 0, ``level`` within service or resource control."""

    layer: Layer
    level: int
    policy: int
    index: int
    statement: Statement


_OF_IDENTITY = frozenset({Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION})
_SILENT = {PrincipalKind.ANONYMOUS: _OF_IDENTITY | {Layer.SCP}, PrincipalKind.ROOT: _OF_IDENTITY}


def _one(policy: Policy | None) -> Policies:
    return () if policy is None else (policy,)


def _level(attached: Policies | None) -> Levels | None:
    return None if attached is None else (attached,) if attached else ()
