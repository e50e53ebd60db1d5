"""From tracks to files: each subtitle rendition on the outputs' clock, as WebVTT for packages and ASS for pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import accumulate

from cloudtranscode.errors import SourceDamaged, SourceUnsupported
from cloudtranscode.media.encode.texts import burned_path
from cloudtranscode.media.packaging.text import text_path
from cloudtranscode.media.plan.plan import ClipPlan, Plan, TextRendition
from cloudtranscode.media.subtitles.commands import captions_commands, sidecar_command, stream_commands, words_path
from cloudtranscode.media.subtitles.cue import MOST_BYTES, Cue, moved
from cloudtranscode.media.subtitles.paths import text_file_path
from cloudtranscode.media.subtitles.reading import read_subrip, read_subtitles
from cloudtranscode.media.subtitles.writing import BURNED_FONT, substation, webvtt, write_subtitles
from cloudtranscode.media.tools.door import Door
from cloudtranscode.media.tools.runner import Completed, Runner, Watch
from cloudtranscode.media.tools.scratch import file_size, read_small, write_new


def make_texts(plan: Plan, runner: Runner, door: Door, watch: Watch) -> None:
    """Make every subtitle rendition, and every output that is one.

    Errors: ``SourceUnsupported`` for what is no text or too much of it, ``SourceDamaged``, ``JobCancelled``,
    ``IsolationUnavailable``, and the door's.
    """
    for command in stream_commands(plan):
        _read(runner.run(command, watch, door))
    for item in plan.texts:
        cues = _cues(item, plan, runner, door, watch)
        write_new(runner.scratch, text_path(item), webvtt(cues))
        write_new(runner.scratch, burned_path(item), substation(cues, BURNED_FONT))
        for file in plan.subtitles:
            if file.text == item.id:
                write_new(runner.scratch, text_file_path(file), write_subtitles(cues, file.format))


def _cues(item: TextRendition, plan: Plan, runner: Runner, door: Door, watch: Watch) -> list[Cue]:
    if item.sidecar:
        found = _sidecar(item, runner.run(sidecar_command(item.sidecar), watch, door))
        return moved(found, -plan.clips[0].start_s, 0.0, plan.source.duration_s)
    if item.captions:
        _collect(item, plan, runner, door, watch)
    return list(_joined(item, plan, runner))


def _joined(item: TextRendition, plan: Plan, runner: Runner) -> Iterator[Cue]:
    """The clips' words, one clip after the other; each shows words only while it is shown itself."""
    starts = accumulate((clip.duration_s or 0.0 for clip in plan.clips), initial=0.0)
    for number, (clip, start_s) in enumerate(zip(plan.clips, starts, strict=False)):
        path = words_path(item, number)
        if file_size(runner.scratch, path) is not None:
            end_s = None if clip.duration_s is None else start_s + clip.duration_s
            yield from moved(
                read_subrip(read_small(runner.scratch, path, MOST_BYTES)), start_s - _zero_s(clip), start_s, end_s
            )


def _zero_s(clip: ClipPlan) -> float:
    """When a clip's part that is used begins, on its container's clock."""
    return clip.picture_s + clip.start_s


def _collect(item: TextRendition, plan: Plan, runner: Runner, door: Door, watch: Watch) -> None:
    """Get the captions out of the pictures. What has none at all is not what the job takes it for."""
    frames = 0
    for collect, convert in captions_commands(item, plan):
        done = _read(runner.run(collect, watch, door))
        found = int(done.output.strip() or 0)
        if found:
            runner.run(convert, watch).ok()
        frames += found
    if not frames:
        raise SourceUnsupported("There are no CEA-608 captions in the picture of the source.")


def _sidecar(item: TextRendition, done: Completed) -> list[Cue]:
    answer = json.loads(_read(done).output)
    if "fault" in answer:
        raise SourceUnsupported(f"The file of subtitle track {item.track} {answer['fault']}.")
    return read_subtitles(answer["text"])


def _read(done: Completed) -> Completed:
    if done.exit_code:
        raise SourceDamaged(f"The subtitles cannot be read ({done.last_words()}).")
    return done
