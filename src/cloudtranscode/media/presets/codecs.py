"""What each video codec can be told: which settings go together, and which it has at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudtranscode.media.plan.settling import SOURCE
from cloudtranscode.media.rendition import Color, RateMode, VideoCodec, VideoSettings

_420, _422, _444 = "yuv420p", "yuv422p", "yuv444p"
_420_10, _422_10, _444_10 = "yuv420p10le", "yuv422p10le", "yuv444p10le"
_ALL = frozenset({_420, _422, _444, _420_10, _422_10, _444_10})


@dataclass(frozen=True, slots=True)
class Coder:
    """A codec's encoder: its efforts and which is usual, the pixel formats of each profile, its rates and tunes.

    ``crf`` is the usual quality and the worst there is; ``twice`` are the rates that two passes can be made for.
    Where there are no ``rates``, none is asked for.
    """

    pixels: frozenset[str]
    efforts: tuple[str, ...] = ()
    effort: str = ""
    profiles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    tunes: tuple[str, ...] = ()
    crf: tuple[float, float] = (0, 0)
    rates: frozenset[RateMode] = frozenset(RateMode)
    twice: frozenset[RateMode] = frozenset()
    references: bool = False
    capped: frozenset[RateMode] = frozenset({RateMode.CRF, RateMode.VBR})


_X26X = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
_H264_LEVELS = "1 1.1 1.2 1.3 2 2.1 2.2 3 3.1 3.2 4 4.1 4.2 5 5.1 5.2 6 6.1 6.2"
_HEVC_LEVELS = "1 2 2.1 3 3.1 4 4.1 5 5.1 5.2 6 6.1 6.2"
_X264_TUNES = ("film", "animation", "grain", "stillimage", "psnr", "ssim", "fastdecode", "zerolatency")

CODERS: dict[VideoCodec, Coder] = {
    VideoCodec.H264: Coder(
        pixels=_ALL,
        efforts=_X26X,
        effort="medium",
        # ITU-T H.264, annex A.2.
        profiles={
            "baseline": frozenset({_420}),
            "main": frozenset({_420}),
            "high": frozenset({_420}),
            "high10": frozenset({_420, _420_10}),
            "high422": frozenset({_420, _420_10, _422, _422_10}),
            "high444": _ALL,
        },
        levels=tuple(_H264_LEVELS.split()),
        tunes=_X264_TUNES,
        crf=(23, 51),
        twice=frozenset({RateMode.VBR}),
        references=True,
    ),
    VideoCodec.HEVC: Coder(
        pixels=_ALL,
        efforts=_X26X,
        effort="medium",
        # ITU-T H.265, annex A.3; x265 wants the bit depth to be the profile's own.
        profiles={
            "main": frozenset({_420}),
            "main10": frozenset({_420_10}),
            "main422-10": frozenset({_420_10, _422_10}),
            "main444-8": frozenset({_420, _422, _444}),
            "main444-10": frozenset({_420_10, _422_10, _444_10}),
        },
        levels=tuple(_HEVC_LEVELS.split()),
        tunes=("animation", "grain", "psnr", "ssim", "fastdecode", "zerolatency"),
        crf=(26, 51),
        twice=frozenset({RateMode.VBR}),
        references=True,
    ),
    VideoCodec.AV1: Coder(
        pixels=frozenset({_420, _420_10}),
        efforts=tuple(map(str, range(14))),
        effort="8",
        profiles={"main": frozenset({_420, _420_10})},
        tunes=("vq", "psnr", "ssim"),
        crf=(35, 63),
        capped=frozenset({RateMode.CRF}),
    ),
    VideoCodec.VP9: Coder(
        pixels=_ALL,
        efforts=tuple(map(str, range(6))),
        effort="4",
        profiles={
            "0": frozenset({_420}),
            "1": frozenset({_422, _444}),
            "2": frozenset({_420_10}),
            "3": frozenset({_422_10, _444_10}),
        },
        tunes=("psnr", "ssim", "screen", "film"),
        crf=(33, 63),
        twice=frozenset({RateMode.CRF, RateMode.VBR}),
    ),
    VideoCodec.PRORES: Coder(
        pixels=frozenset({_422_10, _444_10}),
        profiles={
            **dict.fromkeys(("proxy", "lt", "standard", "hq"), frozenset({_422_10})),
            **dict.fromkeys(("4444", "4444xq"), frozenset({_444_10})),
        },
        rates=frozenset(),
    ),
    VideoCodec.FFV1: Coder(pixels=_ALL | {SOURCE}, rates=frozenset()),
}


def usual(values: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fields of ``video`` are when nobody says: ``usual``, as far as it is not the codec's own."""
    coder = CODERS[VideoCodec(values.get("codec", VideoCodec.H264))]
    found = {**usual, "encoder_preset": coder.effort}
    if _420 not in coder.pixels:
        found["pixel_format"] = _444_10 if str(values.get("profile")).startswith("4444") else _422_10
    if values.get("rate") == RateMode.CRF:
        found["crf"] = coder.crf[0]
    return found if coder.rates else {name: found[name] for name in found if name not in _OF_RATES}


