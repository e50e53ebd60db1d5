"""The decision: which renditions are encoded, once each, and what is made of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from cloudtranscode.errors import InvalidDocument, SourceUnsupported
from cloudtranscode.media.outputs import Hls, Mp4, Output, Poster
from cloudtranscode.media.plan.ladder import fit, rungs, scale_to
from cloudtranscode.media.rendition import AudioRendition, Preset, VideoRendition
from cloudtranscode.media.source.probe import AudioStream, MediaInfo, VideoStream

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_POSTER_LINES = 1080
_AUDIO_ID = "main"


class PackageKind(StrEnum):
    """What renditions are wrapped into."""

    MP4 = "mp4"
    HLS = "hls"


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the outputs are measured against.

    ``video`` is the stream's index, ``offset_s`` how long after the sound it starts: the outputs' clock starts with
    the picture. ``audio_end_s`` is where the sound ends on it. ``frames`` is given only where header,
    rate and duration agree on it.
    """

    video: int
    frame_rate: Fraction | None
    constant_rate: bool
    offset_s: float
    duration_s: float | None
    audio_end_s: float | None
    frames: int | None

    @property
    def frame_s(self) -> float:
        """How long a frame lasts on average; 1/24 s when the rate is unknown."""
        return float(1 / self.frame_rate) if self.frame_rate else 1 / 24


@dataclass(frozen=True, slots=True)
class Package:
    """One output made of encoded renditions, named by their ids; ``audio`` is ``None`` for a silent source."""

    output_id: str
    kind: PackageKind
    video: tuple[str, ...]
    audio: str | None


