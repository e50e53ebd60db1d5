from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.errors import InvalidDocument, InvalidSetting, UnknownPreset
from cloudtranscode.media.outputs import PresetChoice
from cloudtranscode.media.presets import Presets, fingerprint, written
from cloudtranscode.media.rendition import Color, Preset, RateMode, VideoCodec

_GENERIC = """
320x240 360p-16.9 360p-4.3 480p-16.9 480p-4.3 480p 720p 1080p hls400k hls600k hls1M hls1.5M hls2M appleTV2G appleTV3G
iphone3GS ipodTouch iphone4 web iphone4S kindleFire kindleFireHD kindleFireHD8.9 kindleFireHDX
"""
_GOOD = """
[size]
lines = 720

[video]
codec = "h264"
rate = "vbr"
rate_kbps = 2800
max_rate_kbps = 4200

[audio]
codec = "aac"
rate_kbps = 128
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def _own(folder: Path, **texts: str) -> Presets:
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text)
    return Presets(folder)


def test_every_built_in_preset_is_valid_and_says_what_it_is() -> None:
    catalogue = Presets()
    presets = [catalogue.load(name) for name in catalogue.names()]
    assert len(presets) > 90
    assert [one.name for one in presets if not one.description or not one.family] == []
    assert catalogue.names("hls") == ["hls-1080p", "hls-720p", "hls-540p", "hls-432p", "hls-360p", "hls-234p"]


def test_the_earlier_stacks_presets_keep_their_names() -> None:
    assert sorted(Presets().names("generic")) == sorted(f"{name}-generic" for name in _GENERIC.split())
    found = Presets().load("hls1.5M-generic")
    assert found.video
    assert (found.size.width, found.size.height, found.video.rate_kbps, found.video.refs) == (960, 640, 1372, 3)
    assert (found.video.profile, found.video.level, found.video.frame_rate) == ("main", "3.1", Fraction(30000, 1001))


@pytest.mark.parametrize(
    ("name", "near"),
    [("4k", ""), ("", ""), ("../web/720p", "720p"), ("1080", "1080p"), ("720p.toml", "720p")],
)
def test_an_unknown_preset_names_what_is_near(name: str, near: str) -> None:
    with pytest.raises(UnknownPreset, match=rf"There is no preset .*{near}"):
        Presets().load(name)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lines = 720", "lines = 0", "size.lines is 0, must be a whole number from 16 to 4320"),
        ("lines = 720", "lines = true", "size.lines is True, must be"),
        ("lines = 720", "lines = 720\ndepth = 1280", "size.depth is not a field; there are lines, width, height"),
        ("lines = 720", 'fit = "crop"', "size.fit is 'crop', must be one of fit, fill, pad, exact"),
        ("lines = 720", "enlarge = 1", "size.enlarge is 1, must be true or false"),
        ('"aac"', '"vorbis"', "audio.codec is 'vorbis', must be one of aac, opus, ac3, eac3, mp3, flac, pcm"),
        ('"aac"', "[1]", "audio.codec is [1], must be one of aac"),
        ("rate_kbps = 128", "rate_kbps = 1280", "audio.rate_kbps is 1280, aac has 8 to 576 for 2 channels"),
        ('"aac"', '"mp3"\nsample_rate = 96000', "audio.sample_rate is 96000, mp3 has 32000, 44100, 48000"),
        ('"aac"', '"flac"', "audio.rate_kbps is 128, but flac is lossless"),
        ('"aac"', '"aac"\nloudness = {integrated = 3}', "audio.loudness.integrated is 3, must be a number from -50"),
        (
            '"aac"',
            '"aac"\nloudness = {loud = 3}',
            "audio.loudness.loud is not a field; there are integrated, true_peak",
        ),
        ('"vbr"', '"vbr"\ngop_s = 60', "video.gop_s is 60, must be a number from 0.5 to 10"),
        ('"vbr"', '"vbr"\nframe_rate = "fast"', "video.frame_rate is 'fast', must be a number up to 240"),
        ('"vbr"', '"vbr"\nencoder_preset = "8"', "video.encoder_preset is '8', must be one of ultrafast, superfast"),
        ('"h264"', '"av1"\nencoder_preset = "medium"', "video.encoder_preset is 'medium', must be one of 0, 1, 2"),
        ('"h264"', '"hevc"\ntune = "film"', "video.tune is 'film', must be one of animation, grain, psnr"),
        ('"h264"', '"h264"\nlevel = 7', "video.level is '7', must be one of 1, 1.1, 1.2"),
        (
            '"h264"',
            '"h264"\nprofile = "main"\npixel_format = "yuv422p"',
            "video.pixel_format is 'yuv422p', profile main of h264 has yuv420p",
        ),
        ('"h264"', '"av1"\npixel_format = "yuv444p"', "video.pixel_format is 'yuv444p', av1 has yuv420p, yuv420p10le"),
        ('"h264"', '"h264"\ncolor = "source"', "video.color is 'source', and 8 bits (yuv420p) are too few for HDR"),
        ('"h264"', '"h264"\nlevel = 3', "video.level is '3', too low for 1280x720"),
        ('"h264"', '"h264"\nlevel = 3.1\nframe_rate = 60', "video.level is '3.1', too low for 1280x720 at 60 per"),
        ('"h264"', '"hevc"\nlevel = 3', "video.level is '3', too low for 1280x720"),
        ('"h264"', '"hevc"\nlevel = 4.0\nframe_rate = 120', "video.level is '4.0', too low for 1280x720 at 120 per"),
        ('"h264"', '"av1"\nlevel = 4', "video.level is '4', which av1 does not have"),
        ('"h264"', '"vp9"\nrefs = 3', "video.refs is nothing that vp9 can be told"),
        ('"h264"', '"h264"\nprofile = "baseline"\nb_frames = 2', "video.b_frames is 2, profile baseline has none"),
        ("max_rate_kbps = 4200", "max_rate_kbps = 100", "video.max_rate_kbps is 100, below rate_kbps, which is 2800"),
        ("max_rate_kbps = 4200", "buffer_kbit = 100", "video.buffer_kbit needs max_rate_kbps"),
        ("max_rate_kbps = 4200", "crf = 20", "video.crf is not for rate 'vbr'"),
        ('"vbr"', '"crf"', "video.rate_kbps is not for rate 'crf'; max_rate_kbps limits it"),
        ('"vbr"', '"cbr"', "video.max_rate_kbps is not for rate 'cbr', whose rate is constant"),
        ("rate_kbps = 2800", "", "video.rate_kbps is missing, rate 'vbr' needs it"),
        ('"h264"', '"av1"', "video.max_rate_kbps is nothing that av1 has with rate 'vbr'; it has it with 'crf'"),
        ('rate = "vbr"\nrate_kbps = 2800', "crf = 52", "video.crf is 52, h264 has 0 to 51"),
        (
            'rate = "vbr"\nrate_kbps = 2800',
            "crf = 20\npasses = 2",
            "video.passes is 2, h264 with rate 'crf' is made in 1",
        ),
        ("max_rate_kbps = 4200", "passes = 3", "video.passes is 3, must be a whole number from 1 to 2"),
        ('"h264"', '"prores"', "video.rate_kbps is nothing that prores has"),
        (
            'codec = "h264"\nrate = "vbr"\nrate_kbps = 2800\nmax_rate_kbps = 4200',
            'codec = "av1"\nrate_kbps = 2800\npasses = 2',
            "video.passes is 2, av1 with rate 'vbr' is made in 1",
        ),
        ("[audio]", "[sound]", "sound is not known, there are size, video, audio, description, family, extends"),
        ("[audio]", "[audio", "not TOML"),
        ("[size]\nlines = 720", "size = 720", "size is 720, must be a table"),
        ("\n[size]", "description = 3\n[size]", "description is 3, must be a text"),
        ("\n[size]", 'extends = "730p"\n[size]', "extends is '730p'. There is no preset '730p'; near are"),
    ],
)
def test_a_faulty_preset_is_named_to_the_field(folder: Path, old: str, new: str, message: str) -> None:
    assert old in _GOOD
    with pytest.raises(InvalidDocument, match=f"^Preset mine: {re.escape(message)}"):
        _own(folder, mine=_GOOD.replace(old, new)).load("mine")


def test_a_preset_of_nothing_is_none(folder: Path) -> None:
    with pytest.raises(InvalidDocument, match="neither a table video nor a table audio"):
        _own(folder, mine="[size]\nlines = 100\n").load("mine")


def test_what_extends_says_only_what_differs_and_each_value_knows_its_origin(folder: Path) -> None:
    catalogue = _own(folder, mine='extends = "480p"\n[video]\nmax_rate_kbps = 900\n[audio]\nrate_kbps = 96\n')
    found = catalogue.resolved("mine")
    video = {name: (one.value, one.origin) for name, one in found.fields["video"].items()}
    assert video["max_rate_kbps"] == (900, "mine")
    assert video["buffer_kbit"] == (2800, "480p")
    assert video["crf"] == (22, "1080p")
    assert video["color"] == ("sdr", "usual")
    assert found.preset.size.lines == 480
    assert found.preset.family == "own"


def test_ones_own_preset_goes_before_the_built_in_one_and_may_extend_it(folder: Path) -> None:
    catalogue = _own(folder, **{"720p": 'extends = "720p"\n[video]\ncrf = 26\n'})
    found, built_in = catalogue.load("720p").video, Presets().load("720p").video
    assert found
    assert built_in
    assert (found.crf, found.max_rate_kbps) == (26, built_in.max_rate_kbps)
    assert catalogue.load("480p").video == Presets().load("480p").video


def test_a_circle_is_named(folder: Path) -> None:
    catalogue = _own(folder, a='extends = "b"', b='extends = "c"', c='extends = "b"')
    with pytest.raises(InvalidDocument, match="Preset a: a extends b extends c extends b, which is a circle"):
        catalogue.load("a")


def test_a_folder_gives_its_presets_their_family(folder: Path) -> None:
    (folder / "films").mkdir()
    (folder / "films" / "good.toml").write_text(_GOOD)
    assert Presets(folder).names("films") == ["good"]


def test_a_name_that_is_there_twice_is_an_error(folder: Path) -> None:
    (folder / "films").mkdir()
    for place in (folder, folder / "films"):
        (place / "good.toml").write_text(_GOOD)
    with pytest.raises(InvalidDocument, match="The preset good is there twice"):
        Presets(folder).load("good")


def test_a_folder_that_is_missing_is_an_error(folder: Path) -> None:
    with pytest.raises(InvalidSetting, match="There is no folder of presets"):
        Presets(folder / "none").load("720p")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"crf": 20}, {"rate": RateMode.CRF, "crf": 20, "max_rate_kbps": 2800}),
        ({"rate_kbps": 1000}, {"rate": RateMode.VBR, "rate_kbps": 1000, "crf": None, "max_rate_kbps": None}),
        ({"rate": "cbr", "rate_kbps": 1000}, {"rate": RateMode.CBR, "buffer_kbit": None, "crf": None}),
        ({"codec": "hevc"}, {"codec": VideoCodec.HEVC, "crf": 26, "max_rate_kbps": 2800, "encoder_preset": "medium"}),
        ({"codec": "av1"}, {"codec": VideoCodec.AV1, "crf": 35, "max_rate_kbps": 2800, "encoder_preset": "8"}),
        ({"codec": "av1", "encoder_preset": 10, "crf": 30.5}, {"encoder_preset": "10", "crf": 30.5}),
        ({"level": 4.0}, {"level": "4.0"}),
        ({"frame_rate": 29.97}, {"frame_rate": Fraction(30000, 1001)}),
        ({"frame_rate": "24000/1001"}, {"frame_rate": Fraction(24000, 1001)}),
        ({"frame_rate": 25}, {"frame_rate": Fraction(25)}),
        ({"codec": "hevc", "pixel_format": "yuv420p10le", "color": "source"}, {"color": Color.SOURCE}),
    ],
)
def test_an_output_may_differ_and_what_does_not_fit_is_not_handed_down(
    changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    video = Presets().load(PresetChoice("720p", video=changes)).video
    assert {name: getattr(video, name) for name in expected} == expected


def test_a_difference_that_is_wrong_is_named() -> None:
    with pytest.raises(InvalidDocument, match=r"Preset 720p: video.crf is 99, must be a number from 0 to 63"):
        Presets().load(PresetChoice("720p", video={"crf": 99}))


def test_what_is_written_out_is_the_same_preset(folder: Path) -> None:
    catalogue = Presets()
    for name in catalogue.names():
        (folder / f"{name}.toml").write_text(written(catalogue.resolved(name)))
    again = Presets(folder)
    assert [again.load(name) for name in catalogue.names()] == [catalogue.load(name) for name in catalogue.names()]


def test_the_fingerprint_is_of_the_settings_alone(folder: Path) -> None:
    def of(preset: str | Preset) -> str:
        return fingerprint(Presets().load(preset) if isinstance(preset, str) else preset)

    same = _own(folder, mine='extends = "720p"\ndescription = "Mine"\n').load("mine")
    assert of(same) == of("720p") == fingerprint(Presets().load(PresetChoice("720p", video={"crf": 22})))
    assert of("720p") != of("480p")
    assert re.fullmatch("[0-9a-f]{64}", of("720p"))
