"""What can be asked for: each output has an id of its own, unique in its job. The job document uses the same words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from cloudtranscode.media.containers import Container
from cloudtranscode.media.rendition import Overlays, Size


@dataclass(frozen=True, slots=True)
class PresetChoice:
    """A preset by name, and what is to differ from it: fields of its tables ``size``, ``video`` and ``audio``."""

    name: str
    size: dict[str, Any] = field(default_factory=dict)
    video: dict[str, Any] = field(default_factory=dict)
    audio: dict[str, Any] = field(default_factory=dict)


class MomentKind(StrEnum):
    """How a moment is named."""

    SECONDS = "seconds"
    PERCENT = "percent"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the outputs' clock: in seconds, as a part of the duration in percent, or the best picture there is."""

    kind: MomentKind = MomentKind.SECONDS
    value: float = 0.0


class StillFormat(StrEnum):
    """How a still is stored."""

    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"


@dataclass(frozen=True, slots=True)
class FileOutput:
    """One file with a picture, with or without sound. ``audio`` and ``subtitles`` are numbers of the job's tracks."""

    id: str
    container: Container
    preset: PresetChoice
    overlays: Overlays = field(default_factory=Overlays)
    audio: tuple[int, ...] = (0,)
    subtitles: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AudioOutput:
    """One file of sound alone; ``track`` is the number of the job's audio track."""

    id: str
    container: Container
    preset: PresetChoice
    track: int = 0


class Manifest(StrEnum):
    """A way of telling players where the segments are."""

    HLS = "hls"
    DASH = "dash"


class Scheme(StrEnum):
    """A protection scheme of ISO/IEC 23001-7."""

    CENC = "cenc"
    CBCS = "cbcs"


@dataclass(frozen=True, slots=True)
class Encryption:
    """Encryption of all segments with one raw key; ``key_id``, ``key`` and ``iv`` are 16 bytes in hexadecimal."""

    scheme: Scheme
    key_id: str
    key: str = field(repr=False)
    iv: str | None = field(default=None, repr=False)
    key_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Ladder:
    """A ladder of CMAF segments under one prefix, with ``master.m3u8``, ``manifest.mpd`` or both.

    ``auto`` derives the rungs from the source; ``presets`` then gives the first preset alone, whose settings they
    take. ``segment_s`` is a multiple of the presets' GOP. Every audio track is carried; ``subtitles`` are numbers of
    the job's tracks.
    """

    id: str
    manifests: frozenset[Manifest]
    presets: tuple[PresetChoice, ...]
    auto: bool = False
    segment_s: float = 6.0
    iframes: bool = True
    overlays: Overlays = field(default_factory=Overlays)
    subtitles: tuple[int, ...] = ()
    encryption: Encryption | None = None


@dataclass(frozen=True, slots=True)
class Poster:
    """One picture of a moment, at most 1080 lines unless ``size`` says more."""

    id: str
    at: Moment = field(default_factory=Moment)
    format: StillFormat = StillFormat.JPG
    size: Size = field(default_factory=lambda: Size(lines=1080))


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Pictures at equal distances: one each ``every_s`` seconds, or ``count`` of them. ``name`` has one ``%0Nd``."""

    id: str
    every_s: float | None = None
    count: int | None = None
    format: StillFormat = StillFormat.JPG
    size: Size = field(default_factory=lambda: Size(lines=180))
    name: str = "thumb%06d"


@dataclass(frozen=True, slots=True)
class Sprite:
    """Sheets of small pictures, and a WebVTT file that tells a player which rectangle shows which time."""

    id: str
    every_s: float = 5.0
    columns: int = 10
    rows: int = 10
    format: StillFormat = StillFormat.JPG
    size: Size = field(default_factory=lambda: Size(width=160))


class PreviewFormat(StrEnum):
    """How an animation is stored."""

    WEBP = "webp"
    GIF = "gif"


@dataclass(frozen=True, slots=True)
class Preview:
    """A short animation that repeats: ``clips`` pieces over the whole source, ``length_s`` seconds together."""

    id: str
    format: PreviewFormat = PreviewFormat.WEBP
    length_s: float = 3.0
    clips: int = 3
    frame_rate: float = 10.0
    size: Size = field(default_factory=lambda: Size(width=320))


class WaveformFormat(StrEnum):
    """A picture of the waveform, or its peaks as numbers."""

    PNG = "png"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Waveform:
    """The course of a track's level; ``width`` and ``height`` in pixels, ``peaks_per_s`` for JSON."""

    id: str
    format: WaveformFormat
    track: int = 0
    width: int = 1200
    height: int = 200
    color: str = "4f8cc9"
    peaks_per_s: int = 20


class SubtitleFormat(StrEnum):
    """A format of subtitles as a file."""

    VTT = "vtt"
    SRT = "srt"
    ASS = "ass"


@dataclass(frozen=True, slots=True)
class Subtitles:
    """One subtitle track as a file; ``track`` is the number of the job's subtitle track."""

    id: str
    format: SubtitleFormat
    track: int = 0


@dataclass(frozen=True, slots=True)
class Custom:
    """What an argument list of ffmpeg makes; ``args`` stand between the inputs and the output's name."""

    id: str
    args: tuple[str, ...]
    suffix: str


Output = FileOutput | AudioOutput | Ladder | Poster | Thumbnails | Sprite | Preview | Waveform | Subtitles | Custom


@dataclass(frozen=True, slots=True)
class Clip:
    """A source, or a part of it: ``name`` is what the door lends it as; times count from its first picture."""

    name: str
    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """Which sound becomes a track: the streams of these numbers among the source's audio, or the first of a language.

    ``streams`` count from 0; several are put side by side, as eight mono streams of a tape. Neither: the default one.
    """

    streams: tuple[int, ...] = ()
    language: str | None = None
    layout: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    """Which subtitles become a track: a sidecar file by the name the door lends it as, or a stream of the source.

    ``stream`` counts from 0 among the source's subtitle streams; ``captions`` means CEA-608 in the picture.
    """

    sidecar: str | None = None
    stream: int | None = None
    captions: bool = False
    language: str | None = None
    name: str | None = None
    forced: bool = False


class Named(Protocol):
    """Something to be made, of whatever kind of asset; each engine knows its own by their types."""

    @property
    def id(self) -> str:
        """Unique in its job."""


@dataclass(frozen=True, slots=True)
class Order:
    """All that a job asks of the media room: what is read, which tracks it has, and what is made.

    Without ``audio`` there is one track for each language of the source. ``video`` is the number among the source's
    video streams, ``None`` the best one.
    """

    outputs: tuple[Named, ...]
    clips: tuple[Clip, ...] = (Clip("source"),)
    video: int | None = None
    audio: tuple[AudioTrack, ...] = ()
    subtitles: tuple[SubtitleTrack, ...] = ()
