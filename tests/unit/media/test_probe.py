"""The JSON in ``ffprobe/`` is what ffprobe 8.1 says of the generated clips of the same names."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.errors import CloudTranscodeError, SourceDamaged, SourceNotMedia, SourceUnsupported
from cloudtranscode.media.source.probe import read_probe
from cloudtranscode.media.source.streams import MediaInfo

_FIXTURES = Path(__file__).parent / "ffprobe"


def _load(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((_FIXTURES / f"{name}.json").read_text())
    return data


def _probe(name: str) -> MediaInfo:
    return read_probe(0, json.dumps(_load(name)))


def test_an_ordinary_source() -> None:
    info = _probe("plain")
    (video,), (audio,) = info.video, info.audio
    assert (video.codec, video.width, video.height, video.pixel_format, video.bit_depth) == (
        "h264",
        320,
        180,
        "yuv420p",
        8,
    )
    assert (video.frame_rate, video.frames, video.duration_s, video.constant_rate) == (Fraction(24), 72, 3.0, True)
    assert (audio.codec, audio.channels, audio.sample_rate) == ("aac", 2, 44100)


@pytest.mark.parametrize(
    ("name", "rotation", "display"),
    [("plain", 0, (320, 180)), ("rotate90", 270, (180, 320)), ("tall_pixels", 0, (320, 180)), ("odd", 0, (161, 91))],
)
def test_what_a_viewer_sees(name: str, rotation: int, display: tuple[int, int]) -> None:
    (video,) = _probe(name).video
    assert video.rotation == rotation
    assert (video.display_width, video.display_height) == display


def test_a_varying_rate_is_told_from_a_constant_one() -> None:
    assert not _probe("vfr").video[0].constant_rate


def test_matroska_keeps_the_duration_in_a_tag() -> None:
    assert _probe("odd").video[0].duration_s == 2.0


def test_starts_are_kept() -> None:
    assert _probe("late_sound").audio[0].start_s == pytest.approx(0.7, abs=0.03)
    assert _probe("late_picture").video[0].start_s == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize("name", sorted(path.stem for path in _FIXTURES.iterdir()))
def test_json_and_back(name: str) -> None:
    info = _probe(name)
    assert MediaInfo.from_dict(json.loads(json.dumps(info.to_dict()))) == info


def test_a_cover_picture_is_no_video() -> None:
    data = _load("plain")
    data["streams"][0]["disposition"]["attached_pic"] = 1
    assert read_probe(0, json.dumps(data)).video == ()


def _without_picture_format() -> str:
    data = _load("plain")
    del data["streams"][0]["pix_fmt"]
    return json.dumps(data)


@pytest.mark.parametrize(
    ("exit_code", "output", "tail", "error"),
    [
        (1, "{}", ("[mov] [error] moov atom not found",), SourceDamaged),
        (1, "{}", ("[error] Invalid data found when processing input",), SourceNotMedia),
        (0, '{"format": {"format_name": "tty"}, "streams": [{"codec_type": "video"}]}', (), SourceNotMedia),
        (0, '{"format": {"format_name": "hls"}, "streams": []}', (), SourceNotMedia),
        (0, '{"format": {"format_name": "mov,mp4"}, "streams": [{"codec_type": "data"}]}', (), SourceNotMedia),
        (0, _without_picture_format(), ("[mov] [error] stream 1, offset 0x30: partial file",), SourceDamaged),
        (0, _without_picture_format(), (), SourceUnsupported),
    ],
)
def test_refusals(exit_code: int, output: str, tail: tuple[str, ...], error: type[CloudTranscodeError]) -> None:
    with pytest.raises(error):
        read_probe(exit_code, output, tail)
