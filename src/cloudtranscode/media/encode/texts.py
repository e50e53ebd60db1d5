"""Subtitles on pictures."""

from __future__ import annotations

from cloudtranscode.media.plan.plan import Plan, TextRendition
from cloudtranscode.media.tools.words import ENCODED


def burned_path(item: TextRendition) -> str:
    """Where a subtitle rendition lies as SubStation Alpha, for pictures that it is burned into."""
    return f"{ENCODED}/text_{item.id}.ass"


def burned(plan: Plan, track: int, fonts: str) -> str:
    """Return the filter that draws a track of the job's subtitles, with the fonts of the folder ``fonts`` alone."""
    (item,) = (one for one in plan.texts if one.track == track)
    return f"ass=filename={burned_path(item)}:fontsdir={fonts}"
