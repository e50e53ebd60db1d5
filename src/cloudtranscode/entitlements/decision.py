"""What comes out of an evaluation: the effect, and the findings that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """The outcome. ``Unknown``: what was not supplied could change it."""

    ALLOW = "Allow"
    EXPLICIT_DENY = "ExplicitDeny"
    IMPLICIT_DENY = "ImplicitDeny"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One step of the trace; ``policy`` and ``statement`` count from 0 and are ``None`` for a whole layer."""

    layer: str
    how: str
    effect: Effect
    policy: int | None = None
    statement: int | None = None
    sid: str | None = None
    action: str | None = None  # the permission it is about, where a call takes several
    level: int = 0  # within service or resource control

    def __str__(self) -> str:
        about = f"{self.action}: " if self.action else ""
        where = "" if self.statement is None else f" policy {self.policy} statement {self.statement}"
        return f"{about}{self.layer}{where}{f' ({self.sid})' if self.sid else ''}: {self.effect}, {self.how}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, the findings that led to it, and what was not supplied: layers, ``resource_account``."""

    effect: Effect
    trace: tuple[Finding, ...]
    unknown: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request is certainly allowed."""
        return self.effect is Effect.ALLOW
