"""One promise and what was found; the rooms' checks yield them, :func:`passed` decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cloudtranscode.errors import CheckFailed


@dataclass(frozen=True, slots=True)
class Check:
    """One promise and what was found."""

    output_id: str
    name: str
    ok: bool
    expected: str
    found: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


def passed(checks: Sequence[Check]) -> list[Check]:
    """Return the checks, or raise :class:`CheckFailed` naming those that failed."""
    failed = [f"{item.output_id}: {item.name} is {item.found}, not {item.expected}" for item in checks if not item.ok]
    if failed:
        raise CheckFailed(f"An output is not what was promised: {'; '.join(failed[:3])}.")
    return list(checks)


@dataclass(frozen=True, slots=True)
class Judge:
    """Writes the checks of one output; ``prefix`` names the part of it that is looked at."""

    output_id: str
    prefix: str = ""

    def of(self, part: str) -> Judge:
        """The judge of a part of the output."""
        return Judge(self.output_id, f"{part} ")

    def equal(self, name: str, expected: object, found: object) -> Check:
        """Promise a value."""
        return Check(self.output_id, self.prefix + name, expected == found, str(expected), str(found))

    def near(self, name: str, expected: float, found: float, tolerance: float) -> Check:
        """Promise a number up to ``tolerance``."""
        ok = abs(expected - found) <= tolerance + 1e-6
        return Check(self.output_id, self.prefix + name, ok, f"{expected:.3f}±{tolerance:.3f}", f"{found:.3f}")

    def at_least(self, name: str, least: float, found: float) -> Check:
        """Promise a number that is not below ``least``."""
        ok = found >= least - 1e-6
        return Check(self.output_id, self.prefix + name, ok, f"at least {least:.0f}", f"{found:.0f}")
