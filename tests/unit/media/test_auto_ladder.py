"""Which rungs a source is worth."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from cloudtranscode.media.outputs import PresetChoice
from cloudtranscode.media.plan.auto import auto_rungs
from cloudtranscode.media.presets import Presets
from cloudtranscode.media.rendition import Preset
from cloudtranscode.media.source.probe import read_probe
from cloudtranscode.media.source.streams import VideoStream

_PLAIN = read_probe(0, (Path(__file__).parent / "ffprobe" / "plain.json").read_text()).video[0]
_BASE = Presets().load("1080p")


def _source(width: int, height: int, rate: str = "24", kbps: int | None = None, codec: str = "h264") -> VideoStream:
    fps = Fraction(rate)
    sized = replace(_PLAIN, width=width, height=height, display_width=width, display_height=height)
    return replace(sized, frame_rate=fps, base_rate=fps, rate_kbps=kbps, codec=codec)


def _sizes(video: VideoStream, base: Preset = _BASE) -> list[str]:
    return [f"{geometry.frame[0]}x{geometry.frame[1]}" for _, geometry in auto_rungs(base, video)[0]]


def _rates(video: VideoStream, base: Preset = _BASE) -> list[int]:
    return [rung.video.nominal_kbps for rung, _ in auto_rungs(base, video)[0] if rung.video]


@pytest.mark.parametrize(
    ("width", "height", "sizes"),
    [
        (1920, 1080, "1920x1080 1280x720 960x540 640x360 426x240"),
        (3840, 2160, "1920x1080 1280x720 960x540 640x360 426x240"),  # the preset says how large the largest is
        (1080, 1920, "1080x1920 720x1280 540x960 360x640 240x426"),  # portrait
        (1280, 720, "1280x720 960x540 640x360 426x240"),
        (1440, 1080, "1440x1080 960x720 720x540 480x360 320x240"),
        (2048, 858, "2048x858 1718x720 1288x540 860x360 572x240"),
        (1422, 800, "1422x800 960x540 640x360 426x240"),  # 720 lines are too near to 800
        (720, 576, "720x576 450x360 300x240"),  # and 540 to 576
        (640, 480, "640x480 480x360 320x240"),
        (1000, 1000, "1000x1000 720x720 540x540 360x360 240x240"),
        (320, 240, "320x240"),
        (160, 120, "160x120"),
        (16, 16, "16x16"),
    ],
)
def test_rungs_have_the_sources_shape_and_never_more_than_its_size(width: int, height: int, sizes: str) -> None:
    assert _sizes(_source(width, height)) == sizes.split()


def test_the_preset_says_how_large_the_largest_rung_is() -> None:
    assert _sizes(_source(3840, 2160), Presets().load("2160p-hevc"))[:3] == ["3840x2160", "2560x1440", "1920x1080"]
    assert _sizes(_source(3840, 2160), Presets().load("480p")) == ["854x480", "640x360", "426x240"]


def test_a_frame_of_a_shape_of_its_own_keeps_it() -> None:
    square = Presets().load(PresetChoice("1080p", size={"lines": 720, "width": 720, "height": 720, "fit": "fill"}))
    assert _sizes(_source(1920, 1080), square) == ["720x720", "540x540", "360x360", "240x240"]


def test_rates_follow_the_pixels() -> None:
    assert _rates(_source(1920, 1080)) == [5000, 2722, 1768, 962, 523]
    assert _rates(_source(1080, 1920)) == _rates(_source(1920, 1080))
    assert _rates(_source(1440, 1080))[0] == round(5000 * 0.75**0.75)
    hevc = Presets().load("1080p-hevc")
    assert _rates(_source(1920, 1080), hevc)[:2] == [3200, 1742]


@pytest.mark.parametrize(
    ("kbps", "codec", "rates"),
    [
        (8000, "h264", [5000, 2722, 1768, 962, 523]),
        (1500, "h264", [1500, 816, 530, 289, 157]),
        (1500, "hevc", [2308, 1256, 816, 444, 241]),  # worth more than as many bits of H.264
        (1500, "mpeg2video", [789, 430, 279, 152]),  # and what remains for 240 lines is too little
        (60, "h264", [60]),
        (1500, "prores", [5000, 2722, 1768, 962, 523]),  # not made to be small
        (None, "h264", [5000, 2722, 1768, 962, 523]),
    ],
)
def test_no_rung_gets_more_than_the_source_is_worth(kbps: int | None, codec: str, rates: list[int]) -> None:
    assert _rates(_source(1920, 1080, kbps=kbps, codec=codec)) == rates


def test_a_source_that_is_scaled_down_brings_its_bits_into_fewer_pixels() -> None:
    assert _rates(_source(3840, 2160, kbps=8000))[0] == round(8000 * 0.25**0.75)


@pytest.mark.parametrize(
    ("rate", "halved"),
    [
        ("24", []),
        ("30", []),
        ("50", ["960x540", "640x360", "426x240"]),
        ("60", ["960x540", "640x360", "426x240"]),
        ("60000/1001", []),  # 119.88 frames in two seconds: keyframes of half the rate would stand elsewhere
    ],
)
def test_small_rungs_have_half_of_many_pictures(rate: str, halved: list[str]) -> None:
    found, _ = auto_rungs(_BASE, _source(1920, 1080, rate))
    lower = [
        f"{one.frame[0]}x{one.frame[1]}"
        for rung, one in found
        if rung.video and rung.video.frame_rate == Fraction(rate) / 2
    ]
    assert lower == halved


def test_the_largest_rung_has_all_pictures() -> None:
    found, _ = auto_rungs(_BASE, _source(640, 360, "50"))
    assert [rung.video.frame_rate for rung, _ in found if rung.video] == [None, 25]


def test_more_pictures_cost_more() -> None:
    assert _rates(_source(1920, 1080, "60"))[0] == round(5000 * 2**0.5)
    assert _rates(_source(1920, 1080, "60"))[2] == 1768  # half of them again


def test_the_notes_say_what_was_found() -> None:
    _, notes = auto_rungs(_BASE, _source(640, 480, kbps=500))
    assert notes == [
        "The source is worth 3 rungs: 640x480, 480x360, 320x240.",
        "The source spends little itself: each rung gets 42% of the rate of its size.",
    ]
    assert auto_rungs(_BASE, _source(160, 120))[1] == ["The source is worth one rung: 160x120."]
