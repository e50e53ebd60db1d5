"""What the source is: ffprobe's JSON read into :class:`MediaInfo`."""

from __future__ import annotations

import json
import math
import re
import signal
from dataclasses import replace
from fractions import Fraction
from typing import Any

from cloudtranscode.errors import CloudTranscodeError, SourceDamaged, SourceNotMedia, SourceUnsupported
from cloudtranscode.media.source.colour import read_colour
from cloudtranscode.media.source.streams import AudioStream, MediaInfo, SubtitleStream, VideoStream

_NOT_MEDIA = frozenset({"tty", "concat", "concatf", "dash", "hls", "imf", "sdp", "rtsp", "webvtt", "srt", "ass", "lrc"})
"""Demuxers that read text: playlists that name other files, subtitles, and `tty`, which renders any text as video."""

_MAX_RATE = 300
_TEXTS = frozenset({"subrip", "ass", "ssa", "webvtt", "mov_text", "text", "eia_608"})
_CAPTIONS = "ATSC A53 Part 4 Closed Captions"
_FIELDS = frozenset({"tt", "bb", "tb", "bt"})
_BOTTOM_FIRST = frozenset({"bb", "tb"})
"""ffprobe's field order: which field is coded first, then which is shown first. libavcodec/codec_par.h: `tb` is coded
top first and shown bottom first."""

_ALPHA = re.compile(r"yuva|rgba|bgra|argb|abgr|gbrap|ya\d|ayuv|pal8")
_TRUNCATED = re.compile(r"moov atom not found|partial file|Truncat|End of file|header damaged", re.IGNORECASE)
_GUESSED = "Estimating duration from bitrate"
"""As of MP3 and AAC without a header or an index: with a rate that varies it may be off by any factor."""

_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_DEPTH = re.compile(r"(?:p|gray|gbrp|gbrap|x2rgb|x2bgr|xyz)(9|10|12|14|16)(?:le|be|msble)?$")


def read_probe(exit_code: int, output: str, tail: tuple[str, ...] = ()) -> MediaInfo:
    """Read what ``ffprobe -show_format -show_streams -of json`` printed.

    Errors: :class:`SourceDamaged` for a container that breaks off, :class:`SourceNotMedia` for anything that is
    no container of audio or video, :class:`SourceUnsupported` for streams that nothing here decodes.
    """
    if exit_code < 0:
        raise _stopped(-exit_code)
    if exit_code:
        raise _refusal(tail)
    data = json.loads(output)
    container = data.get("format", {}).get("format_name", "")
    if set(container.split(",")) & _NOT_MEDIA:
        raise SourceNotMedia(f"The source is text ({container}), not audio or video.")
    streams = data.get("streams", [])
    frames = data.get("frames", [])
    total = data["format"].get("bit_rate")
    video = tuple(_video(item, _frames_of(item, frames), total) for item in streams if _is_picture_track(item))
    audio = tuple(_audio(item) for item in streams if item.get("codec_type") == "audio")
    subtitles = tuple(_subtitle(item) for item in streams if item.get("codec_type") == "subtitle")
    if video and all(stream.pixel_format == "unknown" for stream in video):
        raise _undecodable(video[0], tail)
    if not video and not audio:
        raise SourceNotMedia(f"The source has no audio and no video (container {container or 'unknown'}).")
    duration = _seconds(data["format"].get("duration"))
    start_s = _seconds(data["format"].get("start_time")) or 0.0
    if any(_GUESSED in line for line in tail):
        duration = None
        video = tuple(replace(one, duration_s=None) for one in video)
        audio = tuple(replace(one, duration_s=None) for one in audio)
    covers = sum(1 for item in streams if item.get("codec_type") == "video" and _flag(item, "attached_pic"))
    return MediaInfo(container, duration, start_s, video, audio, subtitles, covers)


_REFUSALS: tuple[tuple[re.Pattern[str], type[CloudTranscodeError], str], ...] = (
    (
        re.compile(r"\[(\w+)[^\]]*\] .*Format not on whitelist"),
        SourceNotMedia,
        "The source is of the format {}, which is not read.",
    ),
    (
        re.compile(r"Codec \((\w+)\) not on whitelist"),
        SourceUnsupported,
        "The source holds a stream of the codec {}, which is not read.",
    ),
    (
        re.compile(r"Picture size (\d+x\d+) exceeds"),
        SourceUnsupported,
        "The source has pictures of {}, which are too large.",
    ),
    (re.compile(f"({_TRUNCATED.pattern})", re.IGNORECASE), SourceDamaged, "The source breaks off: ffprobe says {!r}."),
)
"""What a line of ffprobe's stderr tells of a source that it does not read."""


def _stopped(by: int) -> CloudTranscodeError:
    """What takes too much time, memory or words is ended by SIGXCPU or SIGKILL; others are crashes. setrlimit(2)."""
    if by in {signal.SIGXCPU, signal.SIGKILL}:
        return SourceUnsupported(
            "Looking into the source takes unreasonably much: its headers are broken, or meant to."
        )
    return SourceDamaged(f"The source makes ffprobe crash ({signal.Signals(by).name}).")


def _refusal(tail: tuple[str, ...]) -> CloudTranscodeError:
    for line in tail:
        for pattern, error, words in _REFUSALS:
            if found := pattern.search(line):
                return error(words.format(found[1]))
    return SourceNotMedia("The source is not an audio or video file that ffprobe knows.")


