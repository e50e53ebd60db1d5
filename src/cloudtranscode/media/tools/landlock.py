"""Landlock: hides every file but a few from this process and what it becomes. landlock(7), <linux/landlock.h>.

Loaded by the shim by its path: the standard library alone.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Sequence

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE, _IOCTL = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
_SCOPES = 0b11
"""Abstract UNIX sockets, and signals."""

_RUN = _READ | _LIST | _EXECUTE
_SEE = _READ | _LIST

_PROGRAMS = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/nix/store")
_FACTS = (
    *("/etc/ld.so.cache", "/dev/urandom", "/dev/random", "/dev/zero"),
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/self", "/sys/devices/system"),
)


def hide_files(tool: str, folder: str, readable: Sequence[str] = ()) -> str | None:
    """Leave the tool with its ``folder``, itself, what is ``readable``, and the system's libraries.

    Return why when the kernel cannot.

    Needs ``PR_SET_NO_NEW_PRIVS`` or CAP_SYS_ADMIN. From ABI 6 on (Linux 6.12), signals and abstract sockets reach
    nobody outside, either. Errors: ``OSError`` when a kernel that has Landlock does not do as it says.
    """
    abi = landlock_version()
    if abi < 1:
        return f"the kernel has no Landlock ({os.strerror(ctypes.get_errno())})"
    everything = _rights(abi)
    ruleset = _create(abi, everything)
    real = os.path.realpath(tool)
    beside = os.path.join(os.path.dirname(os.path.dirname(real)), "lib")  # noqa: PTH118, PTH120  # no pathlib: see the shim
    for path in (real, beside, *_PROGRAMS):
        _allow(ruleset, path, _RUN)
    for path in (*readable, *_FACTS):
        _allow(ruleset, path, _SEE)
    for path in (folder, "/dev/null"):
        _allow(ruleset, path, everything & ~_EXECUTE)
    _checked(_call(_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)
    return None


def landlock_version() -> int:
    """Return the ABI of the kernel's Landlock; less than 1 where there is none."""
    return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)


def _rights(abi: int) -> int:
    """Every right to files that the kernel's version knows."""
    return (1 << (13 if abi == 1 else 14 if abi == 2 else 15 if abi < 5 else 16)) - 1  # noqa: PLR2004  # versions


def _create(abi: int, rights: int) -> int:
    fields = (rights,) if abi < 4 else (rights, 0) if abi < 6 else (rights, 0, _SCOPES)  # noqa: PLR2004  # versions
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    return _checked(_call(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0), "landlock_create_ruleset")


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
        _checked(_call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0), f"landlock_add_rule {path}")
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *arguments))


def _checked(result: int, call: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
    return result
