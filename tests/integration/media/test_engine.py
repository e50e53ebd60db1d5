"""Whole ways through the engine: a clip in, checked outputs out."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from cloudtranscode.errors import (
    CheckFailed,
    CloudTranscodeError,
    JobCancelled,
    ScratchLost,
    SourceDamaged,
    SourceNotMedia,
    SourceUnsupported,
)
from cloudtranscode.media.artifact import Artifact, Role
from cloudtranscode.media.check.judge import Check
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import Output
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.source.streams import MediaInfo
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.progress import Progress
from cloudtranscode.media.tools.runner import Watch
from support.clips import Clips
from support.local_door import LocalDoor
from support.outputs import hls, mp4, order, poster
from support.presets import load_preset

_ALL: tuple[Output, ...] = (mp4("web", "360p"), hls("tv", "720p", "360p"), poster("front", 1))


class Run:
    """One job through the engine; plan and artifacts pass through JSON, as they do between workers."""

    def __init__(self, engine: Engine, scratch: Path, source: Path, outputs: Sequence[Output] = _ALL) -> None:
        self.reports: list[Progress] = []
        door = LocalDoor(source)
        info = engine.probe(scratch, door, Watch())
        self.info = MediaInfo.from_dict(json.loads(json.dumps(info.to_dict())))
        plan = make_plan(order(*outputs), [self.info], load_preset)
        self.plan = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
        made = engine.encode(self.plan, scratch, door, Watch(threading.Event(), self.reports.append))
        self.artifacts = [Artifact.from_dict(json.loads(json.dumps(item.to_dict()))) for item in made]
        self.checks: list[Check] = engine.check(self.plan, scratch, Watch())

    def found(self, name: str) -> list[str]:
        return [check.found for check in self.checks if check.name == name]


def test_one_job_makes_every_kind_of_output(engine: Engine, clips: Clips, scratch: Path) -> None:
    run = Run(engine, scratch, clips["plain.mp4"])
    assert run.info.to_dict() == json.loads(json.dumps(run.info.to_dict()))
    assert all(check.ok for check in run.checks)
    assert run.found("number of frames") == ["72"]
    assert run.found("360p number of frames") == ["72"]
    assert {item.output_id: item.path for item in run.artifacts if not item.name} == {
        "front": "finished/front.jpg",
        "web": "finished/web.mp4",
    }
    assert [item.name for item in run.artifacts if item.output_id == "tv"] == [
        *("360p/init.mp4", "360p/seg_00001.m4s", "audio/init.mp4", "audio/seg_00001.m4s"),
        *("360p/iframes.m3u8", "360p/index.m3u8", "audio/index.m3u8", "master.m3u8"),
    ]
    assert run.artifacts[-1].role is Role.MASTER
    assert all((scratch / item.path).stat().st_size == item.bytes > 0 for item in run.artifacts)
    assert run.reports[-1].percent == 100


def test_the_master_playlist_says_what_a_player_needs(engine: Engine, clips: Clips, scratch: Path) -> None:
    Run(engine, scratch, clips["plain.mp4"], [hls("tv", "360p")])
    text = (scratch / "finished/tv/master.m3u8").read_text()
    for part in (
        'CODECS="avc1.',
        "mp4a.40.2",
        "RESOLUTION=320x180",
        "FRAME-RATE=24.000",
        'AUDIO="audio"',
        "BANDWIDTH=",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("clip", "size", "frames"),
    [
        ("rotate90.mp4", "180x320", 72),
        ("odd.mkv", "160x90", 50),
        ("tall_pixels.mp4", "320x180", 72),
        ("full_range.mp4", "320x180", 72),
        ("silent.mp4", "320x180", 72),
        ("vfr.mp4", "320x180", 40),
    ],
)
def test_odd_sources_keep_their_shape_and_every_frame(
    engine: Engine, clips: Clips, scratch: Path, clip: str, size: str, frames: int
) -> None:
    run = Run(engine, scratch, clips[clip])
    assert set(run.found("size")) == {size}
    assert run.found("number of frames") == [str(frames)]


def test_a_silent_source_gives_silent_outputs(engine: Engine, clips: Clips, scratch: Path) -> None:
    run = Run(engine, scratch, clips["silent.mp4"])
    assert not [item for item in run.artifacts if item.name.startswith("audio/")]


def test_mono_stays_mono(engine: Engine, clips: Clips, scratch: Path) -> None:
    assert Run(engine, scratch, clips["mono.mp4"], [mp4("web", "360p")]).found("audio channels") == ["1"]


def test_full_range_becomes_studio_range(engine: Engine, clips: Clips, scratch: Path, tools: Tools) -> None:
    Run(engine, scratch, clips["full_range.mp4"], [mp4("web", "360p")])
    argv = [str(tools.ffprobe), "-v", "error", "-show_entries", "stream=color_range,pix_fmt", "-of", "csv=p=0"]
    done = subprocess.run([*argv, str(scratch / "finished/web.mp4")], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in {"yuv420p,tv", "yuv420p,unknown"}


@pytest.mark.parametrize(
    ("clip", "flash_s"),
    [
        ("synced.mp4", 1.0),
        ("late_sound.mp4", 1.0),  # the late start is filled with silence
        ("late_picture.mp4", 0.5),  # the clock starts with the picture; the sound before it is cut
    ],
)
def test_picture_and_sound_stay_together(
    engine: Engine, clips: Clips, scratch: Path, clip: str, flash_s: float
) -> None:
    Run(engine, scratch, clips[clip], [mp4("web", "360p"), hls("tv", "360p")])
    for place in ("finished/web.mp4", "finished/tv/master.m3u8"):
        flash, beep = _flash_and_beep(engine.tools, scratch / place)
        assert flash == pytest.approx(flash_s, abs=1 / 24), place
        assert beep == pytest.approx(flash_s, abs=0.01), place


def _flash_and_beep(tools: Tools, media: Path) -> tuple[float, float]:
    """When the picture turns white and when the sound begins, in seconds."""
    picture = _decode(tools, media, "-map 0:v:0 -vf fps=96:start_time=0,scale=1:1 -pix_fmt gray -f rawvideo -")
    sound = _decode(tools, media, "-map 0:a:0 -af aresample=48000:async=1:first_pts=0 -ac 1 -f u8 -")
    flash = next(number for number, value in enumerate(picture) if value > 128) / 96
    beep = next(number for number, value in enumerate(sound) if abs(value - 128) > 12) / 48000
    return flash, beep


def _decode(tools: Tools, media: Path, how: str) -> bytes:
    argv = [str(tools.ffmpeg), "-nostdin", "-v", "error", "-copyts", "-i", str(media), *how.split()]
    return subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("at_s", [0, 1.5, 2.99, 60])
def test_a_poster_alone_needs_no_whole_decode(engine: Engine, clips: Clips, scratch: Path, at_s: float) -> None:
    run = Run(engine, scratch, clips["plain.mp4"], [poster("front", at_s)])
    assert run.found("size") == ["320x180"]
    assert len(run.plan.notes) == (1 if at_s == 60 else 0)


@pytest.mark.parametrize(
    ("clip", "error"),
    [
        ("text.txt", SourceNotMedia),
        ("empty.mp4", SourceNotMedia),
        ("cut_index_last.mp4", SourceDamaged),
        ("cut_index_first.mp4", SourceDamaged),
        ("sound_only.m4a", SourceUnsupported),
        ("hardly_sound.mp4", SourceDamaged),
    ],
)
def test_sources_that_cannot_be_used(
    engine: Engine, clips: Clips, scratch: Path, clip: str, error: type[CloudTranscodeError]
) -> None:
    with pytest.raises(error) as caught:
        Run(engine, scratch, clips[clip])
    assert str(scratch) not in caught.value.message


def test_a_cancelled_job_stops(engine: Engine, clips: Clips, scratch: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(JobCancelled):
        engine.probe(scratch, LocalDoor(clips["plain.mp4"]), Watch(stop))


@pytest.mark.parametrize(
    ("victim", "reason"),
    [
        ("finished/web.mp4", "web: decoder is"),
        ("finished/tv/360p/seg_00001.m4s", "tv: missing files is ."),
        ("finished/front.jpg", "front: format is none"),
    ],
)
def test_a_spoiled_output_fails_its_check(
    engine: Engine, clips: Clips, scratch: Path, victim: str, reason: str
) -> None:
    run = Run(engine, scratch, clips["plain.mp4"])
    whole = (scratch / victim).read_bytes()
    (scratch / victim).write_bytes(whole[: len(whole) * 3 // 4] if victim.endswith("mp4") else b"")
    with pytest.raises(CheckFailed, match=reason):
        engine.check(run.plan, scratch, Watch())


def test_a_lost_scratch_folder_is_told_from_a_bad_output(engine: Engine, clips: Clips, scratch: Path) -> None:
    run = Run(engine, scratch, clips["plain.mp4"], [mp4("web", "360p")])
    (scratch / "finished/web.mp4").unlink()
    with pytest.raises(ScratchLost):
        engine.check(run.plan, scratch, Watch())
