"""The vocabulary of an encode: what a rendition is made with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class VideoSettings:
    """How video is encoded; ``lines`` is the short side in pixels, rates are in kb/s, ``gop_s`` in seconds.

    ``max_rate_kbps`` caps the rate over a buffer of ``buffer_kbit`` (the decoder model of H.264, annex C).
    """

    codec: str
    encoder_preset: str
    lines: int
    rate_kbps: int
    max_rate_kbps: int
    buffer_kbit: int
    pixel_format: str
    gop_s: float


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """How audio is encoded; ``channels`` is the most there will be, fewer stay fewer."""

    codec: str
    rate_kbps: int
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Preset:
    """A named choice of settings."""

    name: str
    video: VideoSettings
    audio: AudioSettings


@dataclass(frozen=True, slots=True)
class VideoRendition:
    """One video encode of a source: ``width`` and ``height`` are even and of square pixels."""

    id: str
    width: int
    height: int
    settings: VideoSettings

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> VideoRendition:
        """Rebuild from :meth:`to_dict`."""
        return cls(**{**data, "settings": VideoSettings(**data["settings"])})


@dataclass(frozen=True, slots=True)
class AudioRendition:
    """One audio encode of a source: ``stream`` is the index in the source, ``channels`` what comes out."""

    id: str
    stream: int
    channels: int
    settings: AudioSettings

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AudioRendition:
        """Rebuild from :meth:`to_dict`."""
        return cls(**{**data, "settings": AudioSettings(**data["settings"])})
