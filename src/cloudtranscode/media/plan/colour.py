"""What a picture's numbers mean where its source does not say."""

from __future__ import annotations

import re
from dataclasses import replace

from cloudtranscode.media.source.streams import Colour, VideoStream

_RGB = re.compile(r"(gbr|rgb|bgr|argb|abgr|0rgb|0bgr|x2rgb|x2bgr|pal8|bayer)")
_HD = 1280, 576
"""A picture that is wider or higher is HD: Rec. ITU-R BT.709; below, BT.601. mpv and other players guess alike."""

_PRIMARIES_OF_SD = {576: "bt470bg", 480: "smpte170m", 486: "smpte170m"}
"""What BT.601 means, by the lines of television; a small picture of other lines comes from a computer."""

_OF_BT2020 = {"bt2020nc", "bt2020c", "ictcp"}


def source_colour(video: VideoStream) -> Colour:
    """Return the colour of a stream with nothing left unsaid."""
    known = video.colour
    rgb = bool(_RGB.match(video.pixel_format))
    matrix = "gbr" if rgb else known.matrix or _matrix(video)
    return replace(
        known,
        primaries=known.primaries or _primaries(video, matrix),
        transfer=known.transfer or "bt709",
        matrix=matrix,
        range=known.range or ("pc" if rgb or video.pixel_format.startswith("yuvj") else "tv"),
    )


def _matrix(video: VideoStream) -> str:
    if video.colour.hdr or video.colour.primaries == "bt2020":
        return "bt2020nc"
    return "bt709" if video.width >= _HD[0] or video.height > _HD[1] else "smpte170m"


def _primaries(video: VideoStream, matrix: str) -> str:
    if matrix in _OF_BT2020 or video.colour.hdr:
        return "bt2020"
    known = _PRIMARIES_OF_SD.get(video.height) if matrix in {"smpte170m", "bt470bg"} else None
    return known or "bt709"
