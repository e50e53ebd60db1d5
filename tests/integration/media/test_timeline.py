"""Clips that are cut and joined: exact to the frame, picture and sound together."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.encode.commands import encode_commands
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import Clip, Order
from support.clips import Clips
from support.media_job import MediaJob, file_of, gray_frames, preset

_ID = "sharp"


def _numbers(engine: Engine, path: Path) -> list[int]:
    """The number that each picture has written into its luma: see the clips ``counted``."""
    frames = gray_frames(engine, path, 256, "crop=16:16")
    return [round((sum(frame) / 256 - 16) / 2) for frame in frames]


def _job(engine: Engine, scratch: Path, clips: list[Clip], **lent: Path) -> MediaJob:
    return MediaJob(engine, scratch, Order((file_of(_ID),), tuple(clips)), [preset(_ID)], lent)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize(
    ("part", "numbers"),
    [
        (Clip("source", 0.0, 1.0), range(24)),
        (Clip("source", 1.0, 2.0), range(24, 48)),  # the frame at the end is the first that is left out
        (Clip("source", 2.02, 2.9), range(49, 70)),  # between two frames: the first that begins after it
        (Clip("source", 3.5), range(84, 96)),
    ],
)
def test_a_cut_is_exact_to_the_frame(
    engine: Engine, clips: Clips, scratch: Path, suffix: str, part: Clip, numbers: range
) -> None:
    job = _job(engine, scratch, [part], source=clips[f"counted.{suffix}"])
    assert _numbers(engine, job.path(_ID)) == list(numbers)
    if suffix == "mp4":
        assert job.plan.source.frames == len(numbers)


def test_a_cut_far_into_a_stream_without_an_index_misses_no_frame(engine: Engine, clips: Clips, scratch: Path) -> None:
    job = _job(engine, scratch, [Clip("source", 13.0, 13.5)], source=clips["long.ts"])
    assert "-ss" in _args(job)
    assert _numbers(engine, job.path(_ID)) == [number % 96 for number in range(13 * 24, 13 * 24 + 12)]


def _args(job: MediaJob) -> list[str]:
    return list(encode_commands(job.plan)[0].args)


def test_clips_are_joined_in_their_order(engine: Engine, clips: Clips, scratch: Path) -> None:
    parts = [Clip("source", 1.0, 1.5), Clip("clip1"), Clip("source", 0.0, 0.25)]
    job = _job(engine, scratch, parts, source=clips["counted.mp4"], clip1=clips["counted.ts"])
    assert _numbers(engine, job.path(_ID)) == [*range(24, 36), *range(96), *range(6)]


def test_joined_clips_of_one_kind_have_a_count_that_is_sure(engine: Engine, clips: Clips, scratch: Path) -> None:
    parts = [Clip("source", 1.0, 1.5), Clip("clip1")]
    job = _job(engine, scratch, parts, source=clips["counted.mp4"], clip1=clips["plain.mp4"])
    assert job.plan.source.frames == 12 + 72
    assert job.plan.notes == ("source has 64x64; it is brought to 320x180, the largest of the clips.",)


@pytest.mark.parametrize("clip", ["synced.mp4", "late_sound.mp4", "late_picture.mp4", "synced.ts"])
def test_picture_and_sound_stay_together_behind_a_seam(engine: Engine, clips: Clips, scratch: Path, clip: str) -> None:
    parts = [Clip("source", 0.5, 1.9), Clip("clip1"), Clip("source")]
    job = _job(engine, scratch, parts, source=clips["synced.mp4"], clip1=clips[clip])
    flashes, beeps = _flashes(engine, job.path(_ID)), _beeps(engine, job.path(_ID))
    assert len(flashes) == len(beeps) == 3
    assert beeps == pytest.approx(flashes, abs=0.04)
    assert flashes[0] == pytest.approx(0.5, abs=0.001)


def test_a_cut_keeps_picture_and_sound_together(engine: Engine, clips: Clips, scratch: Path) -> None:
    job = _job(engine, scratch, [Clip("source", 0.7, 2.0)], source=clips["late_picture.mp4"])
    assert _job_beeps(job) == pytest.approx([], abs=0.02)  # the flash came at 0.5
    job = _job(engine, scratch, [Clip("source", 0.3, 2.0)], source=clips["late_picture.mp4"])
    flash = _flashes(engine, job.path(_ID))
    assert flash == pytest.approx([0.2], abs=1 / 24)
    assert _job_beeps(job) == pytest.approx(flash, abs=0.03)


def _job_beeps(job: MediaJob) -> list[float]:
    return _beeps(job.engine, job.path(_ID))


def test_what_is_beyond_the_end_is_noted(engine: Engine, clips: Clips, scratch: Path) -> None:
    job = _job(engine, scratch, [Clip("source", 3.0, 60.0)], source=clips["counted.mp4"])
    assert job.plan.notes == ("source ends at 4 s, before 60 s.",)
    assert job.plan.source.frames == 24


def test_nothing_is_left(engine: Engine, clips: Clips, scratch: Path) -> None:
    with pytest.raises(SourceUnsupported, match="Nothing is left of source: it is to start at 4 s and is 4 s long"):
        _job(engine, scratch, [Clip("source", 4.0)], source=clips["counted.mp4"])


def _flashes(engine: Engine, path: Path) -> list[float]:
    """When the picture turns white, in seconds."""
    frames = gray_frames(engine, path, 64, "fps=96:start_time=0,crop=8:8")
    return _risings([sum(frame) / 64 > 128 for frame in frames], 96)


def _beeps(engine: Engine, path: Path) -> list[float]:
    """When a sound begins, in seconds."""
    argv = [str(engine.tools.ffmpeg), "-v", "error", "-i", str(path), "-map", "0:a:0"]
    filters = ["-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", "8000", "-f", "u8", "-"]
    done = subprocess.run([*argv, *filters], capture_output=True, check=True, timeout=60)
    loud = [any(abs(value - 128) > 12 for value in done.stdout[at : at + 80]) for at in range(0, len(done.stdout), 80)]
    return _risings(loud, 100)


def _risings(seen: list[bool], rate: float) -> list[float]:
    return [number / rate for number, now in enumerate(seen) if now and not (number and seen[number - 1])]
