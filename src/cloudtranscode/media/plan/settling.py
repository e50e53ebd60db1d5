"""Settings that leave something to the source."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from cloudtranscode.media.rendition import VideoCodec, VideoSettings
from cloudtranscode.media.source.streams import VideoStream

SOURCE = "source"
"""The pixel format that means the source's own."""

_PLANES = re.compile(r"yuv4(?:20|22|44)p(?:(?:9|10|12|14|16)le)?")
_CHROMA = (("420", re.compile(r"420|gray|nv12|nv21|p01")), ("422", re.compile(r"422|411|410|nv16|nv20|p21")))
_PLAIN_DEPTH = 8


def settled(settings: VideoSettings, video: VideoStream) -> VideoSettings:
    """Return the settings with the source's pixels where they ask for these, and with as many passes as can be.

    The two passes of libvpx place and lose keyframes as they like, unless each GOP is as many frames.
    """
    if settings.pixel_format == SOURCE:
        settings = replace(settings, pixel_format=_own(video))
    if settings.codec is VideoCodec.VP9 and not _even_gops(settings, video):
        settings = replace(settings, passes=1)
    return settings


def _even_gops(settings: VideoSettings, video: VideoStream) -> bool:
    rate = settings.frame_rate or (video.frame_rate if video.constant_rate else None)
    return rate is not None and (rate * Fraction(str(settings.gop_s))).denominator == 1


def _own(video: VideoStream) -> str:
    """The planes that hold all that a pixel format has; RGB becomes 4:4:4."""
    name = video.pixel_format.replace("yuvj", "yuv").replace("yuva", "yuv")
    if _PLANES.fullmatch(name):
        return name
    chroma = next((chroma for chroma, like in _CHROMA if like.search(name)), "444")
    depth = next((depth for depth in (8, 10, 12, 14) if video.bit_depth <= depth), 16)
    return f"yuv{chroma}p" if depth == _PLAIN_DEPTH else f"yuv{chroma}p{depth}le"
