"""Landlock: hides every file but a few from this process and what it becomes. landlock(7), <linux/landlock.h>."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Sequence

from cloudtranscode.media.tools import kernel, sight

_VERSION_FLAG = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE, _IOCTL = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
_SCOPES = 0b11
"""Abstract UNIX sockets, and signals."""

_RUN = _READ | _LIST | _EXECUTE
_SEE = _READ | _LIST


def hide_files(tool: str, folder: str, readable: Sequence[str] = ()) -> str | None:
    """Leave the tool with its ``folder`` and with what :mod:`.sight` says; return why when the kernel cannot.

    Needs ``PR_SET_NO_NEW_PRIVS`` or CAP_SYS_ADMIN. From ABI 6 on (Linux 6.12), signals and abstract sockets reach
    nobody outside, either. Errors: ``OSError`` when a kernel that has Landlock does not do as it says.
    """
    abi = landlock_version()
    if abi < 1:
        return f"the kernel has no Landlock ({os.strerror(ctypes.get_errno())})"
    everything = _rights(abi)
    ruleset = _create(abi, everything)
    for path in sight.runnable(tool):
        _allow(ruleset, path, _RUN)
    for path in (*sight.readable(readable), *sight.DEVICES, "/proc/self"):
        _allow(ruleset, path, _SEE)
    for path in (folder, "/dev/null"):
        _allow(ruleset, path, everything & ~_EXECUTE)
    kernel.checked(kernel.call(kernel.LANDLOCK_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)
    return None


def landlock_version() -> int:
    """Return the ABI of the kernel's Landlock; less than 1 where there is none."""
    return kernel.call(kernel.LANDLOCK_CREATE_RULESET, None, 0, _VERSION_FLAG)


def _rights(abi: int) -> int:
    """Every right to files that the kernel's version knows."""
    return (1 << (13 if abi == 1 else 14 if abi == 2 else 15 if abi < 5 else 16)) - 1  # noqa: PLR2004  # versions


def _create(abi: int, rights: int) -> int:
    fields = (rights,) if abi < 4 else (rights, 0) if abi < 6 else (rights, 0, _SCOPES)  # noqa: PLR2004  # versions
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    made = kernel.call(kernel.LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    return kernel.checked(made, "landlock_create_ruleset")


def _allow(ruleset: int, path: str, rights: int) -> None:
    """Allow ``rights`` at and below ``path``, where there is such a path."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, place)
        added = kernel.call(kernel.LANDLOCK_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
        kernel.checked(added, f"landlock_add_rule {path}")
    finally:
        os.close(place)
