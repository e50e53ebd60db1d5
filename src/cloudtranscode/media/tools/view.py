"""The view: a file system of the tool's own, in which nothing is but its scratch folder and what it needs to run.

An empty tmpfs becomes the root; what :mod:`.sight` names is bound into it, read-only; the rest of the machine's files
are not hidden there: they do not exist. mount_namespaces(7), open_tree(2), mount_setattr(2), pivot_root(2).
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator, Sequence

from cloudtranscode.media.tools import kernel, sight

_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 2, 4, 8, 1 << 14, 1 << 18
_MNT_DETACH = 2
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = -100, 0x1000, 0x8000
_OPEN_TREE_CLONE = 1
_MOVE_MOUNT_F_EMPTY_PATH = 4
_RDONLY, _NOSUID, _NODEV, _NOEXEC = 1, 2, 4, 8
"""MOUNT_ATTR_*"""

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_PLACE = "/proc"
"""Where the new root is built: a folder that every machine has, and that needs no other path while it is hidden."""


def enter(tool: str, folder: str, readable: Sequence[str] = ()) -> str | None:
    """Make the view this process's root, with ``folder`` as its working directory; return why when that fails.

    Needs a mount namespace of its own and CAP_SYS_ADMIN in it. Linux 5.12. Nothing has changed when it fails.
    """
    pivot_root = _PIVOT_ROOT.get(os.uname().machine)
    if pivot_root is None:
        return f"pivot_root is not known for {os.uname().machine}"
    try:
        _build(list(_clones(tool, folder, readable)))
    except OSError as error:
        return str(error.strerror)
    try:
        os.chdir(_PLACE)
        kernel.checked(kernel.call(pivot_root, b".", b"."), "pivot_root")
        kernel.unmount(".", _MNT_DETACH)  # the old root, which pivot_root has put on top of the new one
    except OSError as error:
        kernel.unmount(_PLACE, _MNT_DETACH)
        os.chdir(folder)
        return str(error.strerror)
    os.chdir(folder)
    return None


def _clones(tool: str, folder: str, readable: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Every path to be shown: its name, its real place, and a detached clone of it, -1 where a link is enough."""
    seen: list[str] = []
    libraries = _RDONLY | _NOSUID | _NODEV
    wanted = dict.fromkeys((*sight.readable(readable), *sight.runnable(tool)), libraries)
    wanted |= dict.fromkeys(sight.DEVICES, _RDONLY | _NOSUID | _NOEXEC)
    for path, attributes in sorted(wanted.items(), key=lambda item: os.path.realpath(item[0])):
        real = os.path.realpath(path)
        if any(real == above or real.startswith(f"{above}/") for above in seen):
            yield path, real, -1
        elif os.path.exists(real):  # noqa: PTH110  # no pathlib: see the shim
            seen.append(real)
            yield path, real, _clone(real, attributes)
    yield folder, folder, _clone(folder, _NOSUID | _NODEV | _NOEXEC)


def _clone(path: str, attributes: int) -> int:
    flags = _OPEN_TREE_CLONE | os.O_CLOEXEC | _AT_RECURSIVE
    tree = kernel.checked(kernel.call(kernel.OPEN_TREE, _AT_FDCWD, path.encode(), flags), f"open_tree {path}")
    _set(tree, b"", _AT_EMPTY_PATH | _AT_RECURSIVE, attributes)
    return tree


def _set(place: int, path: bytes, flags: int, attributes: int) -> None:
    change = struct.pack("=QQQQ", attributes, 0, 0, 0)
    kernel.checked(kernel.call(kernel.MOUNT_SETATTR, place, path, flags, change, len(change)), "mount_setattr")


def _build(clones: list[tuple[str, str, int]]) -> None:
    kernel.mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    kernel.mount("tmpfs", _PLACE, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=755,size=1m")
    try:
        for path, real, tree in clones:
            if tree >= 0:
                _put(tree, _PLACE + real)
            if path != real and not os.path.lexists(_PLACE + path):
                os.makedirs(os.path.dirname(_PLACE + path), exist_ok=True)  # noqa: PTH103, PTH120
                os.symlink(real, _PLACE + path)  # noqa: PTH211
        _mount_proc()
        _set(_AT_FDCWD, _PLACE.encode(), 0, _RDONLY)
    except OSError:
        kernel.unmount(_PLACE, _MNT_DETACH)
        raise


def _put(tree: int, target: str) -> None:
    if not os.path.exists(target):  # noqa: PTH110
        folder = target if stat.S_ISDIR(os.fstat(tree).st_mode) else os.path.dirname(target)  # noqa: PTH120
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        if folder != target:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o444))
    moved = kernel.call(kernel.MOVE_MOUNT, tree, b"", _AT_FDCWD, target.encode(), _MOVE_MOUNT_F_EMPTY_PATH)
    kernel.checked(moved, f"move_mount {target}")
    os.close(tree)


def _mount_proc() -> None:
    """Show the tool's own processes, over the facts that were put there; without, where a container forbids it."""
    try:
        kernel.mount("proc", f"{_PLACE}/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    except OSError:
        return
