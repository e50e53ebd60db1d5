"""What a tool sees of the machine's files, besides its scratch folder: the one list behind all that hides the rest."""

from __future__ import annotations

import os
from collections.abc import Sequence

PROGRAMS = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/nix/store")
"""Libraries and what else programs are made of: read and run."""

FACTS = ("/etc/ld.so.cache", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system")
"""What tells a program where its libraries are and how many threads to start: read."""

DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


def runnable(tool: str) -> tuple[str, ...]:
    """The tool itself, the libraries that came with it, and the system's."""
    real = os.path.realpath(tool)
    beside = os.path.join(os.path.dirname(os.path.dirname(real)), "lib")  # noqa: PTH118, PTH120  # no pathlib: see the shim
    return tool, beside, *PROGRAMS


def readable(more: Sequence[str]) -> tuple[str, ...]:
    """What is read and not run: ``more`` is what the command asked for."""
    return *more, *FACTS
