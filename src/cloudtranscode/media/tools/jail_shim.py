"""The inner side of the jail: a program of its own that isolates itself and then becomes the tool.

Run by :mod:`cloudtranscode.media.tools.jail` as ``python -I -S jail_shim.py CONFIG TOOL ARGUMENT...``. It uses the
standard library alone, because it starts without site-packages. CONFIG is the JSON of ``Jail._spawn``. It reports over
the control socket: one message ``{"warning": null | str, "refused": bool, "exposed": null | str}`` with the door's
listening socket attached, where ``exposed`` says why the worker's files are not hidden; a second message only when the
tool cannot be executed. The socket closes when the tool starts.
"""

from __future__ import annotations

import ctypes
import fcntl
import importlib
import json
import os
import resource
import signal
import socket
import struct
import sys
from typing import Any, NoReturn

# /usr/include/linux/sched.h, prctl.h, sockios.h, if.h
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1

_INNER_ID = 65534
"""Who the tool is inside: not 0, so that execve drops the capabilities that creating the namespaces gave."""


def main() -> NoReturn:
    """Isolate this process as CONFIG says and execute the tool."""
    config: dict[str, Any] = json.loads(sys.argv[1])
    control = socket.socket(fileno=config["control"])
    control.set_inheritable(False)
    warning = _isolate()
    if warning and config["require"]:
        _report(control, {"warning": warning, "refused": True}, [])
        os._exit(1)
    argv = sys.argv[2:]
    doors: list[socket.socket] = []
    if config["door"]:
        door = socket.create_server(("127.0.0.1", 0 if warning else config["port"]))
        argv = [
            word.replace(f"//127.0.0.1:{config['port']}/", f"//127.0.0.1:{door.getsockname()[1]}/") for word in argv
        ]
        doors.append(door)
    _confine(config)
    exposed = _hide_files(argv[0], config["readable"])
    _report(control, {"warning": warning, "refused": False, "exposed": exposed}, doors)
    for door in doors:
        door.close()
    _become(control, argv, config["environment"])


def _isolate() -> str | None:
    """Move into empty user and network namespaces; return why when the kernel refuses."""
    user, group = os.geteuid(), os.getegid()
    try:
        _checked(_libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNET), "unshare")
        # user_namespaces(7): setgroups must be denied before an unprivileged process may write gid_map.
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{_INNER_ID} {user} 1")
        _write("/proc/self/gid_map", f"{_INNER_ID} {group} 1")
        _raise_loopback()
    except OSError as error:
        return f"user and network namespaces are not available ({error})"
    return None


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(handle, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _confine(config: dict[str, Any]) -> None:
    """Set limits, and die with the worker. After unshare: a change of credentials forgets the death signal."""
    for name, value in config["limits"].items():
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (bound, bound))
    _checked(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
    _checked(_libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    if os.getppid() != config["parent"]:  # the worker died before the signal was armed
        os._exit(1)


def _hide_files(tool: str, readable: list[str]) -> str | None:
    """Hide what is not the tool's business; return why when that cannot be done. Last: the shim is hidden, too."""
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  # as in _write
    try:
        reason: str | None = importlib.import_module("landlock").hide_files(tool, ".", readable)
    except OSError as error:
        return f"Landlock fails ({error})"
    return reason


def _become(control: socket.socket, argv: list[str], environment: dict[str, str]) -> NoReturn:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it and execve would pass that on
    try:
        os.execve(argv[0], argv, environment)  # noqa: S606  # argv comes from the worker, never from a client
    except OSError as error:
        control.sendall(str(error.strerror).encode())
    os._exit(127)


def _report(control: socket.socket, message: dict[str, Any], doors: list[socket.socket]) -> None:
    socket.send_fds(control, [json.dumps(message).encode()], [door.fileno() for door in doors])


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, call: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123  # pathlib would add a sixth of the shim's start-up time
        file.write(text)


if __name__ == "__main__":
    main()
