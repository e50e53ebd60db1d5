"""Every codec on real pictures: keyframes, rates, pixels, and that what comes out is the source."""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.media.containers import Container
from cloudtranscode.media.encode.picture import video_path
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import FileOutput, PresetChoice
from cloudtranscode.media.tools.programs import Tools
from support.runs import Made

_FAST = {"h264": "ultrafast", "hevc": "ultrafast", "av1": "12", "vp9": "5"}
_WEB = {"h264": "240p", "hevc": "360p-hevc", "av1": "360p-av1", "vp9": "360p-vp9"}
_CUTS = (
    "testsrc2=size=160x120:rate={rate}:duration=1.3[a];mandelbrot=size=160x120:rate={rate},trim=end=0.9,setpts=PTS[b];"
    "smptehdbars=size=160x120:rate={rate}:duration=0.8,noise=alls=20:allf=t[c];[a][b][c]concat=n=3,format=yuv420p"
)
"""Scenes that change where no keyframe belongs: encoders like to place one there."""

_BT709 = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"

Make = Callable[..., Path]


@pytest.fixture
def make(tools: Tools, tmp_path: Path) -> Make:
    """Make a lossless clip of a filter graph."""

    def clip(graph: str, *words: str) -> Path:
        path = tmp_path / "clip.mkv"
        told = graph if "colorspace" in graph else f"{graph},{_BT709}"
        _run(tools, "-y", "-f", "lavfi", "-i", told, *words, "-c:v", "ffv1", str(path))
        return path

    return clip


def _run(tools: Tools, *words: str) -> str:
    done = subprocess.run(
        [str(tools.ffmpeg), "-nostdin", "-hide_banner", *words], check=True, capture_output=True, text=True, timeout=100
    )
    return done.stderr


def _output(codec: str, **video: Any) -> FileOutput:
    changes = {"gop_s": 1, "encoder_preset": _FAST[codec], **video}
    choice = PresetChoice(_WEB[codec], video=changes)
    return FileOutput(codec, Container.MP4, choice)


def _packets(tools: Tools, path: Path) -> list[tuple[float, int, bool]]:
    """Time, bytes and whether it is a keyframe, of each picture."""
    words = ("-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time,size,flags", "-of", "json")
    done = subprocess.run([str(tools.ffprobe), *words, str(path)], check=True, capture_output=True, timeout=60)
    found = json.loads(done.stdout)["packets"]
    return [(float(one["pts_time"]), int(one["size"]), "K" in one["flags"]) for one in found]


def _stream(tools: Tools, path: Path) -> dict[str, Any]:
    words = ("-v", "error", "-select_streams", "v", "-show_streams", "-of", "json", str(path))
    done = subprocess.run([str(tools.ffprobe), *words], check=True, capture_output=True, timeout=60)
    stream: dict[str, Any] = json.loads(done.stdout)["streams"][0]
    return stream


def _encodes(made: Made) -> list[Path]:
    return [made.scratch / video_path(item) for item in made.plan.video]


def _ssim(tools: Tools, one: Path, other: Path) -> float:
    """How alike two clips are, picture by picture, whatever their timestamps."""
    graph = "[0:v]settb=1/24,setpts=N,format=yuv420p[a];[1:v]settb=1/24,setpts=N,format=yuv420p[b];[a][b]ssim"
    said = _run(tools, "-i", str(one), "-i", str(other), "-lavfi", graph, "-f", "null", "-")
    return float(re.findall(r"All:([\d.]+)", said)[-1])


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        ("24000/1001", ()),
        ("30000/1001", ()),
        ("25", ()),
        ("30", ("-vf", "select='not(mod(n,3))+lt(mod(n,17),5)'", "-fps_mode", "vfr")),
    ],
    ids=["23.976", "29.97", "25", "varying"],
)
def test_keyframes_of_all_codecs_stand_at_the_same_times(
    engine: Engine, tools: Tools, make: Make, scratch: Path, rate: str, words: tuple[str, ...]
) -> None:
    clip = make(_CUTS.format(rate=rate), *words)
    source = [time for time, _, _ in _packets(tools, clip)]
    made = Made(engine, scratch, clip, [_output(codec) for codec in _FAST])
    due = [
        next(time for time in source if time > second - 0.0015) for second in range(math.floor(source[-1] + 0.001) + 1)
    ]
    for path in _encodes(made):
        packets = _packets(tools, path)
        assert [time for time, _, key in packets if key] == pytest.approx(due, abs=0.001), path.name
        assert sorted(time for time, _, _ in packets) == pytest.approx(source, abs=0.001), path.name
        assert _ssim(tools, clip, path) > 0.9, path.name


