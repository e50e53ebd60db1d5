"""ImageMagick's geometry strings: ``200x100``, ``200x100!``, ``50%``, ``x100>``, ``10000@``, ``200x100+5+5``.

https://imagemagick.org/script/command-line-processing.php#geometry
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"\d{1,7}(?:\.\d{1,6})?"
_GEOMETRY = re.compile(
    rf"(?P<before>@?)(?P<width>{_NUMBER})?(?P<mid>%?)(?:[xX](?P<height>{_NUMBER})?)?"
    r"(?P<flags>[%@!<>^]*)(?P<offset>(?P<x>[+-]\d{1,7})(?P<y>[+-]\d{1,7}))?"
)
_EXCLUSIVE = "@!^"


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry as it was written; ``width`` and ``height`` are percents where ``percent``, else pixels.

    ``flag`` is one of ``! ^ @`` or empty; ``only_shrink`` is ``>``, ``only_enlarge`` is ``<``. With ``@`` the width is
    an area in pixels. ``x`` and ``y`` are ``None`` when no offset was given.
    """

    width: float | None = None
    height: float | None = None
    percent: bool = False
    flag: str = ""
    only_shrink: bool = False
    only_enlarge: bool = False
    x: int | None = None
    y: int | None = None


def parse_geometry(text: str) -> Geometry:
    """Read a geometry string. Errors: ``ValueError`` with a sentence for whoever wrote it."""
    found = _GEOMETRY.fullmatch(text.strip())
    if found is None or not (found["width"] or found["height"]):
        raise ValueError(f"{text!r} is no geometry such as 200x100, 200x100!, 50% or 200x100+10+10")
    flags = found["before"] + found["mid"] + found["flags"]
    exclusive = [flag for flag in _EXCLUSIVE if flag in flags]
    if len(exclusive) > 1 or {"<", ">"} <= set(flags):
        raise ValueError(f"{text!r} has flags that exclude each other")
    if "@" in flags and (found["height"] or "%" in flags):
        raise ValueError(f"{text!r} gives an area, which is one number")
    width, height = (_number(found[name], text) for name in ("width", "height"))
    return Geometry(
        width=width,
        height=height,
        percent="%" in flags,
        flag=exclusive[0] if exclusive else "",
        only_shrink=">" in flags,
        only_enlarge="<" in flags,
        x=int(found["x"]) if found["x"] else None,
        y=int(found["y"]) if found["y"] else None,
    )


def _number(text: str | None, whole: str) -> float | None:
    if text is None:
        return None
    if not float(text):
        raise ValueError(f"{whole!r} has a side of 0")
    return float(text)
