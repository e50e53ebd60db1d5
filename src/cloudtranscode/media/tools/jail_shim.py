"""The inner side of the jail: a program of its own that isolates itself and then becomes the tool.

Run by :mod:`cloudtranscode.media.tools.jail` with the arguments ``CONFIG TOOL ARGUMENT...``. It uses the standard
library and its neighbours alone, because it starts without site-packages. CONFIG is the JSON of ``Jail._spawn``.

It reports over the control socket, in messages of JSON that the worker puts together, in whatever order they come:
``child`` is the process that the tool will be, where that is not this one; then comes one with the door's listening
socket attached and with ``warning``, why there are no namespaces; ``refused``; ``lacks``, the other walls that are
missing, each with its reason; and ``failure`` when the tool cannot be executed. The socket closes when the tool starts.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import sys
from typing import Any, NoReturn

from cloudtranscode.media.tools import kernel, landlock, seccomp, view

# /usr/include/linux/sched.h, prctl.h, sockios.h, if.h
_CLONE_NEW = {"NS": 0x20000, "UTS": 0x4000000, "IPC": 0x8000000, "USER": 0x10000000, "PID": 0x20000000, "NET": 1 << 30}
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1

_INNER_ID = 65534
"""Who the tool is inside: not 0, so that execve drops the capabilities that creating the namespaces gave."""

_FIRST_VICTIM = "1000"
"""Whom the kernel ends when memory runs out: the tool, and not the worker. proc(5), oom_score_adj."""

_COUNTED_PER_NAMESPACE = (5, 14)
"""The Linux from which on RLIMIT_NPROC counts the tool's own threads, not all of the worker's user."""

_ROOM_TO_RESERVE = 64 << 30
"""Address space beyond the memory: each thread of glibc reserves 64 MiB that it hardly ever uses."""


def main() -> NoReturn:
    """Isolate this process as CONFIG says and execute the tool."""
    config: dict[str, Any] = json.loads(sys.argv[1])
    control = socket.socket(fileno=config["control"])
    control.set_inheritable(False)
    warning = _isolate(control, config["parents"])
    if warning and config["require"]:
        _report(control, {"warning": warning, "refused": True}, [])
        os._exit(1)
    argv = sys.argv[2:]
    doors: list[socket.socket] = []
    if config["door"]:
        doors, argv = _open_door(argv, config["port"], 0 if warning else config["port"])
    lacks = _wall_in(argv[0], config, in_namespaces=not warning)
    _report(control, {"warning": warning, "refused": False, "lacks": lacks}, doors)
    for door in doors:
        door.close()
    _limit(config["limits"], in_namespaces=not warning)
    _become(control, argv, config["environment"])


def _isolate(control: socket.socket, parents: list[int]) -> str | None:
    """Go on in a child within namespaces of its own; return why, in this process, when the kernel refuses.

    The child is the worker's, too: nobody needs this process beside it.
    """
    user, group = os.geteuid(), os.getegid()
    heard, told = os.pipe()
    try:
        child = kernel.fork_into(sum(_CLONE_NEW.values()))
    except OSError as error:
        return f"namespaces are not available ({error})"
    if child == 0:
        os.close(heard)
        _settle(user, group, parents, told)
        return None
    os.close(told)
    _report(control, {"child": child}, [])
    reason = os.read(heard, 500).decode()
    if not reason:
        os._exit(0)
    os.close(heard)
    return f"namespaces are not available ({reason})"


def _settle(user: int, group: int, parents: list[int], told: int) -> None:
    """Make the namespaces habitable, or tell why not and end. This is process 1 there: when it ends, all in it end."""
    try:
        # user_namespaces(7): setgroups must be denied before an unprivileged process may write gid_map.
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{_INNER_ID} {user} 1")
        _write("/proc/self/gid_map", f"{_INNER_ID} {group} 1")
        _raise_loopback()
        os.setsid()
        _die_with(parents)
    except OSError as error:
        os.write(told, str(error).encode()[:500])
        os._exit(1)
    os.close(told)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(handle, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _die_with(parents: list[int]) -> None:
    """Die with the worker. After the namespaces: a change of credentials forgets the death signal. prctl(2).

    ``parents`` are the worker's numbers, its own and that in its ``/proc``.
    """
    kernel.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if (os.getppid() or _outer_parent()) not in parents:  # the worker died before the signal was armed
        os._exit(1)


def _outer_parent() -> int:
    """The parent's number in the namespace that this ``/proc`` belongs to. proc(5), fields 2 to 4."""
    with open("/proc/self/stat") as file:  # noqa: PTH123  # as in _write
        return int(file.read().rpartition(")")[2].split()[1])


def _open_door(argv: list[str], known: int, port: int) -> tuple[list[socket.socket], list[str]]:
    """Listen on ``port``, any free one when it is 0, and let ``argv`` name that one."""
    door = socket.create_server(("127.0.0.1", port))
    actual = door.getsockname()[1]
    return [door], [word.replace(f"//127.0.0.1:{known}/", f"//127.0.0.1:{actual}/") for word in argv]


def _wall_in(tool: str, config: dict[str, Any], *, in_namespaces: bool) -> dict[str, str]:
    """Put up the other walls; return those that cannot be, and why."""
    folder, readable = os.getcwd(), config["readable"]  # noqa: PTH109  # as in _write
    with contextlib.suppress(OSError):
        _write("/proc/self/oom_score_adj", _FIRST_VICTIM)
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    if not in_namespaces:
        _die_with(config["parents"])
    found = {
        "view": view.enter(tool, folder, readable) if in_namespaces else "it needs namespaces",
        "landlock": _hide_files(tool, folder, readable),
        "seccomp": seccomp.restrict(processes=config["limits"]["processes"] > 1),
    }
    return {name: reason for name, reason in found.items() if reason}


def _hide_files(tool: str, folder: str, readable: list[str]) -> str | None:
    try:
        return landlock.hide_files(tool, folder, readable)
    except OSError as error:
        return f"Landlock fails ({error})"


def _limit(limits: dict[str, int], *, in_namespaces: bool) -> None:
    wanted = {
        resource.RLIMIT_DATA: limits["memory_bytes"],
        resource.RLIMIT_AS: limits["memory_bytes"] + _ROOM_TO_RESERVE,
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_CORE: 0,
    }
    if in_namespaces and _kernel_version() >= _COUNTED_PER_NAMESPACE:
        wanted[resource.RLIMIT_NPROC] = limits["threads"]
    for number, value in wanted.items():
        hard = resource.getrlimit(number)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (bound, bound))


def _kernel_version() -> tuple[int, ...]:
    return tuple(int(word) for word in os.uname().release.split("-")[0].split(".")[:2])


def _become(control: socket.socket, argv: list[str], environment: dict[str, str]) -> NoReturn:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it and execve would pass that on
    try:
        os.execve(argv[0], argv, environment)  # noqa: S606  # argv comes from the worker, never from a client
    except OSError as error:
        _report(control, {"failure": str(error.strerror)}, [])
    os._exit(127)


def _report(control: socket.socket, message: dict[str, Any], doors: list[socket.socket]) -> None:
    socket.send_fds(control, [json.dumps(message).encode()], [door.fileno() for door in doors])


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123  # pathlib would add a sixth of the shim's start-up time
        file.write(text)