def _undecodable(video: VideoStream, tail: tuple[str, ...]) -> SourceDamaged | SourceUnsupported:
    """The headers are there, but ffprobe got no picture: the data is missing, or there is no decoder."""
    for line in tail:
        if found := _TRUNCATED.search(line):
            return SourceDamaged(f"The source breaks off before its first picture: ffprobe says {found[0]!r}.")
    return SourceUnsupported(f"No picture can be decoded from the source's video ({video.codec}).")


def _is_picture_track(item: dict[str, Any]) -> bool:
    if item.get("codec_type") != "video" or _flag(item, "attached_pic"):
        return False
    return bool(item.get("width") and item.get("height") and item.get("codec_name"))


def _frames_of(item: dict[str, Any], frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [frame for frame in frames if frame.get("stream_index") == item["index"]]


def _video(item: dict[str, Any], frames: list[dict[str, Any]], total: str | None) -> VideoStream:
    rotation = _rotation(item)
    sar = _fraction(item.get("sample_aspect_ratio"), ":") or Fraction(1)
    width, height = _square(item["width"], item["height"], sar)
    turned = rotation in {90, 270}
    frame_rate, base_rate = _rates(item)
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
        frame_rate=frame_rate,
        base_rate=base_rate,
        frames=int(item["nb_frames"]) if item.get("nb_frames", "0") != "0" else None,
        duration_s=_duration(item),
        start_s=_seconds(item.get("start_time")) or 0.0,
        pixel_format=pixel_format,
        bit_depth=_depth(pixel_format, item.get("bits_per_raw_sample")),
        profile=item.get("profile"),
        colour=read_colour(item, frames),
        interlaced=item.get("field_order") in _FIELDS or any(frame.get("interlaced_frame") for frame in frames),
        top_first=_top_first(item, frames),
        alpha=bool(_ALPHA.match(pixel_format)) or _tag(item, "alpha_mode") == "1",
        captions=_CAPTIONS in _sides(frames),
        language=_language(item),
        default=_flag(item, "default"),
        rate_kbps=_rate_kbps(item, total),
    )


def _rate_kbps(item: dict[str, Any], total: str | None) -> int | None:
    """What the header says, else what Matroska's writers put in a tag, else what the whole file takes: the most."""
    said = item.get("bit_rate") or _tag(item, "bps") or total or ""
    return round(int(said) / 1000) or None if said.isdigit() else None


def _audio(item: dict[str, Any]) -> AudioStream:
    return AudioStream(
        index=item["index"],
        codec=item.get("codec_name", "unknown"),
        channels=int(item.get("channels", 0)),
        sample_rate=int(item.get("sample_rate", 0)),
        language=_language(item),
        duration_s=_duration(item),
        start_s=_seconds(item.get("start_time")) or 0.0,
        layout=item.get("channel_layout"),
        title=_tag(item, "title"),
        default=_flag(item, "default"),
    )


def _subtitle(item: dict[str, Any]) -> SubtitleStream:
    codec = item.get("codec_name", "unknown")
    return SubtitleStream(
        index=item["index"],
        codec=codec,
        language=_language(item),
        text=codec in _TEXTS,
        title=_tag(item, "title"),
        default=_flag(item, "default"),
        forced=_flag(item, "forced"),
    )


def _sides(frames: list[dict[str, Any]]) -> set[str]:
    """The kinds of what travels beside the pictures."""
    return {side.get("side_data_type", "") for frame in frames for side in frame.get("side_data_list", [])}


def _tag(item: dict[str, Any], name: str) -> str | None:
    """A tag, whatever the case that the container writes it in."""
    return next((value for key, value in item.get("tags", {}).items() if key.lower() == name), None)


def _language(item: dict[str, Any]) -> str | None:
    found = _tag(item, "language")
    return None if found in {None, "", "und"} else found


def _flag(item: dict[str, Any], name: str) -> bool:
    return bool(item.get("disposition", {}).get(name))


def _top_first(item: dict[str, Any], frames: list[dict[str, Any]]) -> bool:
    """The frames know better than the header; progressive video has no order."""
    fields = [frame for frame in frames if frame.get("interlaced_frame")]
    return bool(fields[0].get("top_field_first")) if fields else item.get("field_order") not in _BOTTOM_FIRST


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
    """The stream's own duration; Matroska keeps in a tag, as ``00:00:01.001000000``, when the stream ends."""
    own = _seconds(item.get("duration"))
    clock = _CLOCK.fullmatch(item.get("tags", {}).get("DURATION", ""))
    if own is not None or clock is None:
        return own
    end_s = int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3])
    return round(max(0.0, end_s - max(0.0, _seconds(item.get("start_time")) or 0.0)), 6)


def _rates(item: dict[str, Any]) -> tuple[Fraction | None, Fraction | None]:
    """The average and the base rate. An average beyond any camera comes from a few odd timestamps: it tells nothing."""
    average, base = _fraction(item.get("avg_frame_rate")), _fraction(item.get("r_frame_rate"))
    if average and average > _MAX_RATE:
        return (base, None) if base and base <= _MAX_RATE else (None, None)
    return average or (base if base and base <= _MAX_RATE else None), base


def _fraction(text: str | None, separator: str = "/") -> Fraction | None:
    """Read ``24000/1001``; ffprobe writes ``0/0`` and ``0:1`` for unknown."""
    above, _, below = (text or "").partition(separator)
    if not above.isdigit() or not below.isdigit() or not int(above) or not int(below):
        return None
    return Fraction(int(above), int(below))
