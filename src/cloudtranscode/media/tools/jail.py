"""The jail: starts a tool with no network but one door, no environment, its own limits, and a life tied to ours.

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
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cloudtranscode.errors import IsolationUnavailable, ToolMissing
from cloudtranscode.media.tools.door import DOOR_PORT
from cloudtranscode.media.tools.limits import Limits

_LOOK = os.WEXITED | os.WNOHANG | os.WNOWAIT
_SHIM = Path(__file__).with_name("jail_shim.py")


class Isolation(StrEnum):
    """Whether a machine that forbids user namespaces may run tools at all."""

    REQUIRE = "require"
    PREFER = "prefer"


@dataclass(frozen=True, slots=True)
class Jailed:
    """A running tool: its process, and the door's listening socket if it was asked for.

    ``warning`` says why it is not isolated, ``exposed`` why files outside the scratch folder are not hidden from it.
    """

    process: subprocess.Popen[bytes]
    door: socket.socket | None
    warning: str | None
    exposed: str | None = None

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
            "limits": needs.limits.by_name(),
            "parent": os.getpid(),
            "port": DOOR_PORT,
            "readable": [str(path) for path in needs.readable],
            "require": self.isolation is Isolation.REQUIRE,
        }
        return subprocess.Popen(  # noqa: S603  # argv is a list that command.py built; nothing goes through a shell
            [self.python, "-I", "-S", str(_SHIM), json.dumps(config), *argv],
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
        jailed = Jail().start(["/bin/true"], Path("/"))
    except IsolationUnavailable as error:
        return error.message
    jailed.close()
    return None


def exposure_problem() -> str | None:
    """Say why tools can read the files of the worker's user on this machine, ``None`` when they cannot."""
    jailed = Jail(Isolation.PREFER).start(["/bin/true"], Path("/"))
    jailed.close()
    return f"Tools can read the worker's files: {jailed.exposed}." if jailed.exposed else None


def _environment(scratch: Path) -> dict[str, str]:
    return {"LC_ALL": "C", "TMPDIR": str(scratch)}


def _settle(process: subprocess.Popen[bytes], control: socket.socket, tool: str) -> Jailed:
    """Wait until the shim has become the tool."""
    message, descriptors, _, _ = socket.recv_fds(control, 4096, 1)
    answer = json.loads(message or b'{"refused": true, "warning": "the shim ended before it reported"}')
    door = socket.socket(fileno=descriptors[0]) if descriptors else None
    jailed = Jailed(process, door, answer["warning"], answer.get("exposed"))
    failure = control.recv(4096).decode(errors="replace")
    if answer["refused"] or failure:
        jailed.close()
    if answer["refused"]:
        raise IsolationUnavailable(f"Tools cannot be isolated on this machine: {jailed.warning}.")
    if failure:
        raise ToolMissing(f"{Path(tool).name} cannot be executed: {failure}.")
    return jailed
