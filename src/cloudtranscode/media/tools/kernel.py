"""Calls of the kernel that Python has no function for. syscalls(2); the standard library alone: the shim uses it."""

from __future__ import annotations

import ctypes
import os
import struct

# Numbers from 424 on are the same on every architecture: <asm-generic/unistd.h>.
OPEN_TREE, MOVE_MOUNT, CLONE3, MOUNT_SETATTR = 428, 429, 435, 442
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446


_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE_PARENT = 0x8000


def fork_into(namespaces: int) -> int:
    """Fork, the child in new ``namespaces`` (CLONE_NEW*) and a child of this process's parent; as fork(2) returns.

    Errors: ``OSError``. By clone(2) where its number is known: containers' filters leave out the newer clone3.
    """
    flags, number = _CLONE_PARENT | namespaces, _CLONE.get(os.uname().machine)
    if number is not None:
        return checked(call(number, flags, 0, 0, 0, 0), "clone")
    arguments = struct.pack("=8Q", flags, *[0] * 7)
    return checked(call(CLONE3, arguments, len(arguments)), "clone3")


def call(number: int, *arguments: int | bytes | None) -> int:
    """Make the system call ``number``: its result, or -1 with the reason in ``ctypes.get_errno()``."""
    words = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return int(_libc().syscall(ctypes.c_long(number), *words))


def checked(result: int, name: str) -> int:
    """Return what a call returned. Errors: ``OSError`` that names the call, when it failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, *arguments: int) -> None:
    """Set something of this process; the words are those of the manual page."""
    words = [ctypes.c_ulong(item) for item in (*arguments, 0, 0, 0, 0)[:4]]
    checked(_libc().prctl(option, *words), f"prctl {option}")


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Attach a file system, or change how one is attached; the words are those of the manual page."""
    words = [None if item is None else item.encode() for item in (source, target, kind, options)]
    checked(_libc().mount(*words[:3], ctypes.c_ulong(flags), words[3]), f"mount {target}")


def unmount(target: str, flags: int) -> None:
    """Detach a file system; the words are those of the manual page."""
    checked(_libc().umount2(target.encode(), flags), f"umount {target}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
