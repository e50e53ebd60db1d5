from __future__ import annotations

import pytest

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.subtitles.cue import MOST_CUES, Cue, moved, tidy
from cloudtranscode.media.subtitles.reading import read_subrip, read_subtitles

_SRT = """\
1
00:00:01,000 --> 00:00:02,500
<i>First</i> <font color="#ff0000">red</font>

2
00:00:03.2 --> 00:00:04,000 X1:10 X2:20
Two

lines {\\an8}and {braces}

77
1:02:03,004 --> 1:02:04,000
99
"""
_VTT = """\
WEBVTT - a title
Kind: captions

STYLE
::cue { background: url(http://127.0.0.1/x) }

NOTE nothing here

intro
00:01.000 --> 00:02.500 align:start line:0
<v Anna>Hello &amp; <c.loud>&lt;welcome&gt;</c></v>

01:02:03.004 --> 01:02:04.000
<00:03.000><B>bold</B>
"""
_ASS = """\
[Script Info]
Title: x
[Fonts]
fontname: evil.ttf
!!!!
[V4+ Styles]
Format: Name, Fontname
Style: Default,../../etc/passwd
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,not shown
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\fn/etc/passwd\\i1}One{\\i0}, with\\Ncommas, \\hand {\\b700}more
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 0{\\p0}
Dialogue: 0,0:00:05.00,0:00:05.00,Default,,0,0,0,,no time
"""


def test_subrip_as_people_write_it() -> None:
    assert read_subtitles(_SRT) == [
        Cue(1.0, 2.5, "<i>First</i> red"),
        Cue(3.2, 4.0, "Two\nlines and {braces}"),
        Cue(3723.004, 3724.0, "99"),
    ]


def test_webvtt_keeps_words_and_drops_styles_notes_and_settings() -> None:
    assert read_subtitles(_VTT) == [Cue(1.0, 2.5, "Hello & <welcome>"), Cue(3723.004, 3724.0, "<b>bold</b>")]


def test_substation_keeps_words_and_drops_fonts_drawings_and_comments() -> None:
    assert read_subtitles(_ASS) == [Cue(1.0, 2.5, "<i>One</i>, with\ncommas, \u00a0and <b>more</b>")]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_ends_of_lines_and_byte_order_marks(end: str) -> None:
    assert read_subtitles("\ufeff" + _SRT.replace("\n", end)) == read_subtitles(_SRT)


def test_what_is_no_subtitles() -> None:
    with pytest.raises(SourceUnsupported, match="neither SubRip nor WebVTT"):
        read_subtitles("<html>00:00:01 -> 2</html>")
    assert read_subrip("") == []
    assert read_subtitles("WEBVTT\n") == []


def test_marks_are_closed_and_nothing_unseen_gets_through() -> None:
    text = "<i>one</b> <u>two\u2028\x1b[31m\n  \n<b></b>\nthree</u></u>"
    assert tidy([Cue(0, 1, text)]) == [Cue(0, 1, "<i>one <u>two[31m\nthree</u></i>")]


def test_cues_come_in_the_order_of_their_times() -> None:
    assert [cue.text for cue in tidy([Cue(5, 6, "b"), Cue(1, 2, "a"), Cue(3, 3, "never"), Cue(4, 5, "\n \n")])] == [
        "a",
        "b",
    ]


def test_too_many_cues_are_refused() -> None:
    with pytest.raises(SourceUnsupported, match="100001 subtitles"):
        tidy([Cue(0, 1, "x")] * (MOST_CUES + 1))


def test_moving_cuts_what_is_outside() -> None:
    cues = [Cue(0, 1, "before"), Cue(1, 3, "across"), Cue(4, 5, "inside"), Cue(5.5, 9, "over the end"), Cue(9, 10, "z")]
    assert moved(cues, -2, 0, 4) == [Cue(0, 1, "across"), Cue(2, 3, "inside"), Cue(3.5, 4, "over the end")]
    assert moved(cues[:2], 10, 10, None) == [Cue(10, 11, "before"), Cue(11, 13, "across")]


def test_hostile_text_takes_no_time() -> None:
    for text in ("<" * 200_000, "{\\" * 200_000, "1:" * 200_000, "\n" * 500_000, "00:00:01,000 --> " * 50_000):
        assert read_subrip(text + "\n00:00:01,000 --> 00:00:02,000\n" + text)[:0] == []