@dataclass(frozen=True, slots=True)
class Still:
    """One picture: the first frame at or after ``at_s`` on the outputs' clock, or the last one."""

    output_id: str
    at_s: float
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a job does with a source; ``notes`` tell the client where it differs from what was asked."""

    source: SourceFacts
    video: tuple[VideoRendition, ...]
    audio: AudioRendition | None
    packages: tuple[Package, ...]
    stills: tuple[Still, ...]
    notes: tuple[str, ...]

    def rendition(self, rendition_id: str) -> VideoRendition:
        """Return the video rendition of this id."""
        return next(item for item in self.video if item.id == rendition_id)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        rate = self.source.frame_rate
        return {
            "source": {**asdict(self.source), "frame_rate": str(rate) if rate else None},
            "video": [item.to_dict() for item in self.video],
            "audio": self.audio.to_dict() if self.audio else None,
            "packages": [
                {**asdict(item), "kind": item.kind.value, "video": list(item.video)} for item in self.packages
            ],
            "stills": [asdict(item) for item in self.stills],
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Plan:
        """Rebuild from :meth:`to_dict`."""
        rate = data["source"]["frame_rate"]
        packages = (
            Package(item["output_id"], PackageKind(item["kind"]), tuple(item["video"]), item["audio"])
            for item in data["packages"]
        )
        return cls(
            source=SourceFacts(**{**data["source"], "frame_rate": Fraction(rate) if rate else None}),
            video=tuple(VideoRendition.from_dict(item) for item in data["video"]),
            audio=AudioRendition.from_dict(data["audio"]) if data["audio"] else None,
            packages=tuple(packages),
            stills=tuple(Still(**item) for item in data["stills"]),
            notes=tuple(data["notes"]),
        )


def make_plan(outputs: Sequence[Output], info: MediaInfo, load: Callable[[str], Preset]) -> Plan:
    """Decide how ``outputs`` are made of the source; ``load`` gives a preset by name.

    Errors: :class:`SourceUnsupported` without video, :class:`InvalidDocument` for ids that are not unique and safe,
    ``UnknownPreset``.
    """
    _check_ids([output.id for output in outputs])
    if not info.video:
        raise SourceUnsupported("The source has no video, and every output needs one.")
    video = info.video[0]
    if _is_picture(info.container, video):
        raise SourceUnsupported(f"The source is one picture ({video.codec}), and every output needs video.")
    sound = info.audio[0] if info.audio else None
    draft = _Draft(_facts(info, video, sound), video, load)
    for output in outputs:
        draft.add(output)
    audio = _audio(sound, draft.presets) if draft.packages else None
    return Plan(
        source=draft.facts,
        video=tuple(sorted(draft.video.values(), key=lambda item: (-item.width * item.height, item.id))),
        audio=audio,
        packages=tuple(
            Package(output_id, kind, ids, audio.id if audio else None) for output_id, kind, ids in draft.packages
        ),
        stills=tuple(draft.stills),
        notes=tuple(draft.notes),
    )


class _Draft:
    """A plan while outputs are added to it; equal encodes fall together, whatever preset they came from."""

    def __init__(self, facts: SourceFacts, video: VideoStream, load: Callable[[str], Preset]) -> None:
        self.facts = facts
        self.presets: list[Preset] = []
        self.video: dict[tuple[Any, ...], VideoRendition] = {}
        self.packages: list[tuple[str, PackageKind, tuple[str, ...]]] = []
        self.stills: list[Still] = []
        self.notes: list[str] = []
        self._stream = video
        self._load = load

    def add(self, output: Output) -> None:
        match output:
            case Mp4():
                renditions = [fit(self._preset(output.preset), self._stream)]
                self._package(output.id, PackageKind.MP4, renditions)
            case Hls():
                renditions, notes = rungs([self._preset(name) for name in output.presets], self._stream)
                self.notes += [f"Output {output.id}: {note}" for note in notes]
                self._package(output.id, PackageKind.HLS, renditions)
            case Poster():
                self._still(output)

    def _preset(self, name: str) -> Preset:
        preset = self._load(name)
        self.presets.append(preset)
        return preset

    def _package(self, output_id: str, kind: PackageKind, renditions: Iterable[VideoRendition]) -> None:
        ids = []
        for item in renditions:
            same = self.video.setdefault((item.width, item.height, item.settings), item)
            ids.append(same.id)
        self.packages.append((output_id, kind, tuple(ids)))

    def _still(self, poster: Poster) -> None:
        at_s, end = poster.at_s, self.facts.duration_s
        if end is not None and at_s >= end:
            self.notes.append(f"Output {poster.id}: {at_s:g} s is beyond the end; the picture is the last one.")
            at_s = round(end, 6)
        lines = min(_POSTER_LINES, self._stream.display_width, self._stream.display_height)
        width, height = scale_to(lines, self._stream.display_width, self._stream.display_height)
        self.stills.append(Still(poster.id, at_s, width, height))


def _is_picture(container: str, video: VideoStream) -> bool:
    """Ffmpeg reads a picture as video of one frame: through `image2`, or `png_pipe` and its like when it is no file."""
    named = container == "image2" or container.endswith("_pipe")
    return named or (video.frames == 1 and video.duration_s is None)


def _facts(info: MediaInfo, video: VideoStream, sound: AudioStream | None) -> SourceFacts:
    duration = video.duration_s if video.duration_s is not None else info.duration_s
    return SourceFacts(
        video=video.index,
        frame_rate=video.frame_rate,
        constant_rate=video.constant_rate,
        offset_s=_offset_s(video, sound),
        duration_s=duration,
        audio_end_s=_audio_end_s(video, sound),
        frames=_trusted_frames(info.container, video),
    )


def _offset_s(video: VideoStream, sound: AudioStream | None) -> float:
    """The clock of ffmpeg starts with the earliest of the streams that are used, whatever else the container holds."""
    return round(max(0.0, video.start_s - sound.start_s), 6) if sound and sound.channels else 0.0


def _audio_end_s(video: VideoStream, sound: AudioStream | None) -> float | None:
    if sound is None or sound.duration_s is None:
        return None
    return round(max(0.0, sound.start_s + sound.duration_s - video.start_s), 6)


def _trusted_frames(container: str, video: VideoStream) -> int | None:
    """The header's count, unless an edit list or a gap makes it differ from what will be shown.

    Only ISO files count pictures; AVI counts packets, empty ones, too.
    """
    if (
        not container.startswith("mov")
        or video.frames is None
        or not video.constant_rate
        or video.duration_s is None
        or video.frame_rate is None
    ):
        return None
    return video.frames if abs(video.duration_s * video.frame_rate - video.frames) <= 1 else None


def _audio(sound: AudioStream | None, presets: Sequence[Preset]) -> AudioRendition | None:
    """One encode for all packages: the best that any of the presets asks for, never more channels than the source."""
    if sound is None or not sound.channels:
        return None
    best = max((preset.audio for preset in presets), key=lambda audio: (audio.rate_kbps, audio.channels))
    return AudioRendition(_AUDIO_ID, sound.index, min(sound.channels, best.channels), best)


def _check_ids(ids: Sequence[str]) -> None:
    for output_id, count in Counter(ids).items():
        if count > 1:
            raise InvalidDocument(f"The output id {output_id!r} is used twice.")
        if not _SAFE_ID.fullmatch(output_id):
            raise InvalidDocument(f"The output id {output_id!r} must be letters, digits, '-' and '_', 64 at most.")
