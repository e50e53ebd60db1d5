"""A source as it was found: its container and its streams, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from cloudtranscode.media.plain import plain, restore


class Hdr(StrEnum):
    """A kind of high dynamic range: PQ with static metadata (SMPTE ST 2084, ST 2086), or HLG (ITU-R BT.2100)."""

    HDR10 = "hdr10"
    HLG = "hlg"


@dataclass(frozen=True, slots=True)
class Colour:
    """What the numbers of a picture mean, in ffmpeg's words; ``None`` where the source does not say.

    ``mastering`` is the mastering display as x265 writes it, ``light`` the content light level ``"max,average"``.
    """

    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    range: str | None = None
    hdr: Hdr | None = None
    mastering: str | None = None
    light: str | None = None


@dataclass(frozen=True, slots=True)
class VideoStream:
    """A video stream; ``width`` and ``height`` are coded, ``display_width`` and ``display_height`` what a viewer sees.

    ``rotation`` is in degrees clockwise as shown: 0, 90, 180 or 270. ``frame_rate`` is the average and ``base_rate``
    the lowest rate that expresses all timestamps, both ``None`` when unknown. ``frames`` is what the container says.
    ``interlaced`` tells fields from frames, ``top_first`` their order. ``rate_kbps`` is at most what its bits take.
    """

    index: int
    codec: str
    width: int
    height: int
    display_width: int
    display_height: int
    rotation: int
    sar: Fraction
    frame_rate: Fraction | None
    base_rate: Fraction | None
    frames: int | None
    duration_s: float | None
    start_s: float
    pixel_format: str
    bit_depth: int
    profile: str | None = None
    colour: Colour = Colour()
    interlaced: bool = False
    top_first: bool = True
    alpha: bool = False
    captions: bool = False
    language: str | None = None
    default: bool = False
    rate_kbps: int | None = None

    @property
    def constant_rate(self) -> bool:
        """Whether every frame lasts equally long, as far as the headers tell."""
        if not self.frame_rate or not self.base_rate:
            return False
        return abs(self.frame_rate / self.base_rate - 1) < Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class AudioStream:
    """An audio stream; ``language`` is the container's tag, ``None`` when it has none."""

    index: int
    codec: str
    channels: int
    sample_rate: int
    language: str | None
    duration_s: float | None
    start_s: float
    layout: str | None = None
    title: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class SubtitleStream:
    """A subtitle stream; ``text`` tells words from pictures of words (DVD, DVB, PGS)."""

    index: int
    codec: str
    language: str | None
    text: bool
    title: str | None = None
    default: bool = False
    forced: bool = False


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A source: times in seconds; ``start_s`` is the earliest start of its streams.

    Cover pictures are no video: ``covers`` counts them.
    """

    container: str
    duration_s: float | None
    start_s: float
    video: tuple[VideoStream, ...]
    audio: tuple[AudioStream, ...]
    subtitles: tuple[SubtitleStream, ...] = ()
    covers: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; fractions as ``"24000/1001"``."""
        found: dict[str, Any] = plain(self)
        return found

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> MediaInfo:
        """Rebuild from :meth:`to_dict`."""
        return restore(cls, data)
