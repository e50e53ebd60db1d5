"""A real browser looking at a file of this machine, driven over the DevTools protocol by two pipes."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.chromium import NAMES, SWITCHES
from support.daemons import DaemonFailed, require_programs

# The browser reads from descriptor 3 and writes to 4; the pipes may have these very numbers, in the wrong order.
_LAUNCH = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
os.dup2(pipes[0], 3)
os.dup2(pipes[1], 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Tab:
    """One tab, and every request that it or a worker of it makes; ``refused`` are those that the page's CSP stopped."""

    def __init__(self, to_browser: int, from_browser: int, log: Path) -> None:
        self._write, self._read, self._log = to_browser, from_browser, log
        self._numbers = itertools.count(1)
        self._pending = b""
        self._session: str | None = None
        self._target: str | None = None
        self._urls: dict[str, str] = {}
        self.refused: set[str] = set()
        self.loaded = 0

    @property
    def requests(self) -> list[str]:
        """The URLs that were asked for, in order, whether anybody answered or not."""
        return [url for url in self._urls.values() if url not in self.refused]

    def open(self, url: str, seconds: float = 60) -> None:
        """Load a page in a new tab instead of the one before, and wait until it has loaded."""
        if self._target:
            self._session = None
            self.call("Target.closeTarget", targetId=self._target)
        self._target = target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")
        self.call("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
        self._urls.clear()
        self.refused.clear()
        loaded = self.loaded
        self.call("Page.navigate", url=url)
        while self.loaded == loaded:
            self._receive(time.monotonic() + seconds)

    def run(self, script: str, seconds: float = 60) -> Any:
        """Evaluate JavaScript in the page, wait for its promise; returns its value. Raises for what it throws."""
        answer = self.call(
            "Runtime.evaluate",
            seconds,
            expression=script,
            awaitPromise=True,
            returnByValue=True,
            allowUnsafeEvalBlockedByCSP=False,
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def until(self, condition: str, seconds: float = 60) -> None:
        """Wait until a JavaScript expression is true."""
        deadline = time.monotonic() + seconds
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > deadline:
                raise DaemonFailed(f"not true after {seconds:.0f} s: {condition}")
            time.sleep(0.05)

    def picture(self, *, dark: bool = False, width: int = 1000, height: int = 900) -> bytes:
        """Return the whole page as PNG."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def call(self, method: str, seconds: float = 60, /, **params: Any) -> Any:
        """Send one command of the protocol; returns its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]

    def _receive(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._pending:
            ready, _, _ = select.select([self._read], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self._read, 1 << 20) if ready else b""
            if not piece:
                raise DaemonFailed(f"the browser does not answer\n{self._log.read_text(errors='replace')[-4000:]}")
            self._pending += piece
        text, self._pending = self._pending.split(b"\0", 1)
        message: dict[str, Any] = json.loads(text)
        self._note(message)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        match message.get("method"):
            case "Network.requestWillBeSent":
                self._urls[message["params"]["requestId"]] = message["params"]["request"]["url"]
            case "Network.loadingFailed" if message["params"].get("blockedReason") == "csp":
                self.refused.add(self._urls[message["params"]["requestId"]])
            case "Page.loadEventFired":
                self.loaded += 1
            case "Target.attachedToTarget" if message.get("sessionId"):
                worker = message["params"]["sessionId"]
                enable = {"id": next(self._numbers), "method": "Network.enable", "sessionId": worker}
                os.write(self._write, json.dumps(enable).encode() + b"\0")


@contextmanager
def browsing() -> Iterator[Tab]:
    """Start a fresh browser with an empty profile. Skips (in CI: fails) where no Chromium is installed."""
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    require_programs("The page in a real browser", [browser or "chromium", "setpriv"])
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    with tempfile.TemporaryDirectory(prefix="ct-devtools-", ignore_cleanup_errors=True) as home:
        log = Path(home) / "chromium.log"
        argv = [str(browser), *SWITCHES, "--remote-debugging-pipe", f"--user-data-dir={home}/profile"]
        shell = [sys.executable, "-c", _LAUNCH, str(their_in), str(their_out), "setpriv", "--pdeathsig", "KILL", *argv]
        with log.open("wb") as output:
            process = subprocess.Popen(
                shell, pass_fds=(their_in, their_out), stdout=output, stderr=output, start_new_session=True
            )
        os.close(their_in)
        os.close(their_out)
        try:
            yield Tab(our_out, our_in, log)
        finally:
            os.close(our_out)
            os.close(our_in)
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
