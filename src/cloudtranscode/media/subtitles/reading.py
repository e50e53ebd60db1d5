"""Subtitles in text: SubRip, WebVTT and SubStation Alpha, as people and programs write them.

WebVTT: W3C, https://www.w3.org/TR/webvtt1/. The other two have no standard; what is read is what players read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.subtitles.cue import MARK, Cue, tidy

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"^[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}.*$", re.MULTILINE)
_COUNTER = re.compile(r"\n[ \t]*\d+[ \t]*\n*\Z")
_VTT_BLOCK_END = re.compile(r"\n[ \t]*\n")
_TAG = re.compile(r"<[^<>\n]{0,200}>")
_OVERRIDE = re.compile(r"\{[^{}]{0,2000}\}")
_PLACING = re.compile(r"\{\\[^{}]{0,2000}\}")
_MARK_ON_OFF = re.compile(r"\\([ibu])([01]|[1-9]00)(?![0-9])")
_DRAWING = re.compile(r"\\p[1-9]")
_ASS_TIME = re.compile(r"(\d{1,3}):(\d\d):(\d\d)[.:](\d{1,3})")


def read_subtitles(text: str) -> list[Cue]:
    """Read a file in any of the formats. Errors: ``SourceUnsupported`` for text in none, and that of :func:`tidy`."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("WEBVTT"):
        return tidy(_webvtt(text))
    if re.search(r"^\[Events\]", text, re.MULTILINE | re.IGNORECASE):
        return tidy(_substation(text))
    if _TIMING.search(text):
        return read_subrip(text)
    raise SourceUnsupported("The subtitles are neither SubRip nor WebVTT nor SubStation Alpha.")


def read_subrip(text: str) -> list[Cue]:
    """Read SubRip, which may be empty: what ffmpeg makes of a stream without words."""
    cues = ((start, end, _marked(_PLACING.sub("", body))) for start, end, body in _timed(text))
    return tidy(Cue(*cue) for cue in cues)


def _timed(text: str) -> Iterator[tuple[float, float, str]]:
    """Each timing line with what stands between it and the next one, whose number it is not."""
    found = list(_TIMING.finditer(text))
    for number, timing in enumerate(found):
        last = number + 1 == len(found)
        body = text[timing.end() :] if last else _COUNTER.sub("", text[timing.end() : found[number + 1].start()])
        parts = timing.groups()
        yield _seconds(*parts[:4]), _seconds(*parts[4:]), body


def _webvtt(text: str) -> Iterator[Cue]:
    for start, end, body in _timed(text):
        words = _VTT_BLOCK_END.split(body.lstrip("\n") if body.startswith("\n") else body, maxsplit=1)[0]
        yield Cue(start, end, html.unescape(_marked(words)))


def _marked(text: str) -> str:
    """Keep italic, bold and underlined, in small letters; drop all other tags."""
    return _TAG.sub(lambda tag: tag[0].lower() if MARK.fullmatch(tag[0].lower()) else "", text)


def _substation(text: str) -> Iterator[Cue]:
    """Dialogue lines have the fields that the last `Format:` line of the events names; the text comes last."""
    columns: list[str] = []
    for line in text.split("\n"):
        kind, _, rest = line.partition(":")
        match kind.strip().lower():
            case "format":
                columns = [name.strip().lower() for name in rest.split(",")]
            case "dialogue":
                fields = dict(zip(columns, rest.split(",", max(0, len(columns) - 1)), strict=False))
                times = [_ASS_TIME.fullmatch(fields.get(name, "").strip()) for name in ("start", "end")]
                if times[0] and times[1]:
                    yield Cue(_seconds(*times[0].groups()), _seconds(*times[1].groups()), _ass_text(fields["text"]))


def _ass_text(text: str) -> str:
    if any(_DRAWING.search(block) for block in _OVERRIDE.findall(text)):
        return ""  # a drawing in vectors, not words
    words = _OVERRIDE.sub(lambda block: "".join(_ass_marks(block[0])), text)
    return words.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", "\u00a0")


def _ass_marks(block: str) -> Iterator[str]:
    for mark, state in _MARK_ON_OFF.findall(block):
        yield f"<{mark}>" if state not in {"0", "400"} else f"</{mark}>"


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(f"{seconds}.{fraction}")
