"""Whether the sound is the one that was encoded."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.media.check.evidence import Encodes, Media, Track
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.plan.plan import Plan

_AAC_FRAME = 1024


def check_sound(
    say: Judge, rendition_id: str, plan: Plan, encodes: Encodes, media: Media, *, timed: bool = True
) -> Iterator[Check]:
    """Judge an audio track; ``timed`` when its own duration means something."""
    wanted, encode, track = plan.sound(rendition_id), encodes.audio[rendition_id], media.track("audio")
    yield say.equal("audio", _sound(encode), _sound(track) if track else "none")
    yield say.equal("audio channels", wanted.channels, track.channels if track else 0)
    if track and timed:
        frame_s = _AAC_FRAME / wanted.settings.sample_rate
        yield say.near("audio duration", encode.duration_s, track.duration_s, frame_s)


def _sound(track: Track) -> str:
    return f"{track.codec} {track.sample_rate} Hz, {track.packets} packets"
