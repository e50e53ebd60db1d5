"""Measuring the sound before it is encoded, so that one steady gain brings it to its target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from cloudtranscode.errors import EncodeFailed
from cloudtranscode.media.encode.branch import Branch
from cloudtranscode.media.encode.graph import graph_command
from cloudtranscode.media.encode.sound import bed, mixed
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import AudioRendition
from cloudtranscode.media.sound.loudness import LoudnessMeasure
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.words import START

METER = "peak=true:framelog=quiet"
"""ebur128 is some six times as fast as loudnorm in its measuring pass, and finds the same."""

TELLING = ("-nostats", *("level+info" if word == "level+warning" else word for word in START))
"""How ffmpeg begins when it is to say what its filters measured: each on a line of its own."""

AT_ONCE = 3
"""Each measure is eleven lines at the end of stderr, of which the last forty are kept."""


def measure_commands(plan: Plan) -> list[Command]:
    """The commands that measure what renditions with a target of loudness are made of; the sound alone is decoded.

    Renditions of one mix share a measure, which is named by the first of them.
    """
    firsts = iter(items[0] for items in _alike(plan))
    return [_command(plan, items) for items in iter(lambda: list(islice(firsts, AT_ONCE)), [])]


def measures_of(plan: Plan, found: Mapping[str, LoudnessMeasure]) -> dict[str, LoudnessMeasure]:
    """Give every rendition with a target the measure of its mix. Errors: ``EncodeFailed`` where there is none."""
    if missing := [items[0].id for items in _alike(plan) if items[0].id not in found]:
        raise EncodeFailed(f"ffmpeg did not say how loud {missing[0]} is.")
    return {item.id: found[items[0].id] for items in _alike(plan) for item in items}


def _alike(plan: Plan) -> list[list[AudioRendition]]:
    """The renditions with a target by what they are mixed from and to."""
    found: dict[tuple[tuple[int, ...], str, str], list[AudioRendition]] = {}
    for item in plan.audio:
        if item.settings.loudness:
            found.setdefault((item.streams, item.layout_in, item.layout), []).append(item)
    return list(found.values())


def _command(plan: Plan, items: Sequence[AudioRendition]) -> Command:
    return graph_command(plan, [_meter(plan, item) for item in items], start=TELLING)


def _meter(plan: Plan, item: AudioRendition) -> Branch:
    branch, exits = Branch(f"m_{item.id}", (), (), item.streams), f"[measured_{item.id}]"
    *sides, head = bed(plan, branch, item.channels_in, item.layout_in)
    chain = f"{head},{mixed(item.layout_in, item.layout)},ebur128@{item.id}={METER}{exits}"
    return replace(branch, chains=(*sides, chain), words=("-map", exits, "-f", "null", "-"))
