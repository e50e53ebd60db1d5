"""One subtitle: words at a time. Nothing else of a client's file gets through: no fonts, styles, files or addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cloudtranscode.errors import SourceUnsupported

MOST_BYTES = 16 << 20
MOST_CUES = 100_000
"""A film has some 1500."""

MARK = re.compile(r"</?[ibu]>")
"""The marks that a text may have: italic, bold, underlined. Any other ``<`` is a character."""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SHORTEST_S = 0.001


@dataclass(frozen=True, slots=True)
class Cue:
    """Words from ``start_s`` to ``end_s``, in lines, with no more than the marks of :data:`MARK`."""

    start_s: float
    end_s: float
    text: str


def tidy(cues: Iterable[Cue]) -> list[Cue]:
    """Return the cues in the order of their times, without what cannot be shown.

    Lines are never empty, marks are closed in the order in which they were opened, and there are no control
    characters. Errors: ``SourceUnsupported`` for more than :data:`MOST_CUES`.
    """
    found = [replace(cue, text=_clean(cue.text)) for cue in cues if cue.end_s - cue.start_s >= _SHORTEST_S]
    if len(found) > MOST_CUES:
        raise SourceUnsupported(f"There are {len(found)} subtitles in one track, and {MOST_CUES} is the most.")
    return sorted((cue for cue in found if cue.text), key=lambda cue: (cue.start_s, cue.end_s))


def moved(cues: Iterable[Cue], by_s: float, start_s: float, end_s: float | None) -> list[Cue]:
    """Return the cues that much later, then cut to ``start_s`` and ``end_s``; in whole milliseconds."""
    found = []
    for cue in cues:
        begin, end = max(cue.start_s + by_s, start_s), cue.end_s + by_s
        end = end if end_s is None else min(end, end_s)
        if end - begin >= _SHORTEST_S:
            found.append(Cue(round(begin, 3), round(end, 3), cue.text))
    return found


def _clean(text: str) -> str:
    lines = (_CONTROL.sub("", line).strip() for line in text.replace("\r", "").split("\n"))
    return _balanced("\n".join(line for line in lines if MARK.sub("", line).strip()))


def _balanced(text: str) -> str:
    """Drop ends without a start, and end what was left open."""
    parts, open_marks = [], []
    for part in re.split(f"({MARK.pattern})", text):
        if not MARK.fullmatch(part):
            parts.append(part)
        elif not part.startswith("</"):
            open_marks.append(part[1])
            parts.append(part)
        elif open_marks and open_marks[-1] == part[2]:
            open_marks.pop()
            parts.append(part)
    return "".join(parts) + "".join(f"</{mark}>" for mark in reversed(open_marks))
