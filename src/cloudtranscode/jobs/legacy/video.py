"""Videos of the earlier stack: a preset, what differs from it, and a watermark."""

from __future__ import annotations

from typing import Any

from cloudtranscode.jobs.legacy.fields import Fields
from cloudtranscode.jobs.legacy.values import (
    AUDIO_CODECS,
    VIDEO_CODECS,
    codec,
    folder_of,
    rate_kbps,
    size,
    suffix_of,
    whole,
    words,
)

_FILES = {"mp4": "mp4", "m4v": "mp4", "webm": "webm", "mkv": "mkv", "mov": "mov", "ts": "ts"}
_PLAYLIST = "m3u8"
_UNSAID = {
    "webm": ", with VP9 and Opus where no codec is named, for WebM has neither H.264 nor AAC",
    _PLAYLIST: ", as the one rung of a ladder whose playlist is master.m3u8",
}


def video_output(fields: Fields, to: str) -> dict[str, Any]:
    """Map a video: one file by its suffix, or for a playlist a ladder with one rung."""
    suffix, preset = suffix_of(to), fields.needed("preset")
    if suffix != _PLAYLIST and suffix not in _FILES:
        fields.refuse(fields.named("file", "output_file"), f"must end with one of {', '.join((*_FILES, _PLAYLIST))}")
    fields.kept("preset", f"preset {preset}{_UNSAID.get(suffix, '')}")
    tables = {"size": _size_table(fields), "video": _video_table(fields), "audio": audio_table(fields)}
    if suffix == "webm":
        tables = {**tables, "video": {"codec": "vp9", **tables["video"]}, "audio": {"codec": "opus", **tables["audio"]}}
    mark = fields.inner("watermark")
    rest = {name: table for name, table in tables.items() if table}
    rest |= {"watermark": _watermark(mark)} if mark else {}
    if suffix == _PLAYLIST:
        return {"type": "hls", "presets": [preset], **rest, "to": folder_of(to)}
    return {"type": _FILES[suffix], "preset": preset, **rest, "to": to}


def audio_table(fields: Fields) -> dict[str, Any]:
    """Return what differs from the sound of a preset."""
    name, rate = codec(fields, "audio_codec", AUDIO_CODECS), rate_kbps(fields, "audio_bitrate")
    fields.kept("audio_codec", f"audio.codec {name}")
    fields.kept("audio_bitrate", f"audio.rate_kbps {rate}")
    return _given(codec=name, rate_kbps=rate)


def _video_table(fields: Fields) -> dict[str, Any]:
    name, rate = codec(fields, "video_codec", VIDEO_CODECS), rate_kbps(fields, "video_bitrate")
    fields.kept("video_codec", f"video.codec {name}")
    fields.kept("video_bitrate", f"video.rate_kbps {rate}")
    return _given(codec=name, rate_kbps=rate, frame_rate=_frame_rate(fields))


def _frame_rate(fields: Fields) -> str | None:
    given = fields.text("frame_rate")
    if given == "auto":
        fields.kept("frame_rate", "the source's, at most that of the preset")
        return None
    fields.kept("frame_rate", f"video.frame_rate {given}")
    return given


def _size_table(fields: Fields) -> dict[str, Any]:
    sides = size(fields)
    is_open = len(sides) == 1
    fields.kept("size", f"size: {words(sides)}" + ("; the other side is at most the preset's" if is_open else ""))
    ratio, small, large = fields.flag("keep_ratio"), fields.flag("no_enlarge"), fields.flag("allow_upscale")
    if small and large:
        fields.refuse("allow_upscale", "contradicts no_enlarge")
    if is_open and ratio is False:
        fields.refuse("keep_ratio", "contradicts a size with an open side")
    fit = None if ratio is None else "fit" if ratio else "exact"
    enlarge = None if small is None and large is None else bool(large) or small is False
    fields.kept("keep_ratio", f"size.fit {fit}")
    fields.kept("no_enlarge", f"size.enlarge {enlarge}")
    fields.kept("allow_upscale", f"size.enlarge {enlarge}")
    return {**sides, **_given(fit=fit, enlarge=enlarge)}


def _watermark(mark: Fields) -> dict[str, Any]:
    bucket, file = mark.needed("bucket", "input_bucket"), mark.needed("file", "input_file")
    image = f"s3://{bucket}/{file.lstrip('/')}"
    sides = size(mark)
    numbers = {name: mark.number(name) for name in ("x", "y", "opacity")}
    places = {name: None if number is None else whole(number) for name, number in numbers.items()}
    for name in ("bucket", "input_bucket", "file", "input_file"):
        mark.kept(name, f"watermark.image {image}")
    for name, value in {"size": words(sides), **places}.items():
        mark.kept(name, f"watermark.{name} {value}")
    mark.close()
    return {"image": image, **sides, **_given(**places)}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
