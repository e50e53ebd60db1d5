"""Reading HLS playlists back: as much of RFC 8216 as the packager writes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """One stream: ``segments`` are (URI, seconds), ``init`` is the URI of the initialization section.

    ``ranges`` are the (bytes, offset) of each segment where only a part of a file is meant; ``keys`` the attributes of
    what it says about encryption.
    """

    target_s: int
    init: str | None
    segments: tuple[tuple[str, float], ...]
    ended: bool
    ranges: tuple[tuple[int, int], ...] = ()
    keys: tuple[dict[str, str], ...] = ()
    iframes_only: bool = False

    @property
    def uris(self) -> tuple[str, ...]:
        """Every file that the playlist names."""
        return (*([self.init] if self.init else []), *(uri for uri, _ in self.segments))

    @property
    def duration_s(self) -> float:
        """The sum of the segments' durations."""
        return sum(duration for _, duration in self.segments)


@dataclass(frozen=True, slots=True)
class Variant:
    """One rung of a master playlist and its attributes, without quotes."""

    uri: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class MasterPlaylist:
    """A ladder: its rungs, their playlists of I-frames, and the attributes of each separate sound and subtitle."""

    variants: tuple[Variant, ...]
    iframes: tuple[Variant, ...] = ()
    sounds: tuple[dict[str, str], ...] = ()
    subtitles: tuple[dict[str, str], ...] = ()
    independent: bool = False


def parse_media(text: str) -> MediaPlaylist:
    """Read a media playlist. Errors: ``ValueError`` for text that is none."""
    tags, uris = _lines(text)
    durations = [float(value.partition(",")[0]) for name, value in tags if name == "#EXTINF"]
    single = dict(tags)
    return MediaPlaylist(
        target_s=int(single.get("#EXT-X-TARGETDURATION", "0")),
        init=_attributes(single.get("#EXT-X-MAP", "")).get("URI"),
        segments=tuple(zip(uris, durations, strict=True)),
        ended="#EXT-X-ENDLIST" in single,
        ranges=tuple(_range(value) for name, value in tags if name == "#EXT-X-BYTERANGE"),
        keys=tuple(_attributes(value) for name, value in tags if name == "#EXT-X-KEY"),
        iframes_only="#EXT-X-I-FRAMES-ONLY" in single,
    )


def parse_master(text: str) -> MasterPlaylist:
    """Read a master playlist. Errors: ``ValueError`` for text that is none."""
    tags, uris = _lines(text)
    rungs = [_attributes(value) for name, value in tags if name == "#EXT-X-STREAM-INF"]
    iframes = [_attributes(value) for name, value in tags if name == "#EXT-X-I-FRAME-STREAM-INF"]
    media = [_attributes(value) for name, value in tags if name == "#EXT-X-MEDIA"]
    return MasterPlaylist(
        variants=tuple(Variant(uri, rung) for uri, rung in zip(uris, rungs, strict=True)),
        iframes=tuple(Variant(rung.get("URI", ""), rung) for rung in iframes),
        sounds=tuple(item for item in media if item.get("TYPE") == "AUDIO"),
        subtitles=tuple(item for item in media if item.get("TYPE") == "SUBTITLES"),
        independent=any(name == "#EXT-X-INDEPENDENT-SEGMENTS" for name, _ in tags),
    )


def _lines(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise ValueError("the first line is not #EXTM3U")
    tags = [line.partition(":") for line in lines if line.startswith("#EXT")]
    return [(name, value) for name, _, value in tags], [line for line in lines if not line.startswith("#")]


def _attributes(text: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(text)}


def _range(text: str) -> tuple[int, int]:
    length, _, offset = text.partition("@")
    return int(length), int(offset)
