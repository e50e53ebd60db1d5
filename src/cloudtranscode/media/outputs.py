"""What can be asked for: each output has an id of its own, unique in its job."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mp4:
    """One progressive MP4 with the index in front."""

    id: str
    preset: str


@dataclass(frozen=True, slots=True)
class Hls:
    """A ladder of CMAF segments with ``master.m3u8``."""

    id: str
    presets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Poster:
    """One JPEG of the frame shown ``at_s`` seconds after the first."""

    id: str
    at_s: float = 0.0


Output = Mp4 | Hls | Poster
