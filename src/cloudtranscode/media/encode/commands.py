"""Plan to argv lists: pure, deterministic, every path relative to the job's scratch folder."""

from __future__ import annotations

from collections.abc import Mapping

from cloudtranscode.media.encode.graph import graph_command
from cloudtranscode.media.encode.overlay import image_words
from cloudtranscode.media.encode.picture import first_pass_branches, video_branches
from cloudtranscode.media.encode.sound import sound_branches
from cloudtranscode.media.encode.stills.commands import sought_stills, still_branches
from cloudtranscode.media.encode.stills.shots import sought
from cloudtranscode.media.encode.waveform import waveform_branches
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.sound.loudness import LoudnessMeasure
from cloudtranscode.media.tools.command import Command


def encode_commands(plan: Plan, measured: Mapping[str, LoudnessMeasure] | None = None) -> list[Command]:
    """The commands that make every rendition and still; ``measured`` are the sounds with a target, by rendition id.

    One that decodes the source once for all, and before it another one for the first pass of those that have two.
    Few pictures alone are sought instead.
    """
    if sought(plan):
        return sought_stills(plan)
    first = first_pass_branches(plan)
    last = [*video_branches(plan), *still_branches(plan), *sound_branches(plan, measured or {})]
    last += waveform_branches(plan)
    images = image_words(plan)
    return [graph_command(plan, branches, more=images) for branches in (first, last) if branches]
