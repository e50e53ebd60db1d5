"""One process to be run: a tool, its words, and what it needs besides the job's scratch folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cloudtranscode.media.tools.limits import Limits
from cloudtranscode.media.tools.programs import Tool


@dataclass(frozen=True, slots=True)
class Command:
    """One process: ``args`` without the program itself; ``duration_s`` is what its progress is measured against.

    The tool reads and writes the scratch folder, its own program and the system's libraries. ``readable`` names what
    it needs besides, absolute: files, or folders with all that is in them; nothing there can be written. ``limits``
    end a process that takes more than it should.
    """

    tool: Tool
    args: tuple[str, ...]
    duration_s: float | None = None
    readable: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)


def python_command(program: Path, *args: str, readable: tuple[Path, ...] = (), limits: Limits | None = None) -> Command:
    """Run a Python program of ours in the jail: a file, or a folder with a ``__main__.py``.

    It starts with ``args`` in ``sys.argv[1:]``, in the scratch folder, and imports the standard library, what lies in
    its own folder if it is one, and the packages that are installed. Its stdout is the command's output.
    """
    return Command(Tool.PYTHON, (str(program), *args), readable=(program, *readable), limits=limits or Limits())
