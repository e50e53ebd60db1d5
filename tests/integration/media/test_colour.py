"""Colours on real encodes, held against what the standards' own formulas say of each patch."""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.media.containers import Container
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import FileOutput, PresetChoice
from cloudtranscode.media.tools.programs import Tools
from support.runs import Made

Rgb = tuple[float, float, float]

_SIDE = 32
_WHITE = 203.0
_PEAK = 1000.0

_FINE = {"h264": {"crf": 1, "encoder_preset": "ultrafast", "max_rate_kbps": 100_000}}


# --- the standards ---


def _to_pq(nits: float) -> float:
    """SMPTE ST 2084: light to signal."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    y = (nits / 10_000) ** m1
    return float(((c1 + c2 * y) / (1 + c3 * y)) ** m2)


def _to_hlg(light: Rgb) -> Rgb:
    """Rec. ITU-R BT.2100: light on a display of 1000 cd/m² to signal; the system gamma of 1.2 works on luminance."""
    luminance = sum(weight * one for weight, one in zip((0.2627, 0.678, 0.0593), light, strict=True)) / _PEAK
    gain = luminance ** (1 / 1.2 - 1) if luminance else 0.0
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = [one / _PEAK * gain for one in light]
    r, g, bl = (math.sqrt(3 * e) if e <= 1 / 12 else a * math.log(12 * e - b) + c for e in scene)
    return r, g, bl


_TO_709 = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))
"""Report ITU-R BT.2407, from BT.2020's primaries to BT.709's, in light."""


def _mobius(signal: float, peak: float, linear: float = 0.3) -> float:
    """The curve that is straight up to ``linear`` and meets 1 at ``peak``."""
    if signal <= linear:
        return signal
    a = -linear * linear * (peak - 1) / (linear * linear - 2 * linear + peak)
    b = (linear * linear - 2 * linear * peak + peak) / max(peak - 1, 1e-6)
    return (b * b + 2 * b * linear + linear * linear) / (b - a) * (signal + a) / (signal + b)


def _shown(light: Rgb) -> Rgb:
    """What light of BT.2020 becomes in the signal of BT.709, on a screen of BT.1886."""
    r, g, b = (sum(w * one / _WHITE for w, one in zip(row, light, strict=True)) for row in _TO_709)
    top = max(r, g, b, 1e-6)
    scale = _mobius(top, _PEAK / _WHITE) / top
    red, green, blue = (min(max(one * scale, 0.0), 1.0) ** (1 / 2.4) for one in (r, g, b))
    return red, green, blue


_KR_KB = {"709": (0.2126, 0.0722), "601": (0.299, 0.114), "2020": (0.2627, 0.0593)}


def _codes(rgb: Rgb, matrix: str, bits: int = 8, *, full: bool = False) -> tuple[int, int, int]:
    """Signal to Y'CbCr codes: Rec. ITU-R BT.709, 601 and 2020."""
    kr, kb = _KR_KB[matrix]
    r, g, b = rgb
    y = kr * r + (1 - kr - kb) * g + kb * b
    cb, cr = (b - y) / (2 * (1 - kb)), (r - y) / (2 * (1 - kr))
    step, top = 2 ** (bits - 8), 2**bits - 1
    if full:
        middle = 2 ** (bits - 1)
        return round(top * y), min(round(top * cb + middle), top), min(round(top * cr + middle), top)
    return round((16 + 219 * y) * step), round((128 + 224 * cb) * step), round((128 + 224 * cr) * step)


# --- patches ---

Encode = Callable[..., Path]


@pytest.fixture
def patches(tools: Tools, tmp_path: Path) -> Encode:
    """Make a lossless clip of patches side by side from their codes, with these words about its colours."""

    def make(codes: Sequence[tuple[int, int, int]], pixel_format: str, said: str) -> Path:
        size, wide = 2 if "10" in pixel_format else 1, len(codes) * _SIDE
        planes = [
            b"".join(code[plane].to_bytes(size, "little") * (_SIDE >> bool(plane)) for code in codes)
            * (_SIDE >> bool(plane))
            for plane in range(3)
        ]
        path = tmp_path / "patches.mkv"
        raw = ("-f", "rawvideo", "-pix_fmt", pixel_format, "-s", f"{wide}x{_SIDE}", "-r", "24", "-i", "-")
        words = ("-v", "error", "-y", *raw, "-vf", f"setparams={said}", "-c:v", "ffv1", str(path))
        subprocess.run([str(tools.ffmpeg), *words], input=b"".join(planes) * 3, check=True, timeout=60)
        return path

    return make


