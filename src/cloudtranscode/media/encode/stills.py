"""Pictures of moments."""

from __future__ import annotations

from dataclasses import replace

from cloudtranscode.media.encode.branch import Branch
from cloudtranscode.media.encode.input import source_words
from cloudtranscode.media.plan.plan import Plan, Still
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import FINISHED, PLAIN, START, seconds

_HOLD_S = 2
"""How far a header may overstate the duration for a picture at the end still to be found. Never without a bound:
`tpad` would clone for ever."""


def still_path(still: Still) -> str:
    """Where a still lies; it is an output as it is."""
    return f"{FINISHED}/{still.output_id}.{still.format}"


def still_branches(plan: Plan) -> list[Branch]:
    """Return the branch of every still, for when the source is decoded anyhow."""
    return [
        Branch(
            f"t_{still.output_id}",
            (f"[t_{still.output_id}]{_still_filters(still)}[s_{still.output_id}]",),
            ("-map", f"[s_{still.output_id}]", *_jpeg(still)),
        )
        for still in plan.stills
    ]


def still_alone(still: Still, plan: Plan) -> Command:
    """Seek to just before the picture: the last one is then found even where the header overstates the duration."""
    clip = plan.clips[0]
    early_s = min(still.at_s, _HOLD_S)
    seek = ("-ss", seconds(still.at_s - early_s)) if still.at_s > early_s else ()
    filters = _still_filters(replace(still, at_s=early_s))
    words = (*START, *seek, *source_words(clip.name), "-map", f"0:{clip.video}", "-vf", filters, *_jpeg(still))
    return Command(Tool.FFMPEG, words)


def _still_filters(still: Still) -> str:
    """Wait for the frame first, so that one frame is scaled and not all; the last frame is held past the end."""
    wait = f"select='gte(t,{seconds(still.at_s)})*not(selected_n)'"
    return f"tpad=stop_mode=clone:stop_duration={_HOLD_S},{wait},{_jpeg_picture(still)}"


def _jpeg_picture(still: Still) -> str:
    return f"scale={still.width}:{still.height}:flags=bicubic:out_range=pc,setsar=1,format=yuvj420p"


def _jpeg(still: Still) -> tuple[str, ...]:
    return (
        *("-frames:v", "1", "-c:v", "mjpeg", "-q:v", "3", *PLAIN),
        *("-f", "image2", "-update", "1", still_path(still)),
    )
