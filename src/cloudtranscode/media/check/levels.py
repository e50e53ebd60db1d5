"""How loud the encoded sounds are: measured on what was encoded, not believed from how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from cloudtranscode.errors import CheckFailed
from cloudtranscode.media.encode.measuring import AT_ONCE, METER, TELLING
from cloudtranscode.media.encode.sound import audio_path
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import AudioRendition
from cloudtranscode.media.sound.loudness import LoudnessMeasure, read_measures
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.words import own_file


def level_commands(plan: Plan) -> list[Command]:
    """The commands that measure every encoded sound."""
    items = iter(plan.audio)
    return [_command(some) for some in iter(lambda: list(islice(items, AT_ONCE)), [])]


def measure_levels(plan: Plan, runner: Runner, watch: Watch) -> dict[str, LoudnessMeasure]:
    """Measure every encoded sound, by rendition id.

    Errors: ``CheckFailed`` when one cannot be decoded or measured, ``JobCancelled``, ``IsolationUnavailable``.
    """
    found: dict[str, LoudnessMeasure] = {}
    for command in level_commands(plan):
        done = runner.run(command, watch)
        if done.exit_code:
            raise CheckFailed(f"The encoded sound cannot be decoded ({done.last_words()}).")
        found |= read_measures(done.tail)
    if missing := [item.id for item in plan.audio if item.id not in found]:
        raise CheckFailed(f"ffmpeg did not say how loud the encoded {missing[0]} is.")
    return found


def _command(items: Sequence[AudioRendition]) -> Command:
    sources = [word for item in items for word in own_file(audio_path(item))]
    graph = ";".join(f"[{number}:0]ebur128@{item.id}={METER}[{item.id}]" for number, item in enumerate(items))
    sinks = [word for item in items for word in ("-map", f"[{item.id}]", "-f", "null", "-")]
    return Command(Tool.FFMPEG, (*TELLING, *sources, "-filter_complex", graph, *sinks))