def test_rungs_of_half_the_rate_keep_the_grid(engine: Engine, tools: Tools, make: Make, scratch: Path) -> None:
    clip = make("testsrc2=size=160x120:rate=50:duration=3")
    choices = [{}, {"frame_rate": 25}]
    outputs = [
        FileOutput(f"o{number}", Container.MP4, PresetChoice("240p", video={"gop_s": 1, **one}))
        for number, one in enumerate(choices)
    ]
    keys = [
        [time for time, _, key in _packets(tools, path) if key]
        for path in _encodes(Made(engine, scratch, clip, outputs))
    ]
    assert keys == [[0, 1, 2], [0, 1, 2]]


@pytest.mark.parametrize(
    ("codec", "video", "expected"),
    [
        ("h264", {}, {"codec_tag_string": "avc1", "profile": "Constrained Baseline", "pix_fmt": "yuv420p"}),
        ("h264", {"encoder_preset": "fast", "profile": "high", "level": "4.0"}, {"profile": "High", "level": 40}),
        (
            "h264",
            {"pixel_format": "yuv422p10le", "profile": "high422"},
            {"profile": "High 4:2:2", "pix_fmt": "yuv422p10le"},
        ),
        ("hevc", {}, {"codec_tag_string": "hvc1", "profile": "Main", "pix_fmt": "yuv420p"}),
        (
            "hevc",
            {"pixel_format": "yuv420p10le", "profile": "main10", "level": "4.1"},
            {"profile": "Main 10", "pix_fmt": "yuv420p10le", "level": 123},
        ),
        ("hevc", {"pixel_format": "yuv422p10le"}, {"profile": "Rext", "pix_fmt": "yuv422p10le"}),
        ("av1", {}, {"codec_tag_string": "av01", "profile": "Main", "pix_fmt": "yuv420p"}),
        ("av1", {"pixel_format": "yuv420p10le", "tune": "ssim"}, {"profile": "Main", "pix_fmt": "yuv420p10le"}),
        ("vp9", {}, {"codec_tag_string": "vp09", "profile": "Profile 0", "pix_fmt": "yuv420p"}),
        ("vp9", {"pixel_format": "yuv420p10le", "profile": "2"}, {"profile": "Profile 2", "pix_fmt": "yuv420p10le"}),
        ("vp9", {"pixel_format": "yuv444p", "tune": "screen"}, {"profile": "Profile 1", "pix_fmt": "yuv444p"}),
    ],
)
def test_profiles_and_pixels_are_those_asked_for(  # noqa: PLR0917
    engine: Engine, tools: Tools, make: Make, scratch: Path, codec: str, video: dict[str, Any], expected: dict[str, Any]
) -> None:
    clip = make("testsrc2=size=160x120:rate=24:duration=1,format=yuv420p")
    made = Made(engine, scratch, clip, [_output(codec, **video)])
    (path,) = made.paths(codec)
    stream = _stream(tools, path)
    assert {name: stream[name] for name in expected} == expected
    colour = ("color_space", "color_primaries", "color_transfer", "color_range")
    assert [stream[name] for name in colour] == ["bt709", "bt709", "bt709", "tv"]
    assert _ssim(tools, clip, path) > 0.9


def test_ffv1_loses_nothing(engine: Engine, tools: Tools, make: Make, scratch: Path) -> None:
    clip = make("testsrc2=size=160x120:rate=24:duration=1,format=yuv422p10le,setparams=colorspace=bt470bg")
    made = Made(engine, scratch, clip, [FileOutput("o", Container.MKV, PresetChoice("ffv1"))])
    (path,) = made.paths("o")
    assert _stream(tools, path)["pix_fmt"] == "yuv422p10le"
    assert _frames(tools, path) == _frames(tools, clip)


