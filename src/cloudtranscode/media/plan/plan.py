"""What a job does with its source, decided: which renditions are encoded, once each, and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from cloudtranscode.media.containers import Container
from cloudtranscode.media.outputs import Encryption, Manifest, Preview, Sprite, StillFormat, Subtitles, Waveform
from cloudtranscode.media.plain import plain, restore
from cloudtranscode.media.rendition import AudioRendition, VideoRendition
from cloudtranscode.media.source.streams import Colour


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the outputs are measured against.

    ``offset_s`` is how long after the sound the picture starts: the outputs' clock starts with
    the picture. ``audio_end_s`` is where the sound ends on it. ``frames`` is given only where header,
    rate and duration agree on it. ``video`` tells whether there is a picture at all.
    """

    video: bool
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
class ClipPlan:
    """How one clip is read: by which name of the door, which streams, from when to when, and what is put right first.

    ``video`` is the stream's index, ``None`` without a picture; ``start_s`` and ``end_s`` are on the clip's own clock.
    """

    name: str
    video: int | None
    start_s: float = 0.0
    end_s: float | None = None
    deinterlace: bool = False
    colour: Colour = field(default_factory=Colour)


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
class Still:
    """One picture: the first frame at or after ``at_s`` on the outputs' clock, or the last one.

    ``best`` looks for the best of the pictures from there on instead: neither black nor blurred.
    """

    output_id: str
    at_s: float
    width: int
    height: int
    format: StillFormat = StillFormat.JPG
    best: bool = False


@dataclass(frozen=True, slots=True)
class StillSeries:
    """Pictures at the times ``at_s``: ``name`` has one ``%0Nd``, which counts from 1."""

    output_id: str
    at_s: tuple[float, ...]
    width: int
    height: int
    format: StillFormat
    name: str


@dataclass(frozen=True, slots=True)
class TextRendition:
    """One subtitle track as WebVTT: from a stream of the source (its index), from a sidecar, or from the picture."""

    id: str
    language: str | None
    name: str | None
    forced: bool
    stream: int | None = None
    sidecar: str | None = None
    captions: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a job does with a source; ``notes`` tell the client where it differs from what was asked.

    The renditions stand in the order in which they are scaled: the largest first.
    """

    source: SourceFacts
    clips: tuple[ClipPlan, ...]
    video: tuple[VideoRendition, ...] = ()
    audio: tuple[AudioRendition, ...] = ()
    texts: tuple[TextRendition, ...] = ()
    packages: tuple[Package, ...] = ()
    stills: tuple[Still, ...] = ()
    series: tuple[StillSeries, ...] = ()
    sprites: tuple[Sprite, ...] = ()
    previews: tuple[Preview, ...] = ()
    waveforms: tuple[Waveform, ...] = ()
    subtitles: tuple[Subtitles, ...] = ()
    notes: tuple[str, ...] = ()

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
