"""What the linter asks of AWS's service authorization reference; where the answers come from is the caller's matter.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """One action: its name as AWS writes it, access levels, resource types, condition keys in lower case.

    Without ``resource_types`` it applies to no resource that a policy could name but ``*``.
    """

    name: str
    levels: frozenset[str] = frozenset()
    resource_types: frozenset[str] = frozenset()
    condition_keys: frozenset[str] = frozenset()


class Reference(Protocol):
    """The reference as a port; services are named by their prefix in lower case (``s3``)."""

    def actions(self, service: str) -> Mapping[str, ActionFacts] | None:
        """Return the actions by lower-case name (``getobject``), ``None`` for a service that does not exist."""

    def condition_keys(self, service: str) -> frozenset[str] | None:
        """Return the condition keys in lower case; ``None`` for a service that does not exist.

        A key with a variable part ends in it: ``s3:existingobjecttag/<key>``, ``aws:resourcetag/${tagkey}``.
        """
