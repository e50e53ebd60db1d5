from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from cloudtranscode.media.plan.settling import settled
from cloudtranscode.media.rendition import VideoCodec, VideoSettings
from cloudtranscode.media.source.probe import read_probe

_PLAIN = read_probe(0, (Path(__file__).parent / "ffprobe" / "plain.json").read_text()).video[0]


@pytest.mark.parametrize(
    ("source", "depth", "kept"),
    [
        ("yuv420p", 8, "yuv420p"),
        ("yuvj422p", 8, "yuv422p"),
        ("yuva420p", 8, "yuv420p"),
        ("yuv422p10le", 10, "yuv422p10le"),
        ("yuv444p12le", 12, "yuv444p12le"),
        ("nv12", 8, "yuv420p"),
        ("p010le", 10, "yuv420p10le"),
        ("gray", 8, "yuv420p"),
        ("gray16le", 16, "yuv420p16le"),
        ("yuv411p", 8, "yuv422p"),
        ("uyvy422", 8, "yuv422p"),
        ("rgb24", 8, "yuv444p"),
        ("gbrp10le", 10, "yuv444p10le"),
        ("rgba64le", 16, "yuv444p16le"),
    ],
)
def test_the_sources_own_pixels_are_kept_in_planes_that_hold_them(source: str, depth: int, kept: str) -> None:
    video = replace(_PLAIN, pixel_format=source, bit_depth=depth)
    assert settled(VideoSettings(pixel_format="source"), video).pixel_format == kept


@pytest.mark.parametrize(
    ("rate", "asked", "passes"),
    [("24", None, 2), ("24000/1001", None, 1), ("24000/1001", "12", 2), ("50", None, 2)],
)
def test_vp9_has_two_passes_where_a_gop_is_whole(rate: str, asked: str | None, passes: int) -> None:
    video = replace(_PLAIN, frame_rate=Fraction(rate), base_rate=Fraction(rate))
    settings = VideoSettings(codec=VideoCodec.VP9, passes=2, frame_rate=Fraction(asked) if asked else None)
    assert settled(settings, video).passes == passes
    assert settled(replace(settings, codec=VideoCodec.H264), video).passes == 2


def test_a_pixel_format_that_is_asked_for_stays() -> None:
    assert settled(VideoSettings(), replace(_PLAIN, pixel_format="yuv444p")) == VideoSettings()
