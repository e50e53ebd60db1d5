"""Plans with their secrets open: only for as long as a step works with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cloudtranscode.media.plan.plan import LadderPackage, Package, Plan
from cloudtranscode.media.studio import AnyPlan


def unlocked(plan: AnyPlan, unlock: Callable[[str], str]) -> AnyPlan:
    """Return ``plan`` with the keys of its ladders opened by ``unlock``."""
    if not isinstance(plan, Plan):
        return plan
    return replace(plan, packages=tuple(_package(package, unlock) for package in plan.packages))


def _package(package: Package, unlock: Callable[[str], str]) -> Package:
    if not isinstance(package, LadderPackage) or package.encryption is None:
        return package
    found = package.encryption
    iv = unlock(found.iv) if found.iv else None
    return replace(package, encryption=replace(found, key=unlock(found.key), iv=iv))
