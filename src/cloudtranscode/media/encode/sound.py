"""The renditions' sound."""

from __future__ import annotations

from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import AudioCodec, AudioRendition
from cloudtranscode.media.tools.words import ENCODED, PLAIN, seconds


def audio_path(item: AudioRendition) -> str:
    """Where the encode of an audio rendition lies: in an ISO file, which keeps exact times."""
    suffix = "mov" if item.settings.codec is AudioCodec.PCM else "mp4"
    return f"{ENCODED}/a_{item.id}.{suffix}"


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
        *("-c:a", settings.codec, "-b:a", f"{settings.rate_kbps}k", *PLAIN, audio_path(item)),
    ]
