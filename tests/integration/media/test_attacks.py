"""Hostile files through the real engine: each ends in one clear error or a correct result, and nothing gets out."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudtranscode.errors import CloudTranscodeError, Side
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.tools.jail import Isolation, Jail, isolation_problem
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Watch
from support.attacks import FAMILIES, Bait
from support.clips import Clips
from support.local_door import LocalDoor
from support.outputs import mp4, order
from support.presets import load_preset

pytestmark = pytest.mark.skipif(isolation_problem() is not None, reason="no unprivileged user namespaces here")

_BOUND_S = 60
_MARKER = b"CANARY-MARKER"
_MEMORY_KIB = 5 << 20

_MADE = {
    *("mov_url_file", "mov_url_http"),  # the reference is not followed: the file's own data are the clip
    *("avi_gab2_playlist", "mkv_next_file", "mkv_attached_playlist", "mkv_fonts_and_ass"),  # nor are these
    *(
        "h264_16384_wide",
        "mp4_65535",
        "mp4_1e9_fps",
        "gif_no_delay_endless",
        "mp4_metadata_of_2_gb",
    ),  # only the header lies
    "clip_then_playlist",  # what follows the clip is not looked at
}
"""What a correct result comes of; of all else comes an error that blames the source."""

_PROBED_ONLY = {"mp4_300000_edits"}
"""Its headers promise 3 seconds and its edits 10 days: the runner's clock ends that encode, after minutes."""


class Canary:
    """A file and a listener of the worker's machine that no source may touch."""

    def __init__(self, folder: Path) -> None:
        self.calls: list[object] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        file = folder / "canary.ts"
        file.write_bytes((_MARKER + b" ") * 100)
        os.utime(file, (0, 0))  # so old that whoever reads it moves the time of access: mount(8), relatime
        self.bait = Bait(file, self._server.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def untouched(self) -> bool:
        return not self.calls and self.bait.file.stat().st_atime == 0

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, caller = self._server.accept()
            except OSError:
                return
            self.calls.append(caller)
            connection.close()


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    canary = Canary(tmp_path)
    yield canary
    canary.close()


@pytest.fixture
def jailed_engine(tools: Tools) -> Engine:
    return Engine(tools, Jail(Isolation.REQUIRE))


@pytest.mark.parametrize("family", list(FAMILIES))
def test_hostile_files_do_no_harm(
    family: str, jailed_engine: Engine, clips: Clips, scratch: Path, canary: Canary
) -> None:
    source = scratch.parent / "attack"
    surprises = []
    for name, content in FAMILIES[family](clips, canary.bait):
        source.write_bytes(content)
        began, door = time.monotonic(), LocalDoor(source)
        outcome = _outcome(jailed_engine, door, scratch, probe_only=name in _PROBED_ONLY)
        expected = ("made",) if name in _MADE else ("probed", "refused") if name in _PROBED_ONLY else ("refused",)
        if not outcome.startswith(expected):
            surprises.append(f"{name}: {outcome}")
        if time.monotonic() - began > _BOUND_S:
            surprises.append(f"{name}: took {time.monotonic() - began:.0f} s")
        if asked := {line for line in door.requests if not line.startswith("GET /source HTTP")}:
            surprises.append(f"{name}: asked for {asked}")
        if not canary.untouched() or _leaked(scratch):
            surprises.append(f"{name}: got at the canary")
    assert not surprises
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < _MEMORY_KIB
    assert _outcome(jailed_engine, LocalDoor(clips["plain.mp4"]), scratch) == "made"


def test_the_canary_sings(clips: Clips, canary: Canary, tmp_path: Path) -> None:
    """The proof that a touch would be seen: by whoever reads the file, and by whoever calls."""
    assert canary.untouched()
    canary.bait.file.read_bytes()
    assert not canary.untouched()
    os.utime(canary.bait.file, (0, 0))
    socket.create_connection(("127.0.0.1", canary.bait.port)).close()
    deadline = time.monotonic() + 5
    while canary.untouched() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not canary.untouched()
    (tmp_path / "output.mp4").write_bytes(b"x" + _MARKER)
    assert _leaked(tmp_path)


def _outcome(engine: Engine, door: LocalDoor, scratch: Path, *, probe_only: bool = False) -> str:
    """``made``, ``probed``, or ``refused`` with the error; whatever is no error of the source comes as it is."""
    for left in scratch.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    stop = threading.Event()
    timer = threading.Timer(_BOUND_S, stop.set)
    timer.start()
    try:
        info = engine.probe(scratch, door, Watch(stop))
        if probe_only:
            return "probed"
        plan = make_plan(order(mp4("web", "360p")), [info], load_preset)
        engine.encode(plan, scratch, door, Watch(stop))
        engine.check(plan, scratch, Watch(stop))
    except CloudTranscodeError as error:
        return f"{'refused' if error.side is Side.SOURCE else 'failed'}: {error.code}: {error.message}"
    finally:
        timer.cancel()
    return "made"


def _leaked(folder: Path) -> bool:
    """Whether the marker is in anything that was left in ``folder``."""
    return any(_MARKER in path.read_bytes() for path in folder.rglob("*") if path.is_file())
