"""Whole words of every encoder, as they stand on the command line."""

from __future__ import annotations

import shlex
from fractions import Fraction
from typing import Any

import pytest

from cloudtranscode.media.encode.codecs import video_encoder
from cloudtranscode.media.plan.plan import SourceFacts
from cloudtranscode.media.rendition import Geometry, Overlays, RateMode, VideoCodec, VideoRendition, VideoSettings

_FILM = Fraction(24000, 1001)
_GRID = (
    "-fps_mode passthrough -force_key_frames "
    "'expr:isnan(prev_forced_t)+gt(floor((t+0.001)/2),floor((prev_forced_t+0.001)/2))'"
)
_CAPPED: dict[str, Any] = {"rate": RateMode.CRF, "crf": 23.0, "max_rate_kbps": 3000, "buffer_kbit": 4000}
_VBR: dict[str, Any] = {"rate": RateMode.VBR, "rate_kbps": 2000, "max_rate_kbps": 3000}
_CBR: dict[str, Any] = {"rate": RateMode.CBR, "rate_kbps": 2000}


def _words(codec: VideoCodec, *, pass_: int = 0, width: int = 1280, steady: bool = True, **settings: Any) -> str:
    size = width, 720
    item = VideoRendition("r", Geometry(size, size), VideoSettings(codec=codec, **settings), Overlays())
    return shlex.join(video_encoder(item, _facts(steady=steady), pass_))


def _facts(*, steady: bool) -> SourceFacts:
    return SourceFacts(
        video=True,
        frame_rate=_FILM,
        constant_rate=steady,
        duration_s=10.0,
        audio_end_s=None,
        frames=None,
    )


_X264 = f"-forced-idr 1 -sc_threshold 0 -g 9999 -flags +cgop {_GRID}"
_X265 = f"-forced-idr 1 -g 9999 -flags +cgop -dolbyvision 0 -tag:v hvc1 {_GRID}"
_SVT = f"-g 48 -dolbyvision 0 {_GRID}"
_VPX = f"-row-mt 1 -tile-columns 2 -g 9999 -keyint_min 9999 {_GRID}"


@pytest.mark.parametrize(
    ("codec", "settings", "words"),
    [
        (
            VideoCodec.H264,
            {**_CAPPED, "profile": "high", "level": "4.0", "tune": "film", "refs": 3, "b_frames": 2},
            (
                "-c:v libx264 -preset medium -profile:v high -level:v 4.0 -tune film -refs 3 -bf 2 "
                f"-crf 23 -maxrate 3000k -bufsize 4000k {_X264}"
            ),
        ),
        (VideoCodec.H264, _VBR, f"-c:v libx264 -preset medium -b:v 2000k -maxrate 3000k -bufsize 6000k {_X264}"),
        (
            VideoCodec.H264,
            _CBR,
            f"-c:v libx264 -preset medium -b:v 2000k -maxrate 2000k -bufsize 2000k -x264-params nal-hrd=cbr {_X264}",
        ),
        (
            VideoCodec.HEVC,
            {**_CAPPED, "crf": 23.5, "profile": "main10", "level": "4.1"},
            (
                "-c:v libx265 -preset medium -profile:v main10 -crf 23.5 -maxrate 3000k -bufsize 4000k "
                f"-x265-params log-level=error:scenecut=0:level-idc=4.1 {_X265}"
            ),
        ),
        (
            VideoCodec.HEVC,
            _CBR,
            (
                "-c:v libx265 -preset medium -b:v 2000k -maxrate 2000k -bufsize 2000k "
                f"-x265-params log-level=error:scenecut=0:strict-cbr=1 {_X265}"
            ),
        ),
        (
            VideoCodec.AV1,
            {**_CAPPED, "encoder_preset": "8"},
            f"-c:v libsvtav1 -preset 8 -crf 23 -maxrate 3000k -bufsize 4000k {_SVT}",
        ),
        (
            VideoCodec.AV1,
            {"rate": RateMode.VBR, "rate_kbps": 2000, "encoder_preset": "8", "tune": "ssim"},
            f"-c:v libsvtav1 -preset 8 -b:v 2000k -svtav1-params tune=2 {_SVT}",
        ),
        (
            VideoCodec.AV1,
            {**_CBR, "encoder_preset": "8"},
            f"-c:v libsvtav1 -preset 8 -b:v 2000k -svtav1-params rc=2:pred-struct=1 {_SVT}",
        ),
        (
            VideoCodec.VP9,
            {**_CAPPED, "encoder_preset": "4", "tune": "film"},
            f"-c:v libvpx-vp9 -deadline good -cpu-used 4 -tune-content film -crf 23 -b:v 3000k {_VPX}",
        ),
        (
            VideoCodec.VP9,
            {**_CBR, "encoder_preset": "4"},
            (
                "-c:v libvpx-vp9 -deadline good -cpu-used 4 "
                f"-minrate 2000k -b:v 2000k -maxrate 2000k -bufsize 2000k {_VPX}"
            ),
        ),
        (
            VideoCodec.PRORES,
            {"profile": "hq", "pixel_format": "yuv422p10le"},
            "-c:v prores_ks -profile:v hq -vendor apl0 -fps_mode passthrough",
        ),
        (
            VideoCodec.FFV1,
            {},
            "-c:v ffv1 -level 3 -coder 1 -context 1 -g 1 -slices 16 -slicecrc 1 -fps_mode passthrough",
        ),
    ],
)
def test_one_pass(codec: VideoCodec, settings: dict[str, Any], words: str) -> None:
    assert _words(codec, **settings) == words


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        (VideoCodec.H264, "-b:v 2000k -maxrate 3000k -bufsize 6000k -pass {} -passlogfile encoded/p_r -forced-idr 1"),
        (VideoCodec.HEVC, "-x265-params log-level=error:scenecut=0:pass={}:stats=encoded/p_r.log -forced-idr 1"),
        (
            VideoCodec.VP9,
            "-b:v 2000k -maxrate 3000k -bufsize 6000k -pass {} -passlogfile encoded/p_r -row-mt 1 -tile-columns 2 -g",
        ),
    ],
)
def test_two_passes_share_their_statistics(codec: VideoCodec, words: str) -> None:
    for pass_ in (1, 2):
        assert words.format(pass_) in _words(codec, pass_=pass_, passes=2, **_VBR)


def test_a_rendition_of_one_pass_keeps_its_place_in_the_first_of_two() -> None:
    assert _words(VideoCodec.H264, pass_=1, **_VBR) == "-c:v wrapped_avframe"
    assert _words(VideoCodec.H264, pass_=2, **_VBR) == _words(VideoCodec.H264, **_VBR)


def test_a_varying_rate_has_no_gop_in_frames() -> None:
    words = _words(VideoCodec.AV1, steady=False, **_CAPPED)
    assert "-g 9999 -dolbyvision 0 -fps_mode vfr -enc_time_base demux" in words


def test_a_lower_rate_than_the_sources_has_shorter_gops() -> None:
    assert "-g 24" in _words(VideoCodec.AV1, frame_rate=Fraction(12), **_CAPPED)


@pytest.mark.parametrize(("width", "columns"), [(2, 0), (511, 0), (512, 1), (1920, 2), (3840, 3), (100_000, 6)])
def test_vp9_has_as_many_tiles_as_fit(width: int, columns: int) -> None:
    assert f"-tile-columns {columns} " in _words(VideoCodec.VP9, width=width, **_CAPPED)
