"""What a job does with its source, decided: which renditions are encoded, once each, and what is made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import Encryption, Manifest, SubtitleFormat
from cloudtranscode.media.plain import plain, restore
from cloudtranscode.media.plan.pictures import Animation, SpriteSheets, Still, StillSeries
from cloudtranscode.media.plan.waveform import WaveformPlan
from cloudtranscode.media.rendition import AudioRendition, VideoRendition
from cloudtranscode.media.source.streams import Colour


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the outputs are measured against: the clips as they are read, one after the other.

    The outputs' clock starts with the picture; ``audio_end_s`` is where the sound ends on it. ``frames`` is given
    only where header, rate and duration agree on it. ``video`` tells whether there is a picture at all, ``width``
    and ``height`` how large it is as a viewer sees it.
    """

    video: bool
    frame_rate: Fraction | None
    constant_rate: bool
    duration_s: float | None
    audio_end_s: float | None
    frames: int | None
    width: int = 0
    height: int = 0

    @property
    def frame_s(self) -> float:
        """How long a frame lasts on average; 1/24 s when the rate is unknown."""
        return float(1 / self.frame_rate) if self.frame_rate else 1 / 24

    def frames_at(self, rate: Fraction) -> int | None:
        """How many frames there are at another rate, where that is sure; ffmpeg's ``fps`` rounds to the nearest."""
        if self.frames is None or self.frame_rate is None:
            return None
        return math.floor(self.frames / self.frame_rate * rate + Fraction(1, 2))


@dataclass(frozen=True, slots=True)
class ClipSound:
    """One of a clip's sounds: a stream's index and when it begins on the container's clock, in seconds.

    ``changing`` tells that it may change its channels in the middle, as broadcasts do.
    """

    stream: int
    begins_s: float = 0.0
    changing: bool = False


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """How one clip is read: by which name of the door, which streams, from when to when, and what is put right first.

    ``video`` is the stream's index, ``None`` without a picture. ``sounds`` has a place for each of the first clip's,
    ``None`` where this clip is silent. ``start_s`` and ``end_s`` are on the clip's own clock, which starts with its
    picture: when the first frame that is used begins, and the first that is not. ``duration_s`` is what remains.
    ``begins_s`` and ``picture_s`` are on the container's clock: its first stream, and the picture. ``rebased`` tells
    that ffmpeg counts from the first stream that is used instead, ``indexed`` that a time is found exactly. ``held``
    shows the first picture from the start. ``decoder`` is named where the usual one would lose the alpha channel,
    which ``alpha`` tells of. ``width`` and ``height`` are what a viewer sees.
    """

    name: str
    video: int | None
    sounds: tuple[ClipSound | None, ...] = ()
    start_s: float = 0.0
    end_s: float | None = None
    duration_s: float | None = None
    begins_s: float = 0.0
    picture_s: float = 0.0
    rebased: bool = False
    indexed: bool = False
    held: bool = False
    width: int = 0
    height: int = 0
    deinterlace: bool = False
    double: bool = False
    top_first: bool = True
    alpha: bool = False
    decoder: str | None = None
    colour: Colour = field(default_factory=Colour)


@dataclass(frozen=True, slots=True)
class Canvas:
    """What several clips are brought to, so that they can be joined: a frame, a rate, and a form of sound.

    ``frame_rate`` is ``None`` where all clips have the same constant one already; so is each of the rest. The
    ``layouts`` are those of the first clip's sounds. ``sdr`` maps the tones of HDR clips, because not all are.
    """

    width: int
    height: int
    frame_rate: Fraction | None
    pixel_format: str = "yuv420p"
    sample_rate: int = 48000
    layouts: tuple[str, ...] = ()
    sdr: bool = False


@dataclass(frozen=True, slots=True)
class FilePackage:
    """One file made of encoded renditions, named by their ids."""

    output_id: str
    container: Container
    video: str | None
    audio: tuple[str, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LadderPackage:
    """One ladder made of encoded renditions, named by their ids; the largest first."""

    output_id: str
    manifests: frozenset[Manifest]
    video: tuple[str, ...]
    audio: tuple[str, ...]
    texts: tuple[str, ...] = ()
    segment_s: float = 6.0
    iframes: bool = True
    encryption: Encryption | None = None


Package = FilePackage | LadderPackage


@dataclass(frozen=True, slots=True)
class TextRendition:
    """One subtitle track as WebVTT; ``track`` is its number in the job.

    It comes from a sidecar file by its name behind the door, from captions in the picture, or from ``streams``: the
    index of a stream of each clip, ``None`` where that has none.
    """

    id: str
    language: str | None
    name: str | None
    forced: bool
    track: int = 0
    streams: tuple[int | None, ...] = ()
    sidecar: str | None = None
    captions: bool = False


@dataclass(frozen=True, slots=True)
class TextFile:
    """A subtitle track, named by its rendition's id, as a file of its own."""

    output_id: str
    text: str
    format: SubtitleFormat


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a job does with a source; ``notes`` tell the client where it differs from what was asked.

    The renditions stand in the order in which they are scaled: the largest first.
    """

    source: SourceFacts
    clips: tuple[ClipPlan, ...]
    canvas: Canvas | None = None
    video: tuple[VideoRendition, ...] = ()
    audio: tuple[AudioRendition, ...] = ()
    texts: tuple[TextRendition, ...] = ()
    packages: tuple[Package, ...] = ()
    stills: tuple[Still, ...] = ()
    series: tuple[StillSeries, ...] = ()
    sprites: tuple[SpriteSheets, ...] = ()
    previews: tuple[Animation, ...] = ()
    waveforms: tuple[WaveformPlan, ...] = ()
    subtitles: tuple[TextFile, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def colour(self) -> Colour:
        """The colours of the picture that renditions are made from."""
        return Colour("bt709", "bt709", "bt709", "tv") if self.canvas and self.canvas.sdr else self.clips[0].colour

    def facts(self, item: VideoRendition) -> SourceFacts:
        """What a rendition is measured against: the source, or the frames of a rate of its own."""
        rate, source = item.settings.frame_rate, self.source
        if rate is None:
            return source
        return replace(source, frame_rate=rate, constant_rate=True, frames=source.frames_at(rate))

    def frames(self, rendition_id: str) -> int | None:
        """How many frames a rendition has, where that is sure."""
        return self.facts(self.rendition(rendition_id)).frames

    def rendition(self, rendition_id: str) -> VideoRendition:
        """Return the video rendition of this id."""
        return next(item for item in self.video if item.id == rendition_id)

    def sound(self, rendition_id: str) -> AudioRendition:
        """Return the audio rendition of this id."""
        return next(item for item in self.audio if item.id == rendition_id)

    def text(self, rendition_id: str) -> TextRendition:
        """Return the subtitle rendition of this id."""
        return next(item for item in self.texts if item.id == rendition_id)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        found: dict[str, Any] = plain(self)
        return found

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Plan:
        """Rebuild from :meth:`to_dict`."""
        return restore(cls, data)
