"""The jail: starts a tool with no network but one door, files of its own, limits, and a life tied to ours.

Inside, the tool finds one HTTP server at ``127.0.0.1:8080``: the *door*, a listening socket that was bound in the
tool's empty network namespace and handed to the worker, which alone can accept on it. See :mod:`.jail_shim` for the
inner side, and user_namespaces(7), network_namespaces(7).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from cloudtranscode.errors import IsolationUnavailable, ToolMissing
from cloudtranscode.media.tools.door import DOOR_PORT
from cloudtranscode.media.tools.limits import Limits

_LOOK = os.WEXITED | os.WNOHANG | os.WNOWAIT
_SHIM = (
    "import sys; sys.path.append(sys.argv.pop(1)); from cloudtranscode.media.tools import jail_shim; jail_shim.main()"
)
_MODULES = str(Path(__file__).parents[3])


class Isolation(StrEnum):
    """Whether a machine that forbids user namespaces may run tools at all."""

    REQUIRE = "require"
    PREFER = "prefer"


@dataclass(frozen=True, slots=True)
class Jailed:
    """A running tool: its process, and the door's listening socket if it was asked for.

    ``warning`` says why it has no namespaces; ``lacks`` names the other walls that are missing, with the reason:
    ``view``, ``landlock``, ``seccomp``.
    """

    process: subprocess.Popen[bytes]
    door: socket.socket | None
    warning: str | None
    lacks: Mapping[str, str] = field(default_factory=dict)

    @property
    def exposed(self) -> str | None:
        """Why files outside the scratch folder are not hidden from it, if they are not: one wall does."""
        return "; ".join(self.lacks.values()) if {"view", "landlock"} <= self.lacks.keys() else None

    def ended(self, within_s: float) -> bool:
        """Whether the tool ends in time. It is not reaped, so that its number stays its group's until :meth:`kill`."""
        deadline, pause_s = time.monotonic() + within_s, 0.001
        while self.process.returncode is None and not os.waitid(os.P_PID, self.process.pid, _LOOK):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            pause_s = min(2 * pause_s, 0.05, left_s)
            time.sleep(pause_s)
        return True

    def kill(self) -> None:
        """End the tool and its whole process group, at once, and reap it; harmless when that is done."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def moved(self) -> int:
        """The bytes that the tool has read and written, sockets apart; 0 where the kernel does not count. proc(5)."""
        try:
            counts = dict(line.split(": ") for line in Path(f"/proc/{self.process.pid}/io").read_text().splitlines())
            return int(counts["rchar"]) + int(counts["wchar"])
        except (OSError, KeyError, ValueError):
            return 0

    def close(self) -> None:
        """Kill, reap, and close the pipes and the door."""
        self.kill()
        for stream in (self.process.stdout, self.process.stderr, self.door):
            if stream is not None:
                stream.close()


@dataclass(frozen=True, slots=True)
class Needs:
    """What a process gets besides its folder: the ``door``, ``readable`` files and folders, and its ``limits``."""

    door: bool = False
    readable: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)


_NOTHING = Needs()


@dataclass(frozen=True, slots=True)
class Jail:
    """How tools are started on this machine."""

    isolation: Isolation = Isolation.REQUIRE
    python: str = sys.executable

    def start(self, argv: list[str], scratch: Path, needs: Needs = _NOTHING) -> Jailed:
        """Start ``argv`` (its first word an absolute path) in the folder ``scratch``, stdout and stderr piped.

        The calling thread must outlive the tool: the kernel sends the death signal when that thread ends.
        Errors: :class:`IsolationUnavailable`, :class:`ToolMissing`.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # keeps the two messages apart
        with ours:
            with theirs:
                process = self._spawn(argv, scratch, theirs.fileno(), needs)
            try:
                return _settle(process, ours, argv[0])
            except BaseException:
                Jailed(process, None, None).close()
                raise

    def _spawn(self, argv: list[str], scratch: Path, control: int, needs: Needs) -> subprocess.Popen[bytes]:
        config = {
            "control": control,
            "door": needs.door,
            "environment": _environment(scratch),
            "limits": needs.limits.to_dict(),
            "parents": [os.getpid(), _seen_as()],
            "port": DOOR_PORT,
            "readable": [str(path) for path in needs.readable],
            "require": self.isolation is Isolation.REQUIRE,
        }
        return subprocess.Popen(  # noqa: S603  # argv is a list that command.py built; nothing goes through a shell
            [self.python, "-I", "-S", "-c", _SHIM, _MODULES, json.dumps(config), *argv],
            cwd=scratch,
            env=_environment(scratch),
            pass_fds=(control,),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


def isolation_problem() -> str | None:
    """Say why tools cannot be isolated on this machine, ``None`` when they can."""
    try:
        _try(Isolation.REQUIRE)
    except IsolationUnavailable as error:
        return error.message
    return None


def exposure_problem() -> str | None:
    """Say why tools can read the files of the worker's user on this machine, ``None`` when they cannot."""
    exposed = _try(Isolation.PREFER).exposed
    return f"Tools can read the worker's files: {exposed}." if exposed else None


def missing_walls() -> Mapping[str, str]:
    """Which walls besides the namespaces this machine lacks, and why: ``view``, ``landlock``, ``seccomp``."""
    return _try(Isolation.PREFER).lacks


def _try(isolation: Isolation) -> Jailed:
    """Jail a program that does nothing."""
    with tempfile.TemporaryDirectory() as folder:
        jailed = Jail(isolation).start(["/bin/true"], Path(folder))
        jailed.close()
    return jailed


def _seen_as() -> int:
    """This process's number in ``/proc``, which may be that of another PID namespace. proc(5), /proc/self."""
    try:
        return int(Path("/proc/self").readlink().name)
    except (OSError, ValueError):
        return os.getpid()


def _environment(scratch: Path) -> dict[str, str]:
    return {"LC_ALL": "C", "TMPDIR": str(scratch)}


def _settle(process: subprocess.Popen[bytes], control: socket.socket, tool: str) -> Jailed:
    """Wait until the shim has become the tool."""
    answer, doors = _hear(control)
    child = answer.get("child")
    if child and answer.get("warning"):
        os.waitpid(child, 0)  # it could not live in the namespaces: the first process went on
    elif child:
        process.wait()
        process.pid, process.returncode = child, None
    jailed = Jailed(process, doors[0] if doors else None, answer.get("warning"), answer.get("lacks", {}))
    if "refused" not in answer:
        answer |= {"refused": True, "warning": "the shim ended before it reported"}
    if answer["refused"] or "failure" in answer:
        jailed.close()
    if answer["refused"]:
        raise IsolationUnavailable(f"Tools cannot be isolated on this machine: {answer['warning']}.")
    if "failure" in answer:
        raise ToolMissing(f"{Path(tool).name} cannot be executed: {answer['failure']}.")
    return jailed


def _hear(control: socket.socket) -> tuple[dict[str, Any], list[socket.socket]]:
    """What the shim reports until it is the tool, and the door."""
    answer: dict[str, Any] = {}
    doors: list[socket.socket] = []
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
        doors += [socket.socket(fileno=descriptor) for descriptor in descriptors]
        if not message:
            return answer, doors
        answer |= json.loads(message)
