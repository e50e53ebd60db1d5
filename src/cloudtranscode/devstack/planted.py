"""What governs access on AWS and is nowhere in moto: organizations, a VPC endpoint, keys' policies, who pays.

Whoever runs the devstack plants it; nothing is planted to begin with.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cloudtranscode.entitlements.policy import Policy

Policies = tuple[Policy, ...]


@dataclass
class Planted:
    """``scps`` bind principals of the account that they are listed under, ``rcps`` the buckets of theirs.

    ``endpoint`` is the policy of the VPC endpoint that all requests come through, ``keys`` maps the ARNs of KMS keys to
    their policies, ``requester_pays`` holds names of buckets.
    """

    scps: dict[str, list[str]] = field(default_factory=dict)
    rcps: dict[str, list[str]] = field(default_factory=dict)
    endpoint: list[str] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    requester_pays: set[str] = field(default_factory=set)

    def clear(self) -> None:
        """Take everything away."""
        for kept in (self.scps, self.rcps, self.endpoint, self.keys, self.requester_pays):
            kept.clear()

    def scps_of(self, account: str | None) -> tuple[Policies, ...]:
        """The service control policies over an account, each a level of its own."""
        return _levels(self.scps.get(account or "", []))

    def rcps_of(self, account: str) -> tuple[Policies, ...]:
        """The resource control policies over the buckets of an account."""
        return _levels(self.rcps.get(account, []))

    @property
    def endpoint_policies(self) -> Policies:
        """The policies of the VPC endpoint, parsed."""
        return tuple(map(Policy.parse, self.endpoint))


def _levels(texts: list[str]) -> tuple[Policies, ...]:
    return tuple((Policy.parse(text),) for text in texts)
