"""The installed ``ct``, as a program of its own, on a home of its own and without anybody's credentials."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.media.tools.programs import find_tools
from support.clips import Clips

_CT = Path(sys.executable).with_name("ct")
_LONG = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=24:duration=90", "-c:v", "libx264", "-preset", "ultrafast"]


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON value on stdout."""
        assert self.out.count("\n") == 1, (self.code, self.out, self.err)
        return json.loads(self.out)


class Running:
    """A command that was started; ``err`` grows while it runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.err = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, words: str, within_s: float = 30.0) -> None:
        deadline = time.monotonic() + within_s
        while words not in self.err:
            assert time.monotonic() < deadline, f"never said {words!r}: {self.err}"
            assert self.process.poll() is None, f"ended without {words!r}: {self.err}"
            time.sleep(0.05)

    def end(self, number: signal.Signals | None = None, within_s: float = 30.0) -> Ran:
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(within_s)
        self._reader.join(5)
        assert self.process.stdout is not None
        with self.process.stdout as out:
            return Ran(code, out.read(), self.err)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.err += line


@dataclass
class Program:
    """``ct`` with an environment; ``ct("job", "list")`` runs a command to its end."""

    environment: Mapping[str, str]
    home: Path
    running: list[Running] = field(default_factory=list)
    program: Path = _CT

    def __call__(self, *argv: str | Path) -> Ran:
        return self.start(*argv).end(within_s=120)

    def start(self, *argv: str | Path) -> Running:
        process = subprocess.Popen(
            [_CT, *argv], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.running.append(Running(process))
        return self.running[-1]

    def as_(self, environment: Mapping[str, str]) -> Program:
        """The same home with somebody's credentials."""
        return Program({**self.environment, **environment}, self.home, self.running)

    @property
    def leftovers(self) -> list[Path]:
        """What lies in the scratch folder."""
        return list((self.home / "scratch").iterdir())


@pytest.fixture
def ct(tmp_path: Path) -> Iterator[Program]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CT_"))}
    home = tmp_path / "home"
    own = {"HOME": str(tmp_path), "CT_HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true", "CT_ISOLATION": "prefer"}
    program = Program(inherited | own, home)
    yield program
    for running in program.running:
        running.close()


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    return Clips(tmp_path_factory.mktemp("clips"), find_tools().ffmpeg)


@pytest.fixture(scope="session")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip that takes some seconds to encode."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    subprocess.run([find_tools().ffmpeg, "-nostdin", "-v", "error", *_LONG, path], check=True, timeout=60)
    return path
