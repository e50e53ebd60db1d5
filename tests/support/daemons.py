"""Real servers as children of a test run: start, wait until ready, show the log when they fail, stop."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

_LOG_TAIL = 4000


class DaemonFailed(Exception):
    """A server ended or did not become ready; the message carries the end of its logs."""


def require_programs(purpose: str, programs: Iterable[str], path: str | None = None) -> None:
    """Skip the test when a program is missing on a developer's machine; fail it in CI, where nothing may be skipped."""
    missing = [name for name in programs if shutil.which(name, path=path) is None]
    if not missing:
        return
    reason = f"{purpose} is NOT tested here, missing: {', '.join(missing)}. Run scripts/install-test-servers.sh."
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


class Daemon:
    """One child process in a session of its own, writing to ``log``; it dies with the test run, however that ends.

    Start it from the main thread: to the kernel, the parent that a child outlives is the thread that started it.
    """

    def __init__(self, argv: Sequence[str], log: Path) -> None:
        self.log = log
        self.name = Path(argv[0]).name
        # The kernel kills the child when this process is gone: a killed test run leaves no server behind.
        command = ["setpriv", "--pdeathsig", "KILL", *argv]
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self, sign: signal.Signals = signal.SIGKILL, patience: float = 10) -> None:
        """Send ``sign`` to the process and its children; after ``patience`` seconds, SIGKILL."""
        if self.alive():
            os.killpg(self._process.pid, sign)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def log_tail(self) -> str:
        return f"--- {self.log} ---\n{self.log.read_text(errors='replace')[-_LOG_TAIL:]}"


def wait_until(ready: Callable[[], bool], daemons: Sequence[Daemon], seconds: float = 60) -> None:
    """Poll ``ready``; raise :class:`DaemonFailed` when a daemon has ended or ``seconds`` have passed."""
    deadline = time.monotonic() + seconds
    while not ready():
        ended = [daemon.name for daemon in daemons if not daemon.alive()]
        if ended or time.monotonic() > deadline:
            what = f"ended: {', '.join(ended)}" if ended else f"not ready after {seconds:.0f} s"
            raise DaemonFailed("\n".join([what, *(daemon.log_tail() for daemon in daemons)]))
        time.sleep(0.05)
