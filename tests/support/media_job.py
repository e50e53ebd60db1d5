"""One job through the media room alone: clips in, files in a scratch folder out, every check passed."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cloudtranscode.media.check.judge import Check
from cloudtranscode.media.containers import Container
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import FileOutput, Order, PresetChoice
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import (
    AudioSettings,
    Overlays,
    Preset,
    RateMode,
    Size,
    VideoSettings,
)
from cloudtranscode.media.source.streams import MediaInfo
from cloudtranscode.media.tools.runner import Watch
from support.local_door import LocalDoor

SHARP = VideoSettings(encoder_preset="ultrafast", rate=RateMode.CRF, crf=4)
"""So little is lost that pixels can be compared."""

SOUND = AudioSettings(rate_kbps=96)


def file_of(name: str, overlays: Overlays | None = None) -> FileOutput:
    """One MP4 of the preset of the same name."""
    return FileOutput(name, Container.MP4, PresetChoice(name), overlays or Overlays())


def preset(name: str, size: Size | None = None, **video: object) -> Preset:
    """A preset that keeps what can be kept."""
    return Preset(name, size or Size(), replace(SHARP, **video), SOUND)  # type: ignore[arg-type]


class MediaJob:
    """``plan``, ``infos`` and ``checks`` of a job; ``path`` finds what it made."""

    def __init__(
        self,
        engine: Engine,
        scratch: Path,
        order: Order,
        presets: Sequence[Preset],
        lent: Mapping[str, Path],
    ) -> None:
        self.engine, self.scratch = engine, scratch
        named = {one.name: one for one in presets}
        door = LocalDoor(lent["source"], **{name: path for name, path in lent.items() if name != "source"})
        self.infos: list[MediaInfo] = [engine.probe(scratch, door, Watch(), clip.name) for clip in order.clips]
        plan = make_plan(order, self.infos, lambda choice: named[choice.name])
        self.plan = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
        engine.encode(self.plan, scratch, door, Watch(threading.Event()))
        self.checks: list[Check] = engine.check(self.plan, scratch, Watch())

    def path(self, output_id: str) -> Path:
        """Where an MP4 lies."""
        return self.scratch / "finished" / f"{output_id}.mp4"

    def gray(self, output_id: str, filters: str = "null") -> list[bytes]:
        """Every picture of an output as bytes of luma, one for each pixel."""
        (name,) = (one.video for one in self.plan.packages if one.output_id == output_id)
        rendition = self.plan.rendition(str(name))
        return gray_frames(self.engine, self.path(output_id), rendition.width * rendition.height, filters)


def gray_frames(engine: Engine, path: Path, size: int, filters: str = "null") -> list[bytes]:
    """Every picture of a file as luma; ``size`` is the number of pixels after ``filters``."""
    argv = [str(engine.tools.ffmpeg), "-v", "error", "-i", str(path), "-map", "0:v:0"]
    output = ["-vf", f"{filters},extractplanes=y", "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    done = subprocess.run([*argv, *output], capture_output=True, check=True, timeout=60)
    return [done.stdout[start : start + size] for start in range(0, len(done.stdout), size)]


def ssim(engine: Engine, path: Path, reference: Path, filters: str = "null") -> float:
    """How alike two videos are, frame by frame: 1 is the same."""
    graph = f"[0:v]settb=AVTB,setpts=N/TB[a];[1:v]{filters},settb=AVTB,setpts=N/TB[b];[a][b]ssim"
    argv = [str(engine.tools.ffmpeg), "-v", "info", "-i", str(path), "-i", str(reference), "-lavfi", graph]
    done = subprocess.run([*argv, "-f", "null", "-"], capture_output=True, check=True, timeout=60, text=True)
    return float(done.stderr.rpartition("All:")[2].split(" ")[0])
