"""Playlists as the packager leaves them, finished: what it cannot be told, as text in and text out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cloudtranscode.media.outputs import Encryption, Scheme

_MAP = re.compile(r"^(#EXT-X-MAP:.*)$", re.MULTILINE)
_BANDWIDTH = re.compile(r"([:,]BANDWIDTH=)(\d+)")
_SOUND = "#EXT-X-MEDIA:TYPE=AUDIO,"
_RUNG = ("#EXT-X-STREAM-INF:", "#EXT-X-I-FRAME-STREAM-INF:")


def finished_master(text: str, ranges: Mapping[str, str], rates: Mapping[str, int]) -> str:
    """Return a master playlist with a default sound, the range of HDR rungs, and bandwidths that are never exceeded.

    The packager knows a default by its language alone, no colours of AV1 and VP9, and takes the peak of single
    segments, not of a row of them. ``ranges`` and ``rates`` are the values of ``VIDEO-RANGE`` and the least of
    ``BANDWIDTH``, by the folder of a rung. https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis
    """
    lines = text.splitlines()
    sounds = [number for number, line in enumerate(lines) if line.startswith(_SOUND)]
    if sounds and not any("DEFAULT=YES" in lines[number] for number in sounds):
        lines[sounds[0]] = lines[sounds[0]].replace("DEFAULT=NO", "DEFAULT=YES")
    for number, line in enumerate(lines):
        if line.startswith(_RUNG):
            found = re.search(r'URI="([^"/]*)/', line)
            folder = found[1] if found else lines[number + 1].partition("/")[0]
            lines[number] = _rung(line, ranges.get(folder), 0 if found else rates.get(folder, 0))
    return "\n".join([*lines, ""])


def _rung(line: str, video_range: str | None, least: int) -> str:
    if video_range and "VIDEO-RANGE=" not in line:
        line += f",VIDEO-RANGE={video_range}"
    return _BANDWIDTH.sub(lambda found: f"{found[1]}{max(int(found[2]), least)}", line, count=1)


def finished_media(text: str, encryption: Encryption) -> str:
    """Return a media playlist that says where the key of its segments is.

    The packager says so for ``cbcs`` alone. With ``SAMPLE-AES-CTR`` there is no ``IV``: each sample has its own.
    """
    if encryption.scheme is not Scheme.CENC or "#EXT-X-KEY" in text:
        return text
    key = f'#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="{encryption.key_uri}",KEYFORMAT="identity"'
    return _MAP.sub(lambda found: f"{found[1]}\n{key}", text, count=1)
