"""Whether the picture is the one that was encoded."""

from __future__ import annotations

from collections.abc import Iterator

from cloudtranscode.media.check.evidence import Encodes, Media
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.plan.plan import Plan

_UNEVEN_S = 2.0


def check_picture(
    say: Judge, rendition_id: str, plan: Plan, encodes: Encodes, media: Media, *, timed: bool = True
) -> Iterator[Check]:
    """Judge the video track of a file or a rung; ``timed`` when its own duration means something."""
    wanted, encode, track = plan.rendition(rendition_id), encodes.video[rendition_id], media.track("video")
    yield say.equal("video codec", wanted.settings.codec, track.codec if track else "none")
    if track is None:
        return
    yield say.equal("size", f"{wanted.width}x{wanted.height}", f"{track.width}x{track.height}")
    yield say.equal("number of frames", plan.frames(rendition_id) or encode.packets, track.packets)
    if timed:
        yield say.near("video duration", encode.duration_s, track.duration_s, frame_s(plan, rendition_id))


def frame_s(plan: Plan, rendition_id: str) -> float:
    """How far the end may be off: a frame; where frames last differently, the longest one that is sane.

    The packager adds a sample's duration in decoding order to its time of display, which differ at a gap.
    """
    facts = plan.facts(plan.rendition(rendition_id))
    return facts.frame_s if facts.frames else max(_UNEVEN_S, facts.frame_s)
