from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from cloudtranscode.media.source.probe import read_probe
from cloudtranscode.media.source.streams import Colour, Hdr, MediaInfo, SubtitleStream, VideoStream
from cloudtranscode.media.source.words import parts, treatment

_FIXTURES = Path(__file__).parents[1] / "ffprobe"


def _info(name: str = "plain") -> MediaInfo:
    return read_probe(0, (_FIXTURES / f"{name}.json").read_text())


def _with(**changes: object) -> MediaInfo:
    info = _info()
    video: VideoStream = replace(info.video[0], **changes)  # type: ignore[arg-type]  # one field, given by its name
    return replace(info, video=(video,))


def test_a_plain_source_is_named_and_needs_nothing() -> None:
    named = dict(parts(_info()))
    assert named["container"] == "MP4 or QuickTime, 3 s"
    assert named["video"].startswith("H.264")
    assert "320x180, 24 fps, 8 bit" in named["video"]
    assert named["audio"] == "AAC, stereo, 44100 Hz"
    assert list(treatment(_info())) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rotation": 90, "display_width": 180, "display_height": 320}, "turned by 90 degrees"),
        ({"sar": Fraction(16, 15)}, "not square (16:15)"),
        ({"display_width": 161}, "is odd"),
        ({"interlaced": True, "top_first": False}, "bottom field first"),
        ({"frame_rate": None}, "Nobody can tell its frame rate"),
        ({"base_rate": Fraction(60)}, "rate varies"),
        ({"colour": Colour(hdr=Hdr.HLG)}, "It is HLG"),
        ({"alpha": True}, "transparent"),
        ({"captions": True}, "CEA-608"),
    ],
)
def test_everything_odd_is_told_in_a_sentence(changes: dict[str, object], words: str) -> None:
    (sentence,) = treatment(_with(**changes))
    assert words in sentence
    assert sentence.endswith(".")


def test_what_lies_beside_the_picture() -> None:
    info = replace(
        _info(), audio=(), covers=2, duration_s=None, subtitles=(SubtitleStream(3, "dvd_subtitle", "swe", text=False),)
    )
    assert dict(parts(info))["subtitles"] == "pictures (dvd_subtitle), swe"
    told = " ".join(treatment(info))
    for words in ("cover picture", "no duration", "no sound", "left out"):
        assert words in told


def test_sound_alone() -> None:
    assert list(treatment(replace(_info(), video=()))) == ["There is sound alone: only outputs of sound can be made."]


def test_several_streams_are_numbered() -> None:
    info = replace(_info(), audio=_info().audio * 2)
    assert [name for name, _ in parts(info)] == ["container", "video", "audio 0", "audio 1"]
