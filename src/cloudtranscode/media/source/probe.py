"""What the source is: ffprobe's JSON read into :class:`MediaInfo`."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction
from typing import Any

from cloudtranscode.errors import SourceDamaged, SourceNotMedia, SourceUnsupported
from cloudtranscode.media.source.streams import AudioStream, MediaInfo, VideoStream

_NOT_MEDIA = frozenset({"tty", "concat", "concatf", "dash", "hls", "imf", "sdp", "rtsp", "webvtt", "srt", "ass", "lrc"})
"""Demuxers that read text: playlists that name other files, subtitles, and `tty`, which renders any text as video."""

_TRUNCATED = re.compile(r"moov atom not found|partial file|Truncat|End of file|header damaged", re.IGNORECASE)
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_DEPTH = re.compile(r"(?:p|gray|gbrp|gbrap|x2rgb|x2bgr|xyz)(9|10|12|14|16)(?:le|be|msble)?$")


def read_probe(exit_code: int, output: str, tail: tuple[str, ...] = ()) -> MediaInfo:
    """Read what ``ffprobe -show_format -show_streams -of json`` printed.

    Errors: :class:`SourceDamaged` for a container that breaks off, :class:`SourceNotMedia` for anything that is
    no container of audio or video.
    """
    if exit_code:
        raise _refusal(tail)
    data = json.loads(output)
    container = data.get("format", {}).get("format_name", "")
    if set(container.split(",")) & _NOT_MEDIA:
        raise SourceNotMedia(f"The source is text ({container}), not audio or video.")
    streams = data.get("streams", [])
    video = tuple(_video(item) for item in streams if _is_picture_track(item))
    audio = tuple(_audio(item) for item in streams if item.get("codec_type") == "audio")
    if video and all(stream.pixel_format == "unknown" for stream in video):
        raise _undecodable(video[0], tail)
    if not video and not audio:
        raise SourceNotMedia(f"The source has no audio and no video (container {container or 'unknown'}).")
    duration = _seconds(data["format"].get("duration"))
    return MediaInfo(container, duration, _seconds(data["format"].get("start_time")) or 0.0, video, audio)


def _refusal(tail: tuple[str, ...]) -> SourceDamaged | SourceNotMedia:
    for line in tail:
        if found := _TRUNCATED.search(line):
            return SourceDamaged(f"The source breaks off: ffprobe says {found[0]!r}.")
    return SourceNotMedia("The source is not an audio or video file that ffprobe knows.")


def _undecodable(video: VideoStream, tail: tuple[str, ...]) -> SourceDamaged | SourceUnsupported:
    """The headers are there, but ffprobe got no picture: the data is missing, or there is no decoder."""
    for line in tail:
        if found := _TRUNCATED.search(line):
            return SourceDamaged(f"The source breaks off before its first picture: ffprobe says {found[0]!r}.")
    return SourceUnsupported(f"No picture can be decoded from the source's video ({video.codec}).")


def _is_picture_track(item: dict[str, Any]) -> bool:
    if item.get("codec_type") != "video" or item.get("disposition", {}).get("attached_pic"):
        return False
    return bool(item.get("width") and item.get("height") and item.get("codec_name"))


def _video(item: dict[str, Any]) -> VideoStream:
    rotation = _rotation(item)
    sar = _fraction(item.get("sample_aspect_ratio"), ":") or Fraction(1)
    width, height = _square(item["width"], item["height"], sar)
    turned = rotation in {90, 270}
    pixel_format = item.get("pix_fmt", "unknown")
    return VideoStream(
        index=item["index"],
        codec=item["codec_name"],
        width=item["width"],
        height=item["height"],
        display_width=height if turned else width,
        display_height=width if turned else height,
        rotation=rotation,
        sar=sar,
        frame_rate=_fraction(item.get("avg_frame_rate")),
        base_rate=_fraction(item.get("r_frame_rate")),
        frames=int(item["nb_frames"]) if item.get("nb_frames", "0") != "0" else None,
        duration_s=_duration(item),
        start_s=_seconds(item.get("start_time")) or 0.0,
        pixel_format=pixel_format,
        bit_depth=_depth(pixel_format, item.get("bits_per_raw_sample")),
    )


def _audio(item: dict[str, Any]) -> AudioStream:
    return AudioStream(
        index=item["index"],
        codec=item.get("codec_name", "unknown"),
        channels=int(item.get("channels", 0)),
        sample_rate=int(item.get("sample_rate", 0)),
        language=item.get("tags", {}).get("language"),
        duration_s=_duration(item),
        start_s=_seconds(item.get("start_time")) or 0.0,
    )


def _rotation(item: dict[str, Any]) -> int:
    """The display matrix counts counter-clockwise; a viewer's turn is clockwise. ISO/IEC 14496-12, 8.3.2."""
    angles = [side["rotation"] for side in item.get("side_data_list", []) if "rotation" in side]
    return round(-float(angles[0]) / 90) * 90 % 360 if angles else 0


def _square(width: int, height: int, sar: Fraction) -> tuple[int, int]:
    """Width and height in square pixels: widen rather than drop lines, so that no line is lost."""
    return (round(width * sar), height) if sar >= 1 else (width, round(height / sar))


def _depth(pixel_format: str, raw: str | None) -> int:
    found = _DEPTH.search(pixel_format)
    return int(found[1]) if found else int(raw or 8)


def _seconds(text: str | None) -> float | None:
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _duration(item: dict[str, Any]) -> float | None:
    """The stream's own duration; Matroska keeps it in a tag as ``00:00:01.001000000``."""
    own = _seconds(item.get("duration"))
    clock = _CLOCK.fullmatch(item.get("tags", {}).get("DURATION", ""))
    if own is not None or clock is None:
        return own
    return int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3])


def _fraction(text: str | None, separator: str = "/") -> Fraction | None:
    """Read ``24000/1001``; ffprobe writes ``0/0`` and ``0:1`` for unknown."""
    above, _, below = (text or "").partition(separator)
    if not above.isdigit() or not below.isdigit() or not int(above) or not int(below):
        return None
    return Fraction(int(above), int(below))
