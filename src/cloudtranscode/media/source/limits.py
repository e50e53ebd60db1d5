"""How large a source may be: beyond any camera and any archive, and within what a worker can bear."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.source.streams import AudioStream, MediaInfo, VideoStream

MAX_SIDE = 16384
"""The widest that H.264 and HEVC know, at their highest level. ITU-T H.264, table A-1; H.265, table A.8."""

MAX_PIXELS = 8192 * 8192
"""Twice the pixels of 8K; a decoder holds up to 16 such pictures and an encoder more."""

MAX_DURATION_S = 48 * 3600.0
MAX_STREAMS = 128
MAX_CHANNELS = 64
"""Ambisonics of the seventh order; most files stop at 16."""

SAMPLE_RATES = range(4_000, 768_001)


def within_limits(info: MediaInfo) -> MediaInfo:
    """Return ``info``. Errors: :class:`SourceUnsupported` that names what is beyond its limit, and the limit."""
    for problem in _problems(info):
        raise SourceUnsupported(f"The source {problem}.", remedy="Give a source within this limit.")
    return info


def _problems(info: MediaInfo) -> Iterator[str]:
    streams = len(info.video) + len(info.audio) + len(info.subtitles) + info.covers
    if streams > MAX_STREAMS:
        yield f"has {streams} streams; at most {MAX_STREAMS} are read"
    durations = [info.duration_s, *(item.duration_s for item in info.video), *(item.duration_s for item in info.audio)]
    longest = max((duration for duration in durations if duration), default=0.0)
    if longest > MAX_DURATION_S:
        yield f"says that it lasts {longest / 3600:.0f} hours; at most {MAX_DURATION_S / 3600:.0f} are read"
    for video in info.video:
        yield from _of_picture(video)
    for audio in info.audio:
        yield from _of_sound(audio)


def _of_picture(video: VideoStream) -> Iterator[str]:
    for width, height in ((video.width, video.height), (video.display_width, video.display_height)):
        if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
            millions = MAX_PIXELS // 10**6
            yield f"has pictures of {width}x{height}; at most {MAX_SIDE} a side and {millions} million pixels are read"


def _of_sound(audio: AudioStream) -> Iterator[str]:
    if audio.channels > MAX_CHANNELS:
        yield f"has a sound track of {audio.channels} channels; at most {MAX_CHANNELS} are read"
    if audio.sample_rate and audio.sample_rate not in SAMPLE_RATES:
        low, high = SAMPLE_RATES[0], SAMPLE_RATES[-1]
        yield f"has sound of {audio.sample_rate} samples a second; {low} to {high} are read"
