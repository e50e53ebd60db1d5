"""A finding, and the rule that it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_SHOWN = 80
_LONGEST = 600


class Severity(StrEnum):
    """How bad it is: an error fails or opens something, a warning may, an info is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. ``source`` names the document, ``path`` the element in it (``""`` is the whole document)."""

    id: str
    severity: Severity
    source: str
    path: str
    message: str
    remedy: str

    def to_dict(self, *, with_source: bool = False) -> dict[str, str]:
        """Return ``{id, severity, path, message, remedy}``; ``with_source`` writes the path as ``source#path``."""
        return {
            "id": self.id,
            "severity": self.severity.value,
            "path": f"{self.source}#{self.path}" if with_source else self.path,
            "message": self.message,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry of the catalogue. An id never changes its meaning and is never used again for something else."""

    id: str
    severity: Severity
    what: str
    why: str
    remedy: str

    def at(self, source: str, path: str, message: str, remedy: str | None = None) -> Finding:
        """Make a finding of this rule; what documents bring along is made printable and short."""
        return Finding(self.id, self.severity, source, *map(_printable, (path, message, remedy or self.remedy)))


def show(text: str) -> str:
    """Quote a text of a document, shortened; look-alikes of ASCII characters become visible as escapes."""
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f"'{_printable(short)}'"


def _printable(text: str) -> str:
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    visible = "".join(char if char.isprintable() else repr(char)[1:-1] for char in short)
    return visible.encode("ascii", "backslashreplace").decode()
