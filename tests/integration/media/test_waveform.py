"""Waveforms, held against the sound they were made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.artifact import Artifact
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import Order, Waveform, WaveformFormat
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Watch
from support.clips import Clips
from support.local_door import LocalDoor
from support.presets import load_preset
from support.sounds import beep, make, tones

_NUMBERS = Waveform("peaks", WaveformFormat.JSON, peaks_per_s=100)
_PICTURE = Waveform("wave", WaveformFormat.PNG, width=300, height=100, color="ff8000")


def _run(engine: Engine, scratch: Path, source: Path, *outputs: Waveform) -> list[Artifact]:
    door = LocalDoor(source)
    info = engine.probe(scratch, door, Watch())
    plan = Plan.from_dict(json.loads(json.dumps(make_plan(Order(outputs), [info], load_preset).to_dict())))
    made = engine.encode(plan, scratch, door, Watch())
    assert all(check.ok for check in engine.check(plan, scratch, Watch()))
    return made


def test_peaks_follow_a_beep(engine: Engine, scratch: Path, tools: Tools) -> None:
    source = make(tools.ffmpeg, scratch.parent / "beep.flac", *beep())
    _run(engine, scratch, source, _NUMBERS)
    found = json.loads((scratch / "finished/peaks.json").read_text())
    lows, highs = found["data"][::2], found["data"][1::2]
    assert {
        key: found[key] for key in ("version", "channels", "sample_rate", "samples_per_pixel", "bits", "length")
    } == {
        "version": 2,
        "channels": 1,
        "sample_rate": 48000,
        "samples_per_pixel": 480,
        "bits": 16,
        "length": 300,
    }
    for number in range(300):
        loud = 0.5 * 32767 if 100 <= number < 120 else 0
        assert highs[number] == pytest.approx(loud, abs=200), number
        assert lows[number] == pytest.approx(-loud, abs=200), number


def test_a_picture_shows_where_it_is_loud(engine: Engine, scratch: Path, tools: Tools) -> None:
    source = make(tools.ffmpeg, scratch.parent / "beep.flac", *beep())
    (artifact,) = _run(engine, scratch, source, _PICTURE)
    assert artifact.content_type == "image/png"
    with Image.open(scratch / "finished/wave.png") as opened:
        opened.load()
        picture = opened.convert("RGBA")
    assert picture.size == (300, 100)
    drawn = [[y for y in range(100) if picture.getpixel((x, y)) == (255, 128, 0, 255)] for x in range(300)]
    assert all(rows == [50] for x, rows in enumerate(drawn) if not 99 <= x <= 120)
    assert all((rows[0], rows[-1]) == pytest.approx((25, 75), abs=1) for rows in drawn[100:120])
    assert picture.getpixel((0, 0))[3] == 0  # type: ignore[index]  # Pillow's stubs know no modes


def test_the_same_sound_gives_the_same_picture(engine: Engine, scratch: Path, tools: Tools) -> None:
    source = make(tools.ffmpeg, scratch.parent / "tone.m4a", *tones("stereo", 2))
    made = []
    for _ in range(2):
        _run(engine, scratch, source, _PICTURE, _NUMBERS)
        made.append([(scratch / f"finished/{name}").read_bytes() for name in ("wave.png", "peaks.json")])
    assert made[0] == made[1]


def test_a_video_gives_the_waveform_of_its_sound(engine: Engine, scratch: Path, clips: Clips) -> None:
    _run(engine, scratch, clips["late_picture.mp4"], _NUMBERS)
    found = json.loads((scratch / "finished/peaks.json").read_text())
    loud = [number for number, level in enumerate(found["data"][1::2]) if level > 8000]
    assert (loud[0], loud[-1]) == pytest.approx((50, 69), abs=2)  # on the clock that starts with the picture


def test_without_sound_there_is_none(engine: Engine, scratch: Path, clips: Clips) -> None:
    with pytest.raises(SourceUnsupported, match="no sound, and output wave"):
        _run(engine, scratch, clips["silent.mp4"], _PICTURE)
