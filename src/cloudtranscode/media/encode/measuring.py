"""Measuring the sound before it is encoded, so that one steady gain brings it to its target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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
    return _commands(
        plan, [_meter(plan, items[0], mixed(items[0].layout_in, items[0].layout)) for items in _alike(plan)]
    )


def unmixed_commands(plan: Plan, rendition_ids: Collection[str]) -> list[Command]:
    """The commands that measure the streams of these renditions before they are mixed to fewer channels."""
    return _commands(plan, [_meter(plan, item, "anull") for item in plan.audio if item.id in rendition_ids])


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


def _commands(plan: Plan, meters: Iterable[Branch]) -> list[Command]:
    left = iter(meters)
    return [graph_command(plan, some, start=TELLING) for some in iter(lambda: list(islice(left, AT_ONCE)), [])]


def _meter(plan: Plan, item: AudioRendition, mixing: str) -> Branch:
    branch, exits = Branch(f"m_{item.id}", (), (), item.streams), f"[measured_{item.id}]"
    *sides, head = bed(plan, branch, item.channels_in, item.layout_in)
    chain = f"{head},{mixing},ebur128@{item.id}={METER}{exits}"
    return replace(branch, chains=(*sides, chain), words=("-map", exits, "-f", "null", "-"))