def _frames(tools: Tools, path: Path) -> list[str]:
    words = ("-v", "error", "-i", str(path), "-map", "0:v", "-f", "framemd5", "-")
    done = subprocess.run([str(tools.ffmpeg), *words], check=True, capture_output=True, text=True, timeout=60)
    return [line.split(",")[-1].strip() for line in done.stdout.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(
    ("preset", "profile"), [("prores-hq", "HQ"), ("prores-proxy", "Proxy"), ("prores-4444", "4444")]
)
def test_prores(engine: Engine, tools: Tools, make: Make, scratch: Path, preset: str, profile: str) -> None:
    clip = make("testsrc2=size=160x120:rate=24:duration=1,format=yuv422p10le")
    made = Made(engine, scratch, clip, [FileOutput("o", Container.MOV, PresetChoice(preset))])
    (path,) = made.paths("o")
    assert _stream(tools, path)["profile"] == profile
    assert all(key for _, _, key in _packets(tools, path))
    assert _ssim(tools, clip, path) > 0.92


_BUSY = "testsrc2=size=320x240:rate=24:duration=4,noise=alls=12:allf=t,format=yuv420p"


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_cap_holds_in_every_stretch(engine: Engine, tools: Tools, make: Make, scratch: Path, codec: str) -> None:
    """The decoder model of H.264, annex C: what arrives at the cap is in the buffer before it is needed."""
    cap, buffer_kbit = 400, 400
    output = _output(codec, encoder_preset="veryfast", crf=10, max_rate_kbps=cap, buffer_kbit=buffer_kbit)
    (path,) = Made(engine, scratch, make(_BUSY), [output]).paths(codec)
    packets = _packets(tools, path)
    filled = [0, *accumulate(size * 8 for _, size, _ in packets)]
    for begin in range(len(packets)):
        for end in range(begin + 1, len(packets) + 1):
            seconds = (end - begin) / 24
            assert filled[end] - filled[begin] <= 1000 * (cap * seconds + buffer_kbit) * 1.02, (begin, end)
    assert filled[-1] / 4 > 0.7 * cap * 1000


@pytest.mark.parametrize(("codec", "video"), [("av1", {"buffer_kbit": 400}), ("vp9", {"passes": 2})])
def test_a_cap_holds_on_average(
    engine: Engine, tools: Tools, make: Make, scratch: Path, codec: str, video: dict[str, Any]
) -> None:
    output = _output(codec, crf=10, max_rate_kbps=400, **video)
    (path,) = Made(engine, scratch, make(_BUSY), [output]).paths(codec)
    assert sum(size for _, size, _ in _packets(tools, path)) * 8 / 4 < 400_000 * 1.3


def test_two_passes_meet_the_average_and_share_a_job_with_one(
    engine: Engine, tools: Tools, make: Make, scratch: Path
) -> None:
    clip = make(_BUSY)
    twice = {"rate": "vbr", "rate_kbps": 400, "max_rate_kbps": 600, "passes": 2}
    outputs = [
        FileOutput("once", Container.MP4, PresetChoice("240p", video={"gop_s": 1, "encoder_preset": "ultrafast"})),
        *(_output(codec, **{**twice, "encoder_preset": effort}) for codec, effort in _TWICE.items()),
    ]
    made = Made(engine, scratch, clip, outputs)
    for codec in _TWICE:
        (path,) = made.paths(codec)
        packets = _packets(tools, path)
        assert sum(size for _, size, _ in packets) * 8 / 4 == pytest.approx(400_000, rel=0.15), codec
        assert [time for time, _, key in packets if key] == pytest.approx(range(4), abs=0.001), codec


_TWICE = {"h264": "veryfast", "hevc": "veryfast", "vp9": "5"}


def test_a_constant_rate_is_constant_in_the_dark(engine: Engine, tools: Tools, make: Make, scratch: Path) -> None:
    clip = make("color=black:size=320x240:rate=25:duration=4,format=yuv420p")
    (path,) = Made(engine, scratch, clip, [_output("h264", rate="cbr", rate_kbps=500)]).paths("h264")
    assert sum(size for _, size, _ in _packets(tools, path)) * 8 / 4 == pytest.approx(500_000, rel=0.15)


@pytest.mark.parametrize("codec", ["hevc", "av1", "vp9"])
def test_a_constant_rate_is_kept_where_there_is_something_to_see(
    engine: Engine, tools: Tools, make: Make, scratch: Path, codec: str
) -> None:
    (path,) = Made(engine, scratch, make(_BUSY), [_output(codec, rate="cbr", rate_kbps=400)]).paths(codec)
    assert sum(size for _, size, _ in _packets(tools, path)) * 8 / 4 == pytest.approx(400_000, rel=0.3)


def test_milliseconds_of_matroska_do_not_fall_together(engine: Engine, make: Make, scratch: Path) -> None:
    """A hundred and one pictures in 4.208 s: ffmpeg guesses another rate than there was."""
    clip = make("testsrc2=size=160x120:rate=24,trim=end_frame=101")
    choice = PresetChoice("360p-av1", video={"encoder_preset": "12"})
    made = Made(engine, scratch, clip, [FileOutput("o", Container.WEBM, choice)])
    assert made.found("number of frames") == ["101"]


def test_frame_rates_are_exact(engine: Engine, tools: Tools, make: Make, scratch: Path) -> None:
    clip = make("testsrc2=size=160x120:rate=60000/1001:duration=1")
    (path,) = Made(engine, scratch, clip, [_output("h264", frame_rate=29.97)]).paths("h264")
    assert Fraction(_stream(tools, path)["r_frame_rate"]) == Fraction(30000, 1001)
