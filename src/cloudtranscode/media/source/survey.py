"""Whether pictures are frames or pairs of fields: by looking at some, because headers are often wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cloudtranscode.media.source.streams import MediaInfo, VideoStream
from cloudtranscode.media.tools.allowed import source_options
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.door import lent
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import START, seconds

_FRAMES = 240
_WITHIN_S = 12.0
_PART = 0.25
"""Where to look: titles at the beginning do not move."""

_LATEST_S = 300.0
_ENOUGH = 8
"""So many pictures must have moved for a judgement."""

_SILENT = frozenset(
    {"rawvideo", "v210", "huffyuv", "ffvhuff", "utvideo", "ffv1", "mjpeg", "mpeg4", "jpeg2000", "dnxhd"}
)
"""Codecs whose streams often do not say what they carry."""

_TELEVISION = frozenset({480, 486, 576, 1080})
"""The lines of what is broadcast in fields: Rec. ITU-R BT.601, BT.709."""

_FOUND = re.compile(r"Multi frame detection: TFF:\s*(\d+) BFF:\s*(\d+) Progressive:\s*(\d+)")


def doubtful(video: VideoStream) -> bool:
    """Whether it takes a look: the header says fields, or may have forgotten to."""
    return video.interlaced or (video.codec in _SILENT and video.height in _TELEVISION)


def survey_command(video: VideoStream, name: str) -> Command:
    """Look at some pictures of what the door lends as ``name``; ``idet`` says at the end what they are."""
    start_s = min(_LATEST_S, (video.duration_s or 0.0) * _PART)
    filters = f"trim=end_frame={_FRAMES},idet"
    words = (
        *("level+info" if word == "level+warning" else word for word in START),
        *(("-ss", seconds(start_s)) if start_s else ()),
        *("-t", seconds(_WITHIN_S), "-noautorotate", *source_options(), "-i", lent(name)),
        *("-map", f"0:{video.index}", "-vf", filters, "-f", "null", "-"),
    )
    return Command(Tool.FFMPEG, words)


def surveyed(video: VideoStream, tail: Sequence[str]) -> VideoStream:
    """Return the stream with what was seen, by ffmpeg's last lines; the header's word where nothing moved."""
    found = [match for line in tail if (match := _FOUND.search(line))]
    if not found:
        return video
    top, bottom, progressive = (int(count) for count in found[-1].groups())
    if top + bottom + progressive < _ENOUGH:
        return video
    interlaced = top + bottom > progressive
    return replace(video, interlaced=interlaced, top_first=top >= bottom if interlaced else video.top_first)


def with_video(info: MediaInfo, video: VideoStream) -> MediaInfo:
    """Put a stream in the place of the one with its index."""
    return replace(info, video=tuple(video if one.index == video.index else one for one in info.video))
