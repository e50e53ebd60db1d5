from __future__ import annotations

import pytest

from cloudtranscode.media.outputs import SubtitleFormat
from cloudtranscode.media.subtitles.cue import Cue
from cloudtranscode.media.subtitles.reading import read_subtitles
from cloudtranscode.media.subtitles.writing import write_subtitles

_CUES = [Cue(1.0, 2.5, "<i>One</i> & <two>\nsecond line"), Cue(3723.01, 3724.0, "C:\\new {\\an8} --> x")]


def test_webvtt() -> None:
    assert write_subtitles(_CUES, SubtitleFormat.VTT) == (
        "WEBVTT\n\n"
        "00:00:01.000 --> 00:00:02.500\n<i>One</i> &amp; &lt;two&gt;\nsecond line\n\n"
        "01:02:03.010 --> 01:02:04.000\nC:\\new {\\an8} --&gt; x\n"
    )


def test_subrip() -> None:
    assert write_subtitles(_CUES[:1], SubtitleFormat.SRT) == (
        "1\n00:00:01,000 --> 00:00:02,500\n<i>One</i> & <two>\nsecond line\n"
    )


def test_an_arrow_in_the_words_begins_no_cue_of_subrip() -> None:
    words = [Cue(0.0, 1.0, "a\n00:00:05,000 --> 00:00:06,000\nb")]
    assert len(read_subtitles(write_subtitles(words, SubtitleFormat.SRT))) == 1
    assert read_subtitles(write_subtitles(words, SubtitleFormat.VTT)) == words


def test_substation_has_one_style_and_no_commands_but_marks() -> None:
    text = write_subtitles(_CUES, SubtitleFormat.ASS)
    assert [line.partition(",,0,0,0,,")[2] for line in text.splitlines() if line.startswith("Dialogue")] == [
        "{\\i1}One{\\i0} & <two>\\Nsecond line",
        "C:\\\u2060new \\{\\\u2060an8\\} --> x",
    ]
    assert text.count("\nStyle:") == 1
    assert "0:00:01.00,0:00:02.50" in text
    assert "1:02:03.01,1:02:04.00" in text


@pytest.mark.parametrize("form", SubtitleFormat)
def test_what_was_written_reads_the_same(form: SubtitleFormat) -> None:
    cues = [Cue(0.0, 1.0, "<b>a</b> b\nc, d"), Cue(1.0, 2.25, "Grüße: 你好 😀")]
    assert read_subtitles(write_subtitles(cues, form)) == cues


@pytest.mark.parametrize("form", SubtitleFormat)
def test_nothing_to_say_is_a_file_as_well(form: SubtitleFormat) -> None:
    assert write_subtitles([], form).startswith({"vtt": "WEBVTT", "srt": "", "ass": "[Script Info]"}[form])
