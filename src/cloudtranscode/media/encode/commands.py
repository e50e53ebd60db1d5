"""Plan to argv lists: pure, deterministic, every path relative to the job's scratch folder."""

from __future__ import annotations

from cloudtranscode.media.encode.input import source_words
from cloudtranscode.media.encode.picture import video_branches
from cloudtranscode.media.encode.sound import audio_words
from cloudtranscode.media.encode.stills import still_alone, still_branches
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import START, seconds


def encode_commands(plan: Plan) -> list[Command]:
    """The commands that make every rendition and still.

    One that decodes the source once for all; without renditions, one per still, which seeks instead of decoding.
    """
    if plan.video or plan.audio:
        return [_encode(plan)]
    return [still_alone(still, plan) for still in plan.stills]


def _encode(plan: Plan) -> Command:
    """One decode: a tap for each branch."""
    branches = [*video_branches(plan), *still_branches(plan)]
    words = [*START, *source_words(plan.clips[0].name)]
    if branches:
        taps = "".join(f"[{branch.tap}]" for branch in branches)
        filters = [*_clock(plan.source.offset_s), *([f"split={len(branches)}"] if len(branches) > 1 else [])]
        head = f"[0:{plan.clips[0].video}]{','.join(filters) or 'null'}{taps}"
        words += ["-filter_complex", ";".join([head, *(chain for branch in branches for chain in branch.chains)])]
    for branch in branches:
        words += branch.words
    words += audio_words(plan)
    return Command(Tool.FFMPEG, tuple(words), plan.source.duration_s)


def _clock(offset_s: float) -> list[str]:
    """Start the outputs' clock with the picture; the sound is moved by the same amount."""
    return [f"setpts=PTS-{seconds(offset_s)}/TB"] if offset_s else []
