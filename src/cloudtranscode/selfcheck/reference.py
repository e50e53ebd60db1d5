"""AWS's service authorization reference as data that a page can carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cloudtranscode.entitlements.lint.reference import ActionFacts, Reference


def export(reference: Reference, services: Iterable[str]) -> dict[str, Any]:
    """Return what ``reference`` knows of ``services`` as JSON data; sets that occur often are written once."""
    sets: dict[tuple[str, ...], int] = {}

    def number(texts: Iterable[str]) -> int:
        return sets.setdefault(tuple(sorted(texts)), len(sets))

    exported = {
        service: {
            "keys": number(reference.condition_keys(service) or ()),
            "actions": [
                [facts.name, number(facts.levels), number(facts.resource_types), number(facts.condition_keys)]
                for facts in (reference.actions(service) or {}).values()
            ],
        }
        for service in sorted(services)
    }
    return {"sets": [list(texts) for texts in sets], "services": exported}


class CarriedReference:
    """The linter's reference from what :func:`export` returned."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._sets = [frozenset(texts) for texts in data["sets"]]
        self._services: Mapping[str, Any] = data["services"]
        self._actions: dict[str, Mapping[str, ActionFacts]] = {}

    def actions(self, service: str) -> Mapping[str, ActionFacts] | None:
        """Return the actions of a service by lower-case name, ``None`` for one that does not exist."""
        if service not in self._services:
            return None
        if service not in self._actions:
            self._actions[service] = {name.lower(): self._facts(name, *sets) for name, *sets in self._written(service)}
        return self._actions[service]

    def condition_keys(self, service: str) -> frozenset[str] | None:
        """Return the condition keys of a service in lower case, ``None`` for one that does not exist."""
        return self._sets[self._services[service]["keys"]] if service in self._services else None

    def _written(self, service: str) -> Iterable[Any]:
        written: Iterable[Any] = self._services[service]["actions"]
        return written

    def _facts(self, name: str, levels: int, types: int, keys: int) -> ActionFacts:
        return ActionFacts(name, self._sets[levels], self._sets[types], self._sets[keys])