def problems(video: VideoSettings) -> Iterator[str]:
    """Say what does not go together, such as ``profile main is of yuv420p, not of yuv422p``."""
    coder = CODERS[video.codec]
    yield from _words(video, coder)
    yield from _pictures(video, coder)
    if coder.rates:
        yield from _rate(video, coder)
    else:
        yield from (f"{name} is nothing that {video.codec} has" for name in _given(video, *_RATES, "tune"))


_OF_RATES = ("rate", "passes", "gop_s")
_RATES = ("crf", "rate_kbps", "max_rate_kbps", "buffer_kbit")


def _given(video: VideoSettings, *names: str) -> list[str]:
    return [name for name in names if getattr(video, name) is not None]


def _words(video: VideoSettings, coder: Coder) -> Iterator[str]:
    choices: tuple[tuple[str, str | None, tuple[str, ...]], ...] = (
        ("encoder_preset", video.encoder_preset or None, coder.efforts),
        ("profile", video.profile, tuple(coder.profiles)),
        ("level", (video.level or "").removesuffix(".0") or None, coder.levels),
        ("tune", video.tune, coder.tunes),
    )
    for name, value, known in choices:
        if value is not None and value not in known:
            choice = f"must be one of {', '.join(known)}" if known else f"which {video.codec} does not have"
            yield f"{name} is {value!r}, {choice}"


def _pictures(video: VideoSettings, coder: Coder) -> Iterator[str]:
    pixels = coder.profiles.get(video.profile or "", coder.pixels)
    if video.pixel_format not in pixels:
        whose = f"profile {video.profile} of {video.codec}" if pixels is not coder.pixels else video.codec
        yield f"pixel_format is {video.pixel_format!r}, {whose} has {', '.join(sorted(pixels))}"
    if video.color is Color.SOURCE and video.pixel_format in {_420, _422, _444}:
        yield f"color is 'source', and 8 bits ({video.pixel_format}) are too few for HDR; take {video.pixel_format}10le"
    if not coder.references:
        yield from (f"{name} is nothing that {video.codec} can be told" for name in _given(video, "refs", "b_frames"))
    if video.profile == "baseline" and video.b_frames:
        yield f"b_frames is {video.b_frames}, profile baseline has none"


def _rate(video: VideoSettings, coder: Coder) -> Iterator[str]:
    mode = video.rate
    quality = mode is RateMode.CRF
    if quality and video.crf is None:
        yield "crf is missing, rate 'crf' needs it"
    if quality and video.crf is not None and video.crf > coder.crf[1]:
        yield f"crf is {video.crf:g}, {video.codec} has 0 to {coder.crf[1]:g}"
    if quality and video.rate_kbps is not None:
        yield "rate_kbps is not for rate 'crf'; max_rate_kbps limits it"
    if not quality and video.rate_kbps is None:
        yield f"rate_kbps is missing, rate '{mode}' needs it"
    if not quality and video.crf is not None:
        yield f"crf is not for rate '{mode}'"
    yield from _cap(video, coder)
    if video.passes > 1 and mode not in coder.twice:
        yield f"passes is {video.passes}, {video.codec} with rate '{mode}' is made in 1"


def _cap(video: VideoSettings, coder: Coder) -> Iterator[str]:
    most = video.max_rate_kbps
    if most is not None and video.rate is RateMode.CBR:
        yield "max_rate_kbps is not for rate 'cbr', whose rate is constant"
    elif most is not None and video.rate not in coder.capped:
        yield f"max_rate_kbps is nothing that {video.codec} has with rate '{video.rate}'; it has it with 'crf'"
    if most is not None and video.rate_kbps is not None and most < video.rate_kbps:
        yield f"max_rate_kbps is {most}, below rate_kbps, which is {video.rate_kbps}"
    if video.buffer_kbit is not None and most is None and video.rate is not RateMode.CBR:
        yield "buffer_kbit needs max_rate_kbps, which it holds"
