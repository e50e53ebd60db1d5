"""Playlists as the packager leaves them, finished: what it cannot be told, as text in and text out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cloudtranscode.media.outputs import Encryption, Scheme

_MAP = re.compile(r"^(#EXT-X-MAP:.*)$", re.MULTILINE)
_SOUND = "#EXT-X-MEDIA:TYPE=AUDIO,"
_RUNG = ("#EXT-X-STREAM-INF:", "#EXT-X-I-FRAME-STREAM-INF:")


def finished_master(text: str, ranges: Mapping[str, str]) -> str:
    """Return a master playlist with a default sound, and the range of HDR rungs.

    The packager knows a default by its language alone, and no colours of AV1 and VP9. ``ranges`` are the values of
    ``VIDEO-RANGE`` by the folder of a rung. https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis
    """
    lines = text.splitlines()
    sounds = [number for number, line in enumerate(lines) if line.startswith(_SOUND)]
    if sounds and not any("DEFAULT=YES" in lines[number] for number in sounds):
        lines[sounds[0]] = lines[sounds[0]].replace("DEFAULT=NO", "DEFAULT=YES")
    for number, line in enumerate(lines):
        if line.startswith(_RUNG) and "VIDEO-RANGE=" not in line:
            found = re.search(r'URI="([^"/]*)/', line)
            folder = found[1] if found else lines[number + 1].partition("/")[0]
            lines[number] += f",VIDEO-RANGE={ranges[folder]}" if folder in ranges else ""
    return "\n".join([*lines, ""])


def finished_media(text: str, encryption: Encryption) -> str:
    """Return a media playlist that says where the key of its segments is.

    The packager says so for ``cbcs`` alone. With ``SAMPLE-AES-CTR`` there is no ``IV``: each sample has its own.
    """
    if encryption.scheme is not Scheme.CENC or "#EXT-X-KEY" in text:
        return text
    key = f'#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="{encryption.key_uri}",KEYFORMAT="identity"'
    return _MAP.sub(lambda found: f"{found[1]}\n{key}", text, count=1)
