from __future__ import annotations

import re
from importlib import resources

import pytest

from cloudtranscode.errors import InvalidDocument, UnknownPreset
from cloudtranscode.media import presets
from cloudtranscode.media.presets import load_preset, parse_preset, preset_names

_GOOD = resources.files(presets).joinpath("720p.toml").read_text("utf-8")


def test_all_presets_load_and_the_largest_comes_first() -> None:
    assert preset_names() == ["1080p", "720p", "480p", "360p"]
    assert [load_preset(name).size.lines for name in preset_names()] == [1080, 720, 480, 360]


@pytest.mark.parametrize("name", ["4k", "", "../presets/720p", "__init__", "720p.toml"])
def test_an_unknown_preset_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownPreset, match="known are 1080p, 720p, 480p, 360p"):
        load_preset(name)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lines = 720", "lines = 0", "size.lines is 0, must be a whole number from 16 to 4320"),
        ("lines = 720", "lines = true", "size.lines is True, must be"),
        ("lines = 720", "lines = 720\ndepth = 1280", "size.depth is not a setting"),
        ('codec = "aac"', 'codec = "mp3"', "audio.codec is 'mp3', must be one of aac"),
        ('codec = "aac"', "codec = [1]", "audio.codec is [1], must be one of aac"),
        ("gop_s = 2", "gop_s = 60", "video.gop_s is 60, must be a number from 0.5 to 10"),
        ("max_rate_kbps = 4200", "max_rate_kbps = 100", "video.max_rate_kbps is below video.rate_kbps"),
        ("[audio]", "[sound]", "unknown table sound"),
        ("[audio]", "[audio", "not TOML"),
    ],
)
def test_a_faulty_preset_is_named_to_the_field(old: str, new: str, message: str) -> None:
    assert old in _GOOD
    with pytest.raises(InvalidDocument, match=f"Preset 720p: {re.escape(message)}"):
        parse_preset("720p", _GOOD.replace(old, new))
