"""Subtitles on their way into packages."""

from __future__ import annotations

from cloudtranscode.media.plan.plan import TextRendition
from cloudtranscode.media.tools.words import ENCODED


def text_path(item: TextRendition) -> str:
    """Where the WebVTT of a subtitle rendition lies."""
    return f"{ENCODED}/text_{item.id}.vtt"
