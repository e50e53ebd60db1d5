"""Whether subtitles are what was promised: every cue of the source at its time, in words that can be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.outputs import SubtitleFormat
from cloudtranscode.media.packaging.text import text_path
from cloudtranscode.media.plan.plan import Plan, TextFile
from cloudtranscode.media.subtitles.paths import text_file_path
from cloudtranscode.media.subtitles.reading import read_subtitles
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.scratch import read_small
from cloudtranscode.media.tools.words import ffprobe

_MOST_BYTES = 64 << 20
_PRECISION_S = {SubtitleFormat.VTT: 0.0005, SubtitleFormat.SRT: 0.0005, SubtitleFormat.ASS: 0.0051}
_DEMUXERS = {SubtitleFormat.VTT: "webvtt", SubtitleFormat.SRT: "srt", SubtitleFormat.ASS: "ass"}
_REPLACED = "\ufffd"


@dataclass(frozen=True, slots=True)
class TextEvidence:
    """A file of subtitles: the ``times`` (start and end) of its cues as ffprobe reads them, and those wanted."""

    times: tuple[tuple[float, float], ...]
    wanted: tuple[tuple[float, float], ...]
    unicode: bool
    fault: str | None = None


def examine_text(file: TextFile, plan: Plan, runner: Runner, watch: Watch) -> TextEvidence:
    """Measure a file of subtitles. Errors: ``ScratchLost``, ``CheckFailed``, ``JobCancelled``."""
    path = text_file_path(file)
    text = read_small(runner.scratch, path, _MOST_BYTES)
    rendition = read_small(runner.scratch, text_path(plan.text(file.text)), _MOST_BYTES)
    wanted = [(cue.start_s, cue.end_s) for cue in read_subtitles(rendition)]
    words = ("-protocol_whitelist", "file", "-f", _DEMUXERS[file.format], "-show_packets", path)
    done = runner.run(ffprobe(*words), watch)
    times = read_times(done.output) if not done.exit_code else []
    fault = done.last_words() if done.exit_code and wanted else None  # what has no cues is no subtitles to ffprobe
    return TextEvidence(tuple(times), tuple(wanted), _REPLACED not in text, fault)


def check_text(file: TextFile, plan: Plan, found: TextEvidence) -> Iterator[Check]:
    """Judge a file of subtitles."""
    say = Judge(file.output_id)
    yield say.equal("decoder", "silent", found.fault or "silent")
    yield say.equal("UTF-8", "valid", "valid" if found.unicode else "damaged")
    yield say.equal("number of cues", len(found.wanted), len(found.times))
    starts = [start for start, _ in found.times]
    yield say.equal("order of cues", "by time", "by time" if starts == sorted(starts) else "mixed")
    yield say.near("cues", 0.0, _farthest(found.wanted, found.times), _PRECISION_S[file.format])
    if plan.source.duration_s is not None and found.times:
        last_s = max(end for _, end in found.times)
        late_s = max(0.0, last_s - plan.source.duration_s)
        yield say.near("cues after the end", 0.0, late_s, _PRECISION_S[file.format])


def read_times(output: str) -> list[tuple[float, float]]:
    """Read what ``ffprobe -show_packets -of json`` printed."""
    packets = json.loads(output).get("packets", [])
    return [(float(one["pts_time"]), float(one["pts_time"]) + float(one["duration_time"])) for one in packets]


def _farthest(wanted: Sequence[tuple[float, float]], found: Sequence[tuple[float, float]]) -> float:
    """How far a cue's start or end is from where it should be, in seconds."""
    pairs = zip(wanted, found, strict=False)
    return max((abs(one - other) for pair in pairs for one, other in zip(*pair, strict=True)), default=0.0)
