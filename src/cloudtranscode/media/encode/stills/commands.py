"""Pictures of moments: as branches of the one decode, or each by a seek."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from cloudtranscode.media.encode.branch import Branch
from cloudtranscode.media.encode.colour import to_target
from cloudtranscode.media.encode.graph import graph_command
from cloudtranscode.media.encode.stills.formats import ENCODERS, PIXELS
from cloudtranscode.media.encode.stills.shots import Shots, taken
from cloudtranscode.media.plan.pictures import Grid
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import Geometry, VideoSettings
from cloudtranscode.media.source.streams import Colour
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.words import PLAIN, seconds

_HOLD_S = 2
"""How far a header may overstate the duration for a picture at the end still to be found. Never without a bound:
`tpad` would clone for ever."""

_AT_S = 0.002
"""A frame that is earlier by no more than this is at its moment: containers round times to a millisecond."""


def still_branches(plan: Plan) -> list[Branch]:
    """Return the branch of every picture or series, for when the source is decoded anyhow."""
    return [_branch(shots, plan) for shots in taken(plan)]


def sought_stills(plan: Plan) -> list[Command]:
    """Return one command for each seek, for when nothing else is decoded."""
    return [_sought(shots, plan) for shots in taken(plan)]


def _branch(shots: Shots, plan: Plan) -> Branch:
    tap, end = f"t_{shots.name}", f"[s_{shots.name}]"
    chain = f"[{tap}]{_filters(shots, plan.clips[0].colour)}{end}"
    return Branch(tap, (chain,), ("-map", end, *_file(shots)))


def _sought(shots: Shots, plan: Plan) -> Command:
    """Begin just before the picture: the last one is then found even where the header overstates the duration."""
    clip, at_s = plan.clips[0], shots.grid.first_s
    early_s = min(at_s, _HOLD_S)
    cut_s = round(at_s - early_s, 6)
    part = replace(
        clip,
        start_s=clip.start_s + cut_s,
        duration_s=None if clip.duration_s is None else clip.duration_s - cut_s,
        held=clip.held and not cut_s,
    )
    moved = replace(shots, grid=replace(shots.grid, first_s=early_s))
    return replace(graph_command(replace(plan, clips=(part,)), [_branch(moved, plan)]), duration_s=None)


def _filters(shots: Shots, colour: Colour) -> str:
    """Choose the frames first, so that only they are scaled; what ffmpeg saw in them is written down."""
    sdr = to_target(colour, VideoSettings())
    judging = ("blurdetect", "entropy") if shots.judged else ()
    stats = ("format=yuv444p", "signalstats", *judging, f"metadata=mode=print:file={shots.stats}")
    return ",".join((_moments(shots.grid), *_shape(shots.geometry), *sdr, *stats, PIXELS[shots.format]))


def _moments(grid: Grid) -> str:
    """The first frame at or after each moment; the last frame is held for a while.

    `fps` shows at a moment the last frame that has begun. So each frame is made to begin where the one before it
    did: then that is the first one which had not begun earlier.
    """
    rate = Fraction(grid.slot_s).limit_denominator(min(1_000_000, int(1e9 / max(1.0, grid.slot_s))))
    slots = f"fps=fps={rate.denominator}/{rate.numerator}:start_time={seconds(grid.first_s)}:round=up:eof_action=pass"
    begin = f"setpts='if(isnan(PREV_INPTS),0,PREV_INPTS+{seconds(_AT_S)}/TB)'"
    chosen = f",select='lt(mod(n,{grid.stride}),{grid.burst})'" if grid.stride > grid.burst else ""
    return f"tpad=stop_mode=clone:stop_duration={_HOLD_S},{begin},{slots}{chosen}"


def _shape(geometry: Geometry) -> tuple[str, ...]:
    crop = (f"crop={geometry.crop[0]}:{geometry.crop[1]}",) if geometry.crop else ()
    scale = f"scale={geometry.scale[0]}:{geometry.scale[1]}:flags=bicubic"
    width, height = geometry.frame
    pad = (f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2",) if geometry.frame != geometry.scale else ()
    return *crop, scale, *pad, "setsar=1"


def _file(shots: Shots) -> tuple[str, ...]:
    numbers = ("-start_number", str(shots.number)) if "%" in shots.path else ("-update", "1")
    return (
        *("-frames:v", str(shots.grid.pictures), "-fps_mode", "passthrough", *ENCODERS[shots.format], *PLAIN),
        *("-f", "image2", *numbers, shots.path),
    )
