from __future__ import annotations

import pytest

from cloudtranscode.media.check.stills import Frames, index_problem, read_frames
from cloudtranscode.media.encode.stills.webvtt import clock, sprite_index
from cloudtranscode.media.outputs import StillFormat
from cloudtranscode.media.plan.pictures import Grid, SpriteSheets
from cloudtranscode.media.rendition import Geometry

_ITEM = SpriteSheets("s", Grid(0.0, 5.0, 3), Geometry((160, 90), (160, 90)), StillFormat.JPG, 2, 1, 12.5)
_SHEETS = ["sprite001.jpg", "sprite002.jpg"]
_TEXT = """\
WEBVTT

00:00:00.000 --> 00:00:05.000
sprite001.jpg#xywh=0,0,160,90

00:00:05.000 --> 00:00:10.000
sprite001.jpg#xywh=160,0,160,90

00:00:10.000 --> 00:00:12.500
sprite002.jpg#xywh=0,0,160,90
"""


def test_every_time_has_its_rectangle() -> None:
    assert sprite_index(_ITEM, "sprite%03d.jpg") == _TEXT
    assert index_problem(_TEXT, _ITEM, _SHEETS) is None


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ("WEBVTT\n", "WEBVTT X\n", "cues for 3 pictures"),
        ("00:00:05.000 --> 00:00:10", "00:00:05.500 --> 00:00:10", "does not begin where"),
        ("00:00:12.500", "00:00:12.000", "the last cue ends at 12 s"),
        ("160,0,160,90", "161,0,160,90", "names sprite001.jpg#xywh=161"),
        ("sprite002", "sprite003", "names sprite003.jpg"),
        ("160,0,160,90", "0,0,160,90", "the same rectangle"),
        ("sprite002.jpg#xywh=0,0,160,90", "sprite002.jpg", "a cue is"),
    ],
)
def test_an_index_that_leads_astray(right: str, wrong: str, problem: str) -> None:
    assert problem in (index_problem(_TEXT.replace(right, wrong), _ITEM, _SHEETS) or "")


def test_times_of_webvtt() -> None:
    assert [clock(time_s) for time_s in (0, 65.2, 59.9996, 360000.001)] == [
        "00:00:00.000",
        "00:01:05.200",
        "00:01:00.000",
        "100:00:00.001",
    ]


def test_what_was_decoded() -> None:
    text = (
        "#software: Lavf\n#tb 0: 1/10\n#media_type 0: video\n#dimensions 0: 320x180\n#sar 0: 1/1\n"
        "0,          0,          0,        1,    57600, 0x1\n0,          1,          1,        2,    57600, 0x2\n"
    )
    found = read_frames(text)
    assert found.size == "320x180"
    assert found.shown_s == pytest.approx(0.3)
    assert read_frames("") == Frames()