def _read(tools: Tools, path: Path, count: int) -> list[tuple[int, int, int]]:
    """The codes in the middle of each patch of the first picture."""
    words = ("-v", "error", "-i", str(path), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
    done = subprocess.run([str(tools.ffmpeg), *words], check=True, capture_output=True, timeout=60).stdout
    wide = count * _SIDE
    luma, chroma = wide * _SIDE, wide * _SIDE // 4
    found = []
    for number in range(count):
        at_y = (_SIDE // 2) * wide + number * _SIDE + _SIDE // 2
        at_c = (_SIDE // 4) * (wide // 2) + (number * _SIDE + _SIDE // 2) // 2
        found.append((done[at_y], done[luma + at_c], done[luma + chroma + at_c]))
    return found


def _sdr(engine: Engine, scratch: Path, clip: Path) -> Path:
    choice = PresetChoice("1080p", video=_FINE["h264"])
    (path,) = Made(engine, scratch, clip, [FileOutput("o", Container.MP4, choice)]).paths("o")
    return path


def _near(found: Sequence[tuple[int, int, int]], wanted: Sequence[tuple[int, int, int]], tolerance: int) -> list[str]:
    return [
        f"{one} is not {other}"
        for one, other in zip(found, wanted, strict=True)
        if any(abs(a - b) > tolerance for a, b in zip(one, other, strict=True))
    ]


_GREYS = [0, 1, 5, 20, 50, 100, 203, 400, 600, 1000]
_LIGHTS: list[Rgb] = [
    *((float(nits),) * 3 for nits in _GREYS),
    (60, 40, 30),  # skin in the shade
    (140, 95, 70),
    (200, 120, 100),
    (20, 90, 25),
    (15, 25, 120),
    (800, 500, 300),  # a lamp
]


@pytest.mark.parametrize("curve", ["smpte2084", "arib-std-b67"])
def test_hdr_becomes_what_the_formulas_say(
    engine: Engine, tools: Tools, patches: Encode, scratch: Path, curve: str
) -> None:
    signals = [
        _to_hlg(light) if curve == "arib-std-b67" else (_to_pq(light[0]), _to_pq(light[1]), _to_pq(light[2]))
        for light in _LIGHTS
    ]
    said = f"color_primaries=bt2020:color_trc={curve}:colorspace=bt2020nc:range=tv"
    clip = patches([_codes(signal, "2020", 10) for signal in signals], "yuv420p10le", said)
    path = _sdr(engine, scratch, clip)
    wanted = [_codes(_shown(light), "709") for light in _LIGHTS]
    found, greys = _read(tools, path, len(_LIGHTS)), len(_GREYS)
    assert [y for y, _, _ in wanted[:greys]] == [16, 40, 63, 99, 138, 174, 202, 221, 228, 235]
    assert _near(found[:greys], wanted[:greys], 2) == []
    # zimg takes HLG's system gamma channel by channel, BT.2100 by luminance: saturated colours become a little more so.
    assert _near(found[greys:], wanted[greys:], 3 if curve == "smpte2084" else 13) == []
    assert _said(tools, path) == ["yuv420p", "tv", "bt709", "bt709", "bt709"]


_COLOURS: list[Rgb] = [
    *((float(r), float(g), float(b)) for r in (0, 1) for g in (0, 1) for b in (0, 1)),
    (0.5, 0.5, 0.5),
    (0.8, 0.6, 0.5),
    (0.2, 0.3, 0.7),
]


@pytest.mark.parametrize(
    ("said", "matrix", "full"),
    [
        ("color_primaries=bt709:color_trc=bt709:colorspace=smpte170m:range=tv", "601", False),
        ("color_primaries=bt709:color_trc=bt709:colorspace=bt470bg:range=pc", "601", True),
        ("color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=pc", "709", True),
        ("color_primaries=bt709:color_trc=iec61966-2-1:colorspace=bt709:range=tv", "709", False),
        ("color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=tv", "601", False),  # small: television
    ],
    ids=["601", "601 full", "709 full", "709 sRGB", "unsaid"],
)
def test_standard_range_keeps_its_colours(
    engine: Engine, tools: Tools, patches: Encode, scratch: Path, said: str, matrix: str, *, full: bool
) -> None:
    codes = [_codes(rgb, matrix, full=full) for rgb in _COLOURS]
    path = _sdr(engine, scratch, patches(codes, "yuv420p", said))
    assert _near(_read(tools, path, len(codes)), [_codes(rgb, "709") for rgb in _COLOURS], 3) == []
    assert _said(tools, path) == ["yuv420p", "tv", "bt709", "bt709", "bt709"]


@pytest.mark.parametrize(("pixel_format", "codec"), [("rgb24", "qtrle"), ("argb", "qtrle"), ("gbrp10le", "ffv1")])
def test_rgb_keeps_its_colours(
    engine: Engine, tools: Tools, tmp_path: Path, scratch: Path, pixel_format: str, codec: str
) -> None:
    clip = tmp_path / "rgb.mov"
    colours = ("red", "lime", "blue", "white", "black")
    sources = [f"color={name}:size={_SIDE}x{_SIDE}:duration=0.2" for name in colours]
    inputs = [word for source in sources for word in ("-f", "lavfi", "-i", source)]
    graph = f"hstack=inputs={len(colours)},format={pixel_format}"
    words = ("-v", "error", "-y", *inputs, "-filter_complex", graph, "-c:v", codec, str(clip))
    subprocess.run([str(tools.ffmpeg), *words], check=True, timeout=60)
    rgb: list[Rgb] = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (0, 0, 0)]
    path = _sdr(engine, scratch, clip)
    assert _near(_read(tools, path, len(colours)), [_codes(one, "709") for one in rgb], 3) == []


# --- a known picture there and back ---


@pytest.mark.parametrize("curve", ["smpte2084", "arib-std-b67"])
def test_a_known_picture_comes_back_from_hdr(
    engine: Engine, tools: Tools, tmp_path: Path, scratch: Path, curve: str
) -> None:
    """What was graded for SDR and put into HDR at its white of 203 cd/m² looks as it did."""
    known = tmp_path / "known.mkv"
    plain = "color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
    dim = (
        "testsrc2=size=320x180:rate=24:duration=0.5,format=gbrp,lutrgb=r=val*0.58:g=val*0.58:b=val*0.58,"
        "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
    )
    ffmpeg = [str(tools.ffmpeg), "-v", "error", "-y"]
    subprocess.run([*ffmpeg, "-f", "lavfi", "-i", f"{dim},setparams={plain}", "-c:v", "ffv1", str(known)], check=True)
    wide = tmp_path / "wide.mkv"
    there = (
        "zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=2020,"
        f"zscale=transfer={curve}:matrix=2020_ncl:range=limited:npl=203,format=yuv420p10le"
    )
    subprocess.run([*ffmpeg, "-i", str(known), "-vf", there, "-c:v", "ffv1", str(wide)], check=True, timeout=60)
    path = _sdr(engine, scratch, wide)
    graph = "[0:v]settb=1/24,setpts=N,format=yuv420p[a];[1:v]settb=1/24,setpts=N,format=yuv420p[b];[a][b]ssim"
    words = ("-nostdin", "-i", str(known), "-i", str(path), "-lavfi", graph, "-f", "null", "-")
    said = subprocess.run([str(tools.ffmpeg), *words], check=True, capture_output=True, text=True, timeout=60).stderr
    assert float(re.findall(r"All:([\d.]+)", said)[-1]) > 0.95


# --- kept ---

_MASTERING = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"


def _hdr10(tools: Tools, folder: Path, curve: str) -> Path:
    path = folder / "hdr.mp4"
    said = f"setparams=color_primaries=bt2020:color_trc={curve}:colorspace=bt2020nc:range=tv"
    graph = f"testsrc2=size=160x90:rate=24:duration=0.5,format=yuv420p10le,{said}"
    still = f":master-display={_MASTERING}:max-cll=1000,400" if curve == "smpte2084" else ""
    words = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", f"log-level=error{still}", "-tag:v", "hvc1")
    subprocess.run([str(tools.ffmpeg), "-v", "error", "-y", "-f", "lavfi", "-i", graph, *words, str(path)], check=True)
    return path


_STREAM = ("pix_fmt", "color_range", "color_space", "color_transfer", "color_primaries")


def _probed(tools: Tools, path: Path) -> dict[str, Any]:
    words = ("-v", "error", "-select_streams", "v", "-show_streams", "-of", "json", str(path))
    done = subprocess.run([str(tools.ffprobe), *words], check=True, capture_output=True, timeout=60)
    found: dict[str, Any] = json.loads(done.stdout)["streams"][0]
    return found


def _said(tools: Tools, path: Path) -> list[str]:
    return [_probed(tools, path).get(name, "") for name in _STREAM]


@pytest.mark.parametrize("container", [Container.MP4, Container.MKV])
@pytest.mark.parametrize(
    ("preset", "effort"), [("1080p-hdr-hevc", "ultrafast"), ("1080p-hdr-av1", "12"), ("1080p-hdr-vp9", "5")]
)
def test_hdr10_is_kept_with_its_metadata(  # noqa: PLR0917
    engine: Engine, tools: Tools, tmp_path: Path, scratch: Path, preset: str, effort: str, container: Container
) -> None:
    choice = PresetChoice(preset, video={"encoder_preset": effort})
    made = Made(engine, scratch, _hdr10(tools, tmp_path, "smpte2084"), [FileOutput("o", container, choice)])
    (path,) = made.paths("o")
    assert _said(tools, path) == ["yuv420p10le", "tv", "bt2020nc", "smpte2084", "bt2020"]
    sides = {side["side_data_type"]: side for side in _probed(tools, path)["side_data_list"]}
    light = sides["Content light level metadata"]
    assert (light["max_content"], light["max_average"]) == (1000, 400)
    display = sides["Mastering display metadata"]
    found = [float(Fraction(display[name])) for name in ("red_x", "green_y", "max_luminance", "min_luminance")]
    assert found == pytest.approx([0.68, 0.69, 1000, 0.005], rel=0.01)


def test_hlg_is_kept(engine: Engine, tools: Tools, tmp_path: Path, scratch: Path) -> None:
    choice = PresetChoice("1080p-hdr-hevc", video={"encoder_preset": "ultrafast"})
    made = Made(engine, scratch, _hdr10(tools, tmp_path, "arib-std-b67"), [FileOutput("o", Container.MP4, choice)])
    assert _said(tools, made.paths("o")[0]) == ["yuv420p10le", "tv", "bt2020nc", "arib-std-b67", "bt2020"]


def test_one_job_keeps_hdr_and_maps_it(engine: Engine, tools: Tools, tmp_path: Path, scratch: Path) -> None:
    """Also where both have the same size; what is mapped says nothing of HDR any more."""
    outputs = [
        FileOutput("wide", Container.MP4, PresetChoice("1080p-hdr-hevc", video={"encoder_preset": "ultrafast"})),
        FileOutput("plain", Container.MP4, PresetChoice("1080p-hevc", video={"encoder_preset": "ultrafast"})),
    ]
    made = Made(engine, scratch, _hdr10(tools, tmp_path, "smpte2084"), outputs)
    assert _said(tools, made.paths("wide")[0])[3] == "smpte2084"
    (plain,) = made.paths("plain")
    assert _said(tools, plain) == ["yuv420p", "tv", "bt709", "bt709", "bt709"]
    sides = [side["side_data_type"] for side in _probed(tools, plain).get("side_data_list", [])]
    assert not [side for side in sides if "light" in side or "Mastering" in side]
