"""One process to be run: a tool and its words."""

from __future__ import annotations

from dataclasses import dataclass

from cloudtranscode.media.tools.programs import Tool


@dataclass(frozen=True, slots=True)
class Command:
    """One process: ``args`` without the program itself; ``duration_s`` is what its progress is measured against."""

    tool: Tool
    args: tuple[str, ...]
    duration_s: float | None = None
