"""What the finished files really hold: measured and decoded in the jail. The other modules judge it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudtranscode.errors import CheckFailed, ScratchLost, SourceDamaged
from cloudtranscode.media.check.commands import decode_command, inspect_command
from cloudtranscode.media.check.levels import measure_levels
from cloudtranscode.media.encode.picture import video_path
from cloudtranscode.media.encode.sound import audio_path
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.sound.loudness import LoudnessMeasure
from cloudtranscode.media.tools.runner import Completed, Runner, Watch
from cloudtranscode.media.tools.scratch import file_size


@dataclass(frozen=True, slots=True)
class Track:
    """One stream as it was found; ``packets`` were counted, ``start_s`` and ``duration_s`` are the container's.

    ``duration_s`` is 0 where it has none. ``transfer`` is the transfer function of the colours in ffmpeg's words.
    """

    kind: str
    codec: str
    packets: int
    duration_s: float
    width: int = 0
    height: int = 0
    channels: int = 0
    sample_rate: int = 0
    start_s: float = 0.0
    language: str | None = None
    default: bool = False
    forced: bool = False
    transfer: str | None = None

    @property
    def end_s(self) -> float:
        """When the stream ends."""
        return self.start_s + self.duration_s


@dataclass(frozen=True, slots=True)
class Media:
    """One file or playlist: its tracks, and what the decoder complained about, ``None`` when nothing."""

    tracks: tuple[Track, ...]
    fault: str | None = None

    def track(self, kind: str) -> Track | None:
        """Return the first track of this kind (``video``, ``audio``)."""
        return next((track for track in self.tracks if track.kind == kind), None)

    def all(self, kind: str) -> tuple[Track, ...]:
        """Return every track of this kind, in their order."""
        return tuple(track for track in self.tracks if track.kind == kind)


@dataclass(frozen=True, slots=True)
class Encodes:
    """The intermediate files by rendition id: what every package must hold unchanged, and how loud the sounds are."""

    video: dict[str, Track]
    audio: dict[str, Track]
    levels: dict[str, LoudnessMeasure] = field(default_factory=dict)

    @property
    def silent(self) -> tuple[str, ...]:
        """The sounds that have nothing to hear."""
        return tuple(name for name, level in self.levels.items() if level.silent)


def measure_encodes(plan: Plan, runner: Runner, watch: Watch) -> Encodes:
    """Measure every intermediate file.

    Errors: ``SourceDamaged`` when a stream of the source gave nothing, ``ScratchLost``, ``CheckFailed``,
    ``JobCancelled``.
    """
    return Encodes(
        {item.id: _only_track(video_path(item), "picture", runner, watch) for item in plan.video},
        {item.id: _only_track(audio_path(item), "sound", runner, watch) for item in plan.audio},
        measure_levels(plan, runner, watch),
    )


def examine(path: str, duration_s: float | None, runner: Runner, watch: Watch) -> Media:
    """Measure a file or a playlist and decode all of it. Errors: ``ScratchLost``, ``CheckFailed``, ``JobCancelled``."""
    tracks = _measure(path, runner, watch)
    return Media(tracks, decoding_fault(runner.run(decode_command(path, duration_s), watch)))


def decoding_fault(done: Completed) -> str | None:
    """What a decoder complained about, ``None`` when nothing."""
    faults = [line for line in done.tail if "[error]" in line or "[fatal]" in line]
    return done.last_words() if done.exit_code else faults[0] if faults else None


def read_tracks(output: str) -> tuple[Track, ...]:
    """Read what ``ffprobe -show_streams -count_packets -of json`` printed."""
    return tuple(_track(item) for item in json.loads(output).get("streams", []))


def _track(item: dict[str, Any]) -> Track:
    return Track(
        kind=item.get("codec_type", ""),
        codec=item.get("codec_name", ""),
        packets=int(item.get("nb_read_packets", 0)),
        duration_s=_duration(item),
        width=int(item.get("width", 0)),
        height=int(item.get("height", 0)),
        channels=int(item.get("channels", 0)),
        sample_rate=int(item.get("sample_rate", 0)),
        start_s=float(item.get("start_time", 0)),
        language=item.get("tags", {}).get("language"),
        default=bool(item.get("disposition", {}).get("default")),
        forced=bool(item.get("disposition", {}).get("forced")),
        transfer=item.get("color_transfer"),
    )


def _duration(item: dict[str, Any]) -> float:
    """The stream's own duration; Matroska keeps it in a tag as ``00:00:01.001000000``."""
    if clock := item.get("tags", {}).get("DURATION"):
        hours, minutes, seconds = clock.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return float(item.get("duration", 0))


def _only_track(path: str, what: str, runner: Runner, watch: Watch) -> Track:
    tracks = _measure(path, runner, watch)
    if not tracks:
        raise SourceDamaged(f"No {what} can be decoded from the source, although its headers promise some.")
    if len(tracks) != 1:
        raise CheckFailed(f"{Path(path).name} has {len(tracks)} streams, not one.")
    return tracks[0]


def _measure(path: str, runner: Runner, watch: Watch) -> tuple[Track, ...]:
    _size(runner.scratch, path)
    done = runner.run(inspect_command(path), watch)
    if done.exit_code:
        raise CheckFailed(f"{path} cannot be read ({done.last_words()}).")
    return read_tracks(done.output)


def _size(scratch: Path, path: str) -> int:
    size = file_size(scratch, path)
    if size is None:
        raise ScratchLost(f"{path} is not in the job's scratch folder.")
    return size
