"""One decode for many consumers: the clips, a filter graph with a tap for each branch, and the branches' outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cloudtranscode.media.encode.branch import Branch
from cloudtranscode.media.encode.clips import Stem, base, clip_words
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import START


def graph_command(
    plan: Plan, branches: Sequence[Branch], *, start: Sequence[str] = START, more: Sequence[str] = ()
) -> Command:
    """Read the source once for all these branches; ``more`` are the words of the inputs that come after the clips."""
    streams = [stream for branch in branches for stream in branch.streams]
    pictures = [branch.tap for branch in branches if not branch.streams]
    source = base(plan, streams, picture=bool(pictures))
    seen = [_split("split", source.picture, pictures)] if source.picture else []
    heard = [_split("asplit", stem, list(_taps_of(stream, branches))) for stream, stem in source.sounds.items()]
    for branch in branches:
        (heard if branch.streams else seen).extend(branch.chains)
    # Two graphs where they can be parted: sound that changes its channels in the middle sets up anew its own alone.
    graphs = [[*source.chains, *seen, *heard]] if source.chains else [graph for graph in (seen, heard) if graph]
    words = [*start, *clip_words(plan), *more]
    words += [word for graph in graphs for word in ("-filter_complex", ";".join(graph))]
    words += [word for branch in branches for word in branch.words]
    return Command(Tool.FFMPEG, tuple(words), plan.source.duration_s)


def _taps_of(stream: int, branches: Sequence[Branch]) -> Iterator[str]:
    for branch in branches:
        if branch.streams:
            yield from (tap for tap, one in zip(branch.taps, branch.streams, strict=True) if one == stream)


def _split(name: str, stem: Stem, taps: Sequence[str]) -> str:
    filters = [*stem.filters, *([f"{name}={len(taps)}"] if len(taps) > 1 else [])]
    nothing = "anull" if name == "asplit" else "null"
    return f"{stem.label}{','.join(filters) or nothing}{''.join(f'[{tap}]' for tap in taps)}"
