"""One source to one destination in this process, as `ct transcode` does it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.location import parse
from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import AudioOutput, FileOutput, Output, PresetChoice
from cloudtranscode.settings import Settings
from cloudtranscode.workflow.control import DirectControl
from cloudtranscode.workflow.wanted import Wanted

HANG_S = 60.0
"""After so long a source has hung the stack."""

SMALL = PresetChoice("360p", size={"lines": 96}, video={"encoder_preset": "ultrafast"})


class Hung(AssertionError):
    """The work did not end by itself."""


class Direct:
    """Transcodes small: ``video`` and ``sound`` return the result as JSON, whatever it is."""

    def __init__(self, home: Path) -> None:
        self._run = Stack(Settings(home=home)).direct()

    def video(self, source: Path, target: Path) -> dict[str, Any]:
        """Make an MP4 of 96 lines."""
        return self._make(source, target, FileOutput("out0", Container.MP4, SMALL))

    def sound(self, source: Path, target: Path) -> dict[str, Any]:
        """Make an M4A."""
        return self._make(source, target, AudioOutput("out0", Container.M4A, PresetChoice("360p")))

    def _make(self, source: Path, target: Path, output: Output) -> dict[str, Any]:
        control = DirectControl(lambda _: None)
        timer = threading.Timer(HANG_S, control.stop.set)
        timer.start()
        try:
            wanted = Wanted(target.suffix[1:], parse(str(target)), output)
            result = self._run.transcode(parse(str(source)), wanted, control)
        finally:
            timer.cancel()
        if result["state"] == "cancelled":
            raise Hung(f"{source.name} kept the stack busy for {HANG_S:.0f} s")
        return result
