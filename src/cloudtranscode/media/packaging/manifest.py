"""Reading DASH manifests back: as much of ISO/IEC 23009-1 as the packager writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_SPACE = "{urn:mpeg:dash:schema:mpd:2011}"
_KID = "{urn:mpeg:cenc:2013}default_KID"
_NUMBER = re.compile(r"\$Number(?:%0(\d+)d)?\$")
_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")


@dataclass(frozen=True, slots=True)
class Representation:
    """One stream: ``segments`` are (URI, seconds), ``init`` is the URI of the initialization section.

    ``kind`` is ``video``, ``audio`` or ``text``; ``key_id`` the identifier of the key that it is encrypted with.
    """

    kind: str
    codecs: str
    bandwidth: int
    init: str | None
    segments: tuple[tuple[str, float], ...]
    width: int = 0
    height: int = 0
    language: str | None = None
    label: str | None = None
    role: str | None = None
    key_id: str | None = None

    @property
    def uris(self) -> tuple[str, ...]:
        """Every file that the representation names."""
        return (*([self.init] if self.init else []), *(uri for uri, _ in self.segments))


@dataclass(frozen=True, slots=True)
class Manifest:
    """A presentation on demand; ``duration_s`` is what it says of itself."""

    static: bool
    duration_s: float
    streams: tuple[Representation, ...]


def parse_manifest(text: str) -> Manifest:
    """Read a manifest. Errors: ``ValueError`` for text that is none."""
    if "<!" in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL):
        raise ValueError("it declares something of its own")  # entities, which can grow without end
    try:
        root = ET.fromstring(text)  # noqa: S314  # without declarations there is nothing to expand
    except ET.ParseError as error:
        raise ValueError(f"it is no XML ({error})") from error
    if root.tag != f"{_SPACE}MPD":
        raise ValueError("it is no MPD")
    streams = [one for found in root.iter(f"{_SPACE}AdaptationSet") for one in _streams(found)]
    duration_s = _seconds(root.get("mediaPresentationDuration", ""))
    return Manifest(root.get("type", "static") == "static", duration_s, tuple(streams))


def _streams(family: ET.Element) -> Iterator[Representation]:
    role, label = family.find(f"{_SPACE}Role"), family.find(f"{_SPACE}Label")
    keys = [one.get(_KID) for one in family.iter(f"{_SPACE}ContentProtection") if one.get(_KID)]
    for item in family.iter(f"{_SPACE}Representation"):
        template = item.find(f"{_SPACE}SegmentTemplate")
        if template is None:
            raise ValueError("a representation has no template of segments")
        yield Representation(
            kind=family.get("contentType", ""),
            codecs=item.get("codecs", ""),
            bandwidth=int(item.get("bandwidth", "0")),
            init=template.get("initialization"),
            segments=tuple(_segments(template)),
            width=int(item.get("width") or family.get("width") or 0),
            height=int(item.get("height") or family.get("height") or 0),
            language=family.get("lang"),
            label=label.text if label is not None else None,
            role=role.get("value") if role is not None else None,
            key_id=keys[0] if keys else None,
        )


def _segments(template: ET.Element) -> Iterator[tuple[str, float]]:
    """Each entry of the timeline stands for itself and its repetitions: 5.3.9.6."""
    number, scale = int(template.get("startNumber", "1")), int(template.get("timescale", "1"))
    name = template.get("media", "")
    for entry in template.iter(f"{_SPACE}S"):
        for _ in range(int(entry.get("r", "0")) + 1):
            yield _numbered(name, number), int(entry.get("d", "0")) / scale
            number += 1


def _numbered(name: str, number: int) -> str:
    return _NUMBER.sub(lambda found: f"{number:0{found[1] or 1}d}", name)


def _seconds(text: str) -> float:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no duration")
    return int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + float(found[3] or 0)
