"""What the values of the earlier stack mean here: places, sizes, rates, codecs."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from cloudtranscode.jobs.legacy.fields import Fields

_SIZE = re.compile(r"(-[12]|\d{1,5})[xX:](-[12]|\d{1,5})")
_RATE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)([kKmM]?)")
_FACTORS = {"": 0.001, "k": 1.0, "m": 1000.0}

VIDEO_CODECS = {
    **dict.fromkeys(("libx264", "x264", "h264"), "h264"),
    **dict.fromkeys(("libx265", "x265", "h265", "hevc"), "hevc"),
    **dict.fromkeys(("libvpx-vp9", "vp9"), "vp9"),
    **dict.fromkeys(("libaom-av1", "libsvtav1", "av1"), "av1"),
    **dict.fromkeys(("prores", "prores_ks"), "prores"),
    "ffv1": "ffv1",
}
AUDIO_CODECS: dict[str, str] = {
    **dict.fromkeys(("libfdk_aac", "libfaac", "libvo_aacenc", "aac"), "aac"),
    **dict.fromkeys(("libmp3lame", "mp3"), "mp3"),
    **dict.fromkeys(("libopus", "opus"), "opus"),
    **{name: name for name in ("ac3", "eac3", "flac")},
    "pcm_s16le": "pcm",
}


def key_of(fields: Fields, *, suffix: str = "") -> str:
    """Return ``path/file`` as a key, without empty parts; ``.*`` at its end becomes ``suffix``."""
    folder, name = fields.text("path", "output_path"), fields.needed("file", "output_file")
    parts = [part for part in f"{folder or ''}/{name}".split("/") if part]
    if not parts:
        fields.refuse(fields.named("file", "output_file"), "names no file")
    key = "/".join(parts)
    return key.removesuffix(".*") + suffix if key.endswith(".*") else key


def suffix_of(key: str) -> str:
    """What a key ends with, in small letters and without the dot."""
    return PurePosixPath(key).suffix.lower().lstrip(".")


def folder_of(uri: str) -> str:
    """The prefix in which an object lies."""
    return uri.rpartition("/")[0] + "/"


def size(fields: Fields) -> dict[str, int]:
    """Read ``640x360`` or ``-1:159``: the sides that are given, in pixels."""
    given = fields.text("size")
    if given is None:
        return {}
    found = _SIZE.fullmatch(given.strip())
    sides = {name: int(side) for name, side in zip(("width", "height"), found.groups() if found else (), strict=False)}
    known = {name: side for name, side in sides.items() if side > 0}
    if not known or 0 in sides.values():
        fields.refuse("size", "must be such as 640x360 or -1:360")
    return known


def rate_kbps(fields: Fields, name: str) -> int | None:
    """Read ``1200k``, ``1.2M`` or a number of bits per second, as ffmpeg did: kilobits per second."""
    given = fields.text(name)
    if given is None:
        return None
    found = _RATE.fullmatch(given.strip())
    if found is None or (rate := round(float(found[1]) * _FACTORS[found[2].lower()])) < 1:
        fields.refuse(name, "must be a rate such as 1200k")
    return rate


def codec(fields: Fields, name: str, known: dict[str, str]) -> str | None:
    """Read the name that ffmpeg has for an encoder."""
    given = fields.text(name)
    if given is None:
        return None
    if given not in known:
        fields.refuse(name, f"{given!r} is not made here; there are {', '.join(dict.fromkeys(known.values()))}")
    return known[given]


def whole(value: float) -> float:
    """Return a number without a fraction as one that is written so."""
    return int(value) if value.is_integer() else value


def words(sides: dict[str, int]) -> str:
    """Return sides as people read them, such as ``width 640, height 360``."""
    return ", ".join(f"{name} {side}" for name, side in sides.items())
