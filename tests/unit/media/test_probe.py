"""The JSON in ``ffprobe/`` is what ffprobe 8.1 says of the generated clips of the same names."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.errors import CloudTranscodeError, SourceDamaged, SourceNotMedia, SourceUnsupported
from cloudtranscode.media.source.probe import read_probe
from cloudtranscode.media.source.streams import Hdr, MediaInfo

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


def _with_frame(**fields: Any) -> MediaInfo:
    """The ordinary source, as if its first picture carried more."""
    data = _load("plain")
    data["streams"][0] |= {"color_transfer": "smpte2084", "color_primaries": "bt2020", "field_order": "unknown"}
    data["frames"] = [{"stream_index": 1}, {"stream_index": 0, **fields}]
    return read_probe(0, json.dumps(data))


def test_hdr_metadata_that_only_pictures_carry() -> None:
    """The numbers are those of a P3 display of 0.0001 to 1000 cd/m² as ffprobe prints them."""
    mastering = {
        "side_data_type": "Mastering display metadata",
        "red_x": "34000/50000",
        "red_y": "16000/50000",
        "green_x": "13250/50000",
        "green_y": "34500/50000",
        "blue_x": "7500/50000",
        "blue_y": "3000/50000",
        "white_point_x": "15635/50000",
        "white_point_y": "16450/50000",
        "min_luminance": "1/10000",
        "max_luminance": "10000000/10000",
    }
    light = {"side_data_type": "Content light level metadata", "max_content": 1000, "max_average": 400}
    colour = _with_frame(side_data_list=[mastering, light]).video[0].colour
    assert colour.hdr is Hdr.HDR10
    assert colour.mastering == "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
    assert colour.light == "1000,400"


def test_half_of_the_mastering_metadata_is_none() -> None:
    half = {"side_data_type": "Mastering display metadata", "max_luminance": "1/1", "min_luminance": "0/1"}
    assert _with_frame(side_data_list=[half]).video[0].colour.mastering is None


def test_pictures_tell_fields_and_captions_that_headers_do_not() -> None:
    found = _with_frame(
        interlaced_frame=1, top_field_first=0, side_data_list=[{"side_data_type": "ATSC A53 Part 4 Closed Captions"}]
    ).video[0]
    assert (found.interlaced, found.top_first, found.captions) == (True, False, True)
    plain = _probe("plain").video[0]
    assert (plain.interlaced, plain.captions, plain.alpha, plain.colour.hdr) == (False, False, False, None)


def test_a_rate_beyond_any_camera_tells_nothing() -> None:
    data = _load("plain")
    data["streams"][0] |= {"avg_frame_rate": "1000/1", "r_frame_rate": "60/1"}
    video = read_probe(0, json.dumps(data)).video[0]
    assert (video.frame_rate, video.constant_rate) == (Fraction(60), False)


def test_languages_subtitles_and_covers() -> None:
    data = _load("plain")
    tags = {"LANGUAGE": "swe", "title": "Svenska"}
    data["streams"].append({"index": 2, "codec_type": "subtitle", "codec_name": "mov_text", "tags": tags})
    data["streams"].append({"index": 3, "codec_type": "subtitle", "codec_name": "dvd_subtitle"})
    data["streams"].append({"index": 4, "codec_type": "video", "disposition": {"attached_pic": 1}})
    info = read_probe(0, json.dumps(data))
    assert [(one.language, one.title, one.text) for one in info.subtitles] == [
        ("swe", "Svenska", True),
        (None, None, False),
    ]
    assert info.covers == 1


def _without_picture_format() -> str:
    data = _load("plain")
    del data["streams"][0]["pix_fmt"]
    return json.dumps(data)


@pytest.mark.parametrize(
    ("exit_code", "output", "tail", "error"),
    [
        (1, "{}", ("[mov] [error] moov atom not found",), SourceDamaged),
        (1, "{}", ("[error] Invalid data found when processing input",), SourceNotMedia),
        (-9, "{", (), SourceUnsupported),
        (-11, "{", (), SourceDamaged),
        (1, "{", ("[hls] [error] Format not on whitelist 'mov,matroska'",), SourceNotMedia),
        (1, "{", ("[snow] [error] Codec (snow) not on whitelist 'h264,hevc'",), SourceUnsupported),
        (1, "{", ("[h264] [error] Picture size 16384x16384 exceeds specified max pixel count 9",), SourceUnsupported),
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


def test_a_duration_that_was_guessed_is_none() -> None:
    tail = ("[mp3] [warning] Estimating duration from bitrate, this may be inaccurate",)
    found = read_probe(0, (_FIXTURES / "plain.json").read_text(), tail)
    assert [found.duration_s, found.audio[0].duration_s, found.video[0].duration_s] == [None] * 3
