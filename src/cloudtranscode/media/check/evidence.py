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
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.scratch import file_size

_PLAYLIST_BYTES = 64 << 20
"""Above a week of segments by far."""


@dataclass(frozen=True, slots=True)
class Track:
    """One stream as it was found; ``packets`` were counted, ``duration_s`` is the container's."""

    kind: str
    codec: str
    packets: int
    duration_s: float
    width: int = 0
    height: int = 0
    channels: int = 0
    sample_rate: int = 0


@dataclass(frozen=True, slots=True)
class Media:
    """One file or playlist: its tracks, and what the decoder complained about, ``None`` when nothing."""

    tracks: tuple[Track, ...]
    fault: str | None = None

    def track(self, kind: str) -> Track | None:
        """Return the first track of this kind (``video``, ``audio``)."""
        return next((track for track in self.tracks if track.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Encodes:
    """The intermediate files by rendition id: what every package must hold unchanged, and how loud the sounds are."""

    video: dict[str, Track]
    audio: dict[str, Track]
    levels: dict[str, LoudnessMeasure] = field(default_factory=dict)


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
    done = runner.run(decode_command(path, duration_s), watch)
    faults = [line for line in done.tail if "[error]" in line or "[fatal]" in line]
    return Media(tracks, done.last_words() if done.exit_code else faults[0] if faults else None)


def read_text(scratch: Path, path: str) -> str:
    """The text of a playlist. Errors: ``ScratchLost``, ``CheckFailed`` for one too large."""
    if _size(scratch, path) > _PLAYLIST_BYTES:
        raise CheckFailed(f"{path} is too large for a playlist.")
    return (scratch / path).read_text("utf-8", errors="replace")


def read_tracks(output: str) -> tuple[Track, ...]:
    """Read what ``ffprobe -show_streams -count_packets -of json`` printed."""
    return tuple(_track(item) for item in json.loads(output).get("streams", []))


def _track(item: dict[str, Any]) -> Track:
    return Track(
        kind=item.get("codec_type", ""),
        codec=item.get("codec_name", ""),
        packets=int(item.get("nb_read_packets", 0)),
        duration_s=float(item.get("duration", 0)),
        width=int(item.get("width", 0)),
        height=int(item.get("height", 0)),
        channels=int(item.get("channels", 0)),
        sample_rate=int(item.get("sample_rate", 0)),
    )


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
