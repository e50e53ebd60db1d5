"""Subtitles as files: WebVTT, SubRip and SubStation Alpha, written by us from cues alone."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

from cloudtranscode.media.outputs import SubtitleFormat
from cloudtranscode.media.subtitles.cue import MARK, Cue

BURNED_FONT = "Source Sans Pro"
_FONT = "Arial"
_WORD_JOINER = "\u2060"
_STYLE = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, "
    "StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, "
    "Encoding"
)
_LOOK = "&H00FFFFFF,&H00FFFFFF,&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,3,1,2,60,60,48,1"
"""White with a black edge, at the bottom, in the middle; colours are AABBGGRR."""


def write_subtitles(cues: Sequence[Cue], form: SubtitleFormat) -> str:
    """Return the text of a file; times of SubStation Alpha are in hundredths of a second."""
    return {SubtitleFormat.VTT: webvtt, SubtitleFormat.SRT: subrip, SubtitleFormat.ASS: substation}[form](cues)


def webvtt(cues: Sequence[Cue]) -> str:
    """Write WebVTT. W3C, https://www.w3.org/TR/webvtt1/."""
    blocks = (f"{_clock(cue.start_s)} --> {_clock(cue.end_s)}\n{_escaped(cue.text)}\n" for cue in cues)
    return "WEBVTT\n\n" + "\n".join(blocks)


def subrip(cues: Sequence[Cue]) -> str:
    """Write SubRip, where an arrow in the words would begin a cue."""
    return "\n".join(
        f"{number}\n{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}\n{cue.text.replace('-->', '->')}\n"
        for number, cue in enumerate(cues, 1)
    )


def substation(cues: Sequence[Cue], font: str = _FONT) -> str:
    """Write SubStation Alpha 4+ for a frame of 1080 lines, which players scale to theirs."""
    events = (
        f"Dialogue: 0,{_ass_clock(cue.start_s)},{_ass_clock(cue.end_s)},Default,,0,0,0,,{_ass_text(cue.text)}\n"
        for cue in cues
    )
    return (
        "[Script Info]\nScriptType: v4.00+\nPlayResX: 1920\nPlayResY: 1080\n"
        "WrapStyle: 0\nScaledBorderAndShadow: yes\n\n"
        f"[V4+ Styles]\nFormat: {_STYLE}\nStyle: Default,{font},58,{_LOOK}\n\n"
        "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n" + "".join(events)
    )


def _escaped(text: str) -> str:
    return _around_marks(text, lambda words: html.escape(words, quote=False), lambda mark: mark)


def _ass_text(text: str) -> str:
    """A backslash or a brace in the words must not become a command."""
    plain = _around_marks(
        text,
        lambda words: words.replace("\\", f"\\{_WORD_JOINER}").replace("{", "\\{").replace("}", "\\}"),
        lambda mark: f"{{\\{mark.strip('</>')}{0 if mark.startswith('</') else 1}}}",
    )
    return plain.replace("\n", "\\N")


def _around_marks(text: str, words: Callable[[str], str], mark: Callable[[str], str]) -> str:
    parts = re.split(f"({MARK.pattern})", text)
    return "".join(mark(part) if MARK.fullmatch(part) else words(part) for part in parts)


def _clock(time_s: float, point: str = ".") -> str:
    minutes, milliseconds = divmod(round(time_s * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}{point}{milliseconds % 1000:03}"


def _ass_clock(time_s: float) -> str:
    minutes, hundredths = divmod(round(time_s * 100), 6000)
    return f"{minutes // 60}:{minutes % 60:02}:{hundredths // 100:02}.{hundredths % 100:02}"
