"""What a source's colours are taken for, and the filters that bring them to those of the output."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cloudtranscode.media.encode.colour import declared, to_target
from cloudtranscode.media.plan.colour import source_colour
from cloudtranscode.media.rendition import Color, VideoSettings
from cloudtranscode.media.source.probe import read_probe
from cloudtranscode.media.source.streams import Colour, Hdr, VideoStream

_PLAIN = replace(
    read_probe(0, (Path(__file__).parent / "ffprobe" / "plain.json").read_text()).video[0], colour=Colour()
)
_HD = Colour("bt709", "bt709", "bt709", "tv")
_PQ = Colour("bt2020", "smpte2084", "bt2020nc", "tv", Hdr.HDR10)
_HLG = Colour("bt2020", "arib-std-b67", "bt2020nc", "tv", Hdr.HLG)
_MASTERING = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L({},1)"
_SDR = VideoSettings()
_OWN = VideoSettings(color=Color.SOURCE, pixel_format="yuv420p10le")
_CONVERT = ("setparams=color_trc=bt709", "zscale=primaries=709:transfer=709:matrix=709:range=limited")


def _video(width: int, height: int, pixel_format: str = "yuv420p", colour: Colour | None = None) -> VideoStream:
    return replace(_PLAIN, width=width, height=height, pixel_format=pixel_format, colour=colour or Colour())


@pytest.mark.parametrize(
    ("video", "known"),
    [
        (_video(1920, 1080), _HD),
        (_video(1280, 544), _HD),
        (_video(1024, 578), _HD),
        (_video(720, 576), Colour("bt470bg", "bt709", "smpte170m", "tv")),
        (_video(720, 480), Colour("smpte170m", "bt709", "smpte170m", "tv")),
        (_video(640, 360), Colour("bt709", "bt709", "smpte170m", "tv")),
        (_video(640, 360, colour=Colour(matrix="bt709")), _HD),
        (_video(640, 480, colour=Colour(primaries="bt470bg")), Colour("bt470bg", "bt709", "smpte170m", "tv")),
        (_video(640, 360, "yuvj420p"), Colour("bt709", "bt709", "smpte170m", "pc")),
        (_video(1920, 1080, "rgb24"), Colour("bt709", "bt709", "gbr", "pc")),
        (_video(1920, 1080, "gbrp10le", Colour(transfer="iec61966-2-1")), Colour("bt709", "iec61966-2-1", "gbr", "pc")),
        (_video(3840, 2160, colour=Colour(transfer="smpte2084", hdr=Hdr.HDR10)), _PQ),
        (_video(640, 360, colour=Colour(primaries="bt2020")), Colour("bt2020", "bt709", "bt2020nc", "tv")),
        (_video(1920, 1080, colour=_HLG), _HLG),
    ],
)
def test_nothing_is_left_unsaid(video: VideoStream, known: Colour) -> None:
    assert source_colour(video) == known


def test_a_source_is_declared_as_it_is() -> None:
    assert declared(_HLG) == "setparams=color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc:range=tv"
    assert declared(Colour()) == "setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown"


@pytest.mark.parametrize(
    ("colour", "filters"),
    [
        (_HD, ()),
        (replace(_HD, transfer="iec61966-2-1"), ("setparams=color_trc=bt709",)),
        (Colour("smpte170m", "smpte170m", "smpte170m", "tv"), _CONVERT),
        (Colour("bt709", "bt709", "smpte170m", "pc"), _CONVERT),
        (Colour("bt2020", "bt709", "bt2020nc", "tv"), _CONVERT),
        (Colour("bt709", "bt709", "gbr", "pc"), _CONVERT),
    ],
)
def test_everything_of_standard_range_becomes_bt709(colour: Colour, filters: tuple[str, ...]) -> None:
    assert to_target(colour, _SDR) == filters


@pytest.mark.parametrize(
    ("colour", "peak"),
    [
        (_PQ, "4.926"),
        (_HLG, "4.926"),
        (replace(_PQ, mastering=_MASTERING.format(40_000_000)), "19.7"),
        (replace(_PQ, mastering=_MASTERING.format(10_000_000), light="600,200"), "2.956"),
        (replace(_PQ, light="120,50"), "1.97"),  # no darker than what can be right
        (replace(_PQ, mastering=_MASTERING.format(0)), "4.926"),
    ],
)
def test_hdr_is_mapped_from_its_own_peak(colour: Colour, peak: str) -> None:
    filters = to_target(colour, _SDR)
    assert filters[:5] == (
        "zscale=transfer=linear:npl=203",
        "format=gbrpf32le",
        "zscale=primaries=709",
        f"tonemap=mobius:desat=0:peak={peak}",
        "zscale=transfer=709:matrix=709:range=limited:dither=ordered",
    )
    assert "sidedata=mode=delete:type=MASTERING_DISPLAY_METADATA" in filters


def test_colours_of_the_source_stay() -> None:
    for colour in (_PQ, _HLG, _HD, Colour("smpte170m", "smpte170m", "smpte170m", "tv")):
        assert to_target(colour, _OWN) == ()
    assert to_target(Colour("bt709", "bt709", "gbr", "pc"), _OWN) == ("zscale=matrix=709:range=limited",)
    assert to_target(Colour("bt2020", "smpte2084", "gbr", "pc", Hdr.HDR10), _OWN) == (
        "zscale=matrix=2020_ncl:range=limited",
    )
