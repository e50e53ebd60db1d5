"""Sounds whose every channel is known, and what is left of them after an encode: measured here, without a filter."""

from __future__ import annotations

import json
import math
import subprocess
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cloudtranscode.media.check.judge import Check
from cloudtranscode.media.containers import Container
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import AudioOutput, AudioTrack, Order, PresetChoice
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import AudioSettings, Preset
from cloudtranscode.media.tools.runner import Watch
from support.local_door import LocalDoor

RATE = 48000
TONES = (440.0, 620.0, 810.0, 60.0, 1130.0, 1370.0, 1610.0, 1930.0)
"""One for each channel in its order; the fourth is what a low-frequency channel can carry."""


def tones(layout: str, count: int, *, level: float = 0.2, rate: int = RATE, length_s: float = 1.0) -> list[str]:
    """The words that make a tone of its own in every channel of a layout."""
    each = "|".join(f"{level}*sin(2*PI*{tone:g}*t)" for tone in TONES[:count])
    return ["-f", "lavfi", "-i", f"aevalsrc={each}:c={layout}:s={rate}:d={length_s:g}"]


def beep(*, at_s: float = 1.0, end_s: float = 1.2, length_s: float = 3.0, rate: int = RATE) -> list[str]:
    """The words that make silence with a beep in it."""
    wave = f"if(between(t,{at_s:g},{end_s:g}),0.5*sin(2*PI*1000*t),0)"
    return ["-f", "lavfi", "-i", f"aevalsrc='{wave}':s={rate}:d={length_s:g}"]


def make(ffmpeg: Path, path: Path, *args: str) -> Path:
    """Run ffmpeg to make a clip."""
    command = [str(ffmpeg), "-nostdin", "-loglevel", "error", "-y", *args, str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return path


@dataclass(frozen=True)
class Heard:
    """A decoded sound: the samples of every channel, -1 to 1."""

    channels: Sequence[array[float]]

    @property
    def length_s(self) -> float:
        return len(self.channels[0]) / RATE

    def level(self, channel: int, tone: float) -> float:
        """How strong a tone is in a channel, as its amplitude, away from the ends. Goertzel (1958)."""
        samples = self.channels[channel][RATE // 5 : RATE // 5 + RATE // 2]
        turn = 2 * math.cos(2 * math.pi * tone / RATE)
        before = last = 0.0
        for sample in samples:
            before, last = last, sample + turn * last - before
        power = before * before + last * last - turn * before * last
        return 2 * math.sqrt(max(power, 0.0)) / len(samples)

    def levels(self, count: int) -> list[list[float]]:
        """For every channel how strong each of the first ``count`` tones is."""
        return [[round(self.level(number, tone), 3) for tone in TONES[:count]] for number in range(len(self.channels))]

    def begins(self, threshold: float = 0.1) -> float:
        """When the first channel is first louder than ``threshold``, in seconds."""
        return next(number for number, sample in enumerate(self.channels[0]) if abs(sample) > threshold) / RATE

    def ends(self, threshold: float = 0.1) -> float:
        """When it is so for the last time."""
        samples = self.channels[0]
        return next(number for number in range(len(samples) - 1, -1, -1) if abs(samples[number]) > threshold) / RATE

    def rms(self, channel: int = 0) -> float:
        samples = self.channels[channel]
        return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


def hear(ffmpeg: Path, path: Path, count: int, stream: int = 0) -> Heard:
    """Decode a file at 48 kHz as it is, with as many channels as it must have."""
    argv = [str(ffmpeg), "-nostdin", "-v", "error", "-i", str(path), "-map", f"0:a:{stream}"]
    argv += ["-ar", str(RATE), "-f", "f32le", "-c:a", "pcm_f32le", "-"]
    samples = array("f", subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout)
    return Heard([samples[number::count] for number in range(count)])


@dataclass
class Sounds:
    """Runs sources through the engine into one file of sound."""

    engine: Engine
    scratch: Path
    ffmpeg: Path
    plan: Plan = field(init=False)
    checks: list[Check] = field(init=False)

    def source(self, name: str, *args: str) -> Path:
        return make(self.ffmpeg, self.scratch.parent / name, *args)

    def run(
        self,
        source: Path,
        container: Container,
        settings: AudioSettings,
        *,
        tracks: tuple[AudioTrack, ...] = (),
        track: int = 0,
    ) -> Path:
        door = LocalDoor(source)
        info = self.engine.probe(self.scratch, door, Watch())
        order = Order((AudioOutput("out", container, PresetChoice("any"), track),), audio=tracks)
        plan = make_plan(order, [info], lambda _: Preset("any", audio=settings))
        self.plan = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
        (made,) = self.engine.encode(self.plan, self.scratch, door, Watch())
        self.checks = self.engine.check(self.plan, self.scratch, Watch())
        return self.scratch / made.path

    def hear(self, path: Path, count: int) -> Heard:
        return hear(self.ffmpeg, path, count)
