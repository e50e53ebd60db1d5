"""The renditions' sound."""

from __future__ import annotations

from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import AudioRendition
from cloudtranscode.media.tools.words import ENCODED, PLAIN, seconds


def audio_path(rendition_id: str) -> str:
    """Where the encode of an audio rendition lies."""
    return f"{ENCODED}/a_{rendition_id}.mp4"


def audio_words(plan: Plan) -> list[str]:
    """Return the words of every audio output."""
    return [word for item in plan.audio for word in _output(item, plan.source.offset_s)]


def _output(item: AudioRendition, offset_s: float) -> list[str]:
    """Sound starts with the picture: a late start and gaps are filled with silence, what is earlier is cut."""
    settings = item.settings
    moved = f"asetpts=PTS-{seconds(offset_s)}/TB," if offset_s else ""
    filters = f"{moved}aresample={settings.sample_rate}:async=1:first_pts=0"
    return [
        *("-map", f"0:{item.streams[0]}", "-af", filters, "-ac", str(item.channels)),
        *("-c:a", settings.codec, "-b:a", f"{settings.rate_kbps}k", *PLAIN, audio_path(item.id)),
    ]
