"""Whether the pictures are what was promised: all there, of the right kind and size, and showing what was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from cloudtranscode.errors import ScratchLost
from cloudtranscode.media.check.evidence import read_tracks
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.encode.stills.assembly import animation_path, sheet_path
from cloudtranscode.media.encode.stills.best import Seen, read_seen
from cloudtranscode.media.encode.stills.finish import seen
from cloudtranscode.media.encode.stills.shots import Picture, series_folder, shots_of, still_path
from cloudtranscode.media.encode.stills.webvtt import INDEX
from cloudtranscode.media.outputs import PreviewFormat, StillFormat
from cloudtranscode.media.plan.pictures import Animation, SpriteSheets, Still, StillSeries
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.scratch import file_size, file_sizes, read_small
from cloudtranscode.media.tools.words import ENCODED, START, ffprobe, own_file

_CODECS = {StillFormat.JPG: "mjpeg", StillFormat.PNG: "png", StillFormat.WEBP: "webp", PreviewFormat.GIF: "gif"}
_MOST_BYTES = 64 << 20
_BLACK = 0.0625
"""In limited range."""

_AS_BRIGHT = 0.03
"""How far the mean of a picture may be from what was seen, in parts of the whole range: a palette changes it most."""

_CLOCK = r"(\d+):(\d\d):(\d\d\.\d{3})"
_CUE = re.compile(rf"{_CLOCK} --> {_CLOCK}\n([^#\s]+)#xywh=(\d+),(\d+),(\d+),(\d+)")
_ROUNDED_S = 0.001
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Frames:
    """What ffmpeg decoded: the ``size`` as ``160x90``, and for how long the frames are shown."""

    size: str = "none"
    shown_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PictureEvidence:
    """One output of pictures as it was found.

    ``names`` are the files of a folder. ``brightness`` has the mean of each picture from 0 to 1, ``seen`` that of
    each which was taken. ``index`` is the text of a sprite's WebVTT file.
    """

    names: tuple[str, ...]
    codec: str
    frames: Frames
    brightness: tuple[float, ...]
    seen: tuple[float, ...]
    fault: str | None = None
    index: str = ""


def examine_pictures(item: Picture, plan: Plan, runner: Runner, watch: Watch) -> PictureEvidence:
    """Measure and decode the pictures of an output. Errors: ``ScratchLost``, ``CheckFailed``, ``JobCancelled``."""
    path, list_path, stats = _path(item), f"{ENCODED}/c_{item.output_id}.crc", f"{ENCODED}/c_{item.output_id}.txt"
    names = _names(item, runner.scratch)
    done = runner.run(_look(path, list_path, stats), watch)
    faults = [line for line in done.tail if "[error]" in line or "[fatal]" in line]
    found = read_seen(read_small(runner.scratch, stats, _MOST_BYTES)) if not done.exit_code else []
    frames = read_frames(read_small(runner.scratch, list_path, _MOST_BYTES)) if not done.exit_code else Frames()
    return PictureEvidence(
        names=names,
        codec=_codec(path, runner, watch),
        frames=frames,
        brightness=tuple(one.mean for one in found),
        seen=tuple(values.mean for _, values in _seen(item, plan, runner.scratch)),
        fault=done.last_words() if done.exit_code else faults[0] if faults else None,
        index=_index(item, runner.scratch),
    )


def check_pictures(item: Picture, found: PictureEvidence) -> Iterator[Check]:
    """Judge the pictures of an output."""
    say = Judge(item.output_id)
    yield say.equal("format", _CODECS.get(item.format, item.format), found.codec)
    yield say.equal("size", "{}x{}".format(*_size(item)), found.frames.size)
    yield say.equal("decoder", "silent", found.fault or "silent")
    match item:
        case Still():
            yield say.equal("number of pictures", 1, len(found.brightness))
            yield _bright(say, found.seen, found)
        case StillSeries():
            names = [Path(path).name for path in shots_of(item).files()]
            yield say.equal("files", _listed(names), _listed(found.names))
            yield say.equal("number of pictures", item.grid.pictures, len(found.brightness))
            yield _bright(say, found.seen, found)
        case SpriteSheets():
            sheets = [Path(sheet_path(item)).name % number for number in range(1, item.sheets + 1)]
            yield say.equal("files", _listed([INDEX, *sheets]), _listed(found.names))
            yield say.equal("number of sheets", item.sheets, len(found.brightness))
            yield _bright(say, _sheet_means(item, found.seen), found)
            yield say.equal("index", "complete", index_problem(found.index, item, sheets) or "complete")
        case Animation():
            yield say.near("duration", item.grid.pictures * item.grid.slot_s, found.frames.shown_s, item.grid.slot_s)
            extremes = (min(found.brightness, default=0.0), max(found.brightness, default=0.0))
            yield _bright(say, (min(found.seen), max(found.seen)), replace(found, brightness=extremes))


def index_problem(text: str, item: SpriteSheets, sheets: Sequence[str]) -> str | None:
    """Say what is wrong with a sprite's WebVTT file, ``None`` when it leads from every time to a picture."""
    head, *blocks = text.strip().split("\n\n")
    if head != "WEBVTT" or len(blocks) != item.grid.pictures:
        return f"{len(blocks)} cues for {item.grid.pictures} pictures"
    before_s, targets = 0.0, set()
    for block in blocks:
        cue = _CUE.fullmatch(block)
        if cue is None:
            return f"a cue is {block!r}"
        start_s, end_s = _seconds(cue.groups()[:3]), _seconds(cue.groups()[3:6])
        if start_s != before_s or end_s <= start_s:
            return f"the cue at {start_s:g} s does not begin where the one before it ends"
        x, y, width, height = (int(number) for number in cue.groups()[7:])
        if cue[7] not in sheets or x + width > _size(item)[0] or y + height > _size(item)[1]:
            return f"the cue at {start_s:g} s names {block.split()[-1]}, which is not there"
        before_s = end_s
        targets.add(cue.groups()[6:])
    if abs(before_s - item.end_s) > _ROUNDED_S:
        return f"the last cue ends at {before_s:g} s, not {item.end_s:g} s"
    return None if len(targets) == item.grid.pictures else "two times have the same rectangle"


def _bright(say: Judge, wanted: Sequence[float], found: PictureEvidence) -> Check:
    """The picture that differs most from what was seen: a black one does, where the source is not black."""
    pairs = list(zip(wanted, found.brightness, strict=False)) or [(1.0, 0.0)]
    wanted_mean, mean = max(pairs, key=lambda pair: abs(pair[0] - pair[1]))
    return say.near("brightness", wanted_mean, mean, _AS_BRIGHT)


def _sheet_means(item: SpriteSheets, seen_means: Sequence[float]) -> list[float]:
    """A sheet is as bright as its pictures together; what is left of the last one is black."""
    cells = item.columns * item.rows
    filled = [*seen_means, *[_BLACK] * (item.sheets * cells - len(seen_means))]
    return [sum(filled[start : start + cells]) / cells for start in range(0, len(filled), cells)]


def _size(item: Picture) -> tuple[int, int]:
    width, height = item.geometry.frame
    return (item.columns * width, item.rows * height) if isinstance(item, SpriteSheets) else (width, height)


def _path(item: Picture) -> str:
    match item:
        case Still():
            return still_path(item)
        case StillSeries():
            return shots_of(item).path
        case SpriteSheets():
            return sheet_path(item)
        case Animation():
            return animation_path(item)


def _names(item: Picture, scratch: Path) -> tuple[str, ...]:
    """The files of a folder; a single file must be there."""
    if isinstance(item, StillSeries | SpriteSheets):
        return tuple(sorted(file_sizes(scratch, series_folder(item))))
    if file_size(scratch, _path(item)) is None:
        raise ScratchLost(f"{_path(item)} is not in the job's scratch folder.")
    return ()


def _seen(item: Picture, plan: Plan, scratch: Path) -> Iterator[tuple[str, Seen]]:
    """What was seen of the pictures; of candidates, of the one that was taken away: it is the best."""
    every = seen(item, plan, scratch)
    if not (isinstance(item, Still) and item.best):
        return every
    return ((path, values) for path, values in every if file_size(scratch, path) is None)


def _index(item: Picture, scratch: Path) -> str:
    if not isinstance(item, SpriteSheets):
        return ""
    return read_small(scratch, f"{series_folder(item)}/{INDEX}", _MOST_BYTES)


def _look(path: str, list_path: str, stats: str) -> Command:
    """Decode every picture, and write down how bright it is in the terms of video."""
    filters = "scale=out_color_matrix=bt709:out_range=tv,format=yuv444p,signalstats"
    strict = ("-xerror", "-err_detect", "explode", *_sequence(path), *own_file(path))
    sink = (
        "-vf",
        f"{filters},metadata=mode=print:file={stats}",
        "-fps_mode",
        "passthrough",
        "-f",
        "framecrc",
        list_path,
    )
    return Command(Tool.FFMPEG, (*START, *strict, *sink))


def _sequence(path: str) -> tuple[str, ...]:
    return ("-f", "image2", "-start_number", "1") if "%" in path else ()


def _codec(path: str, runner: Runner, watch: Watch) -> str:
    done = runner.run(ffprobe(*_sequence(path), "-protocol_whitelist", "file", "-show_streams", path), watch)
    tracks = read_tracks(done.output) if not done.exit_code else ()
    return tracks[0].codec if tracks else "none"


def read_frames(text: str) -> Frames:
    """Read what the muxer `framecrc` wrote: comments, then stream, dts, pts, duration, size and checksum of each."""
    said = dict(line[1:].split(" 0: ", 1) for line in text.splitlines() if line.startswith("#") and " 0: " in line)
    rows = [line.split(",") for line in text.splitlines() if line and not line.startswith("#")]
    ticks = max((int(row[2]) + int(row[3]) for row in rows), default=0)
    return Frames(said.get("dimensions", "none"), float(ticks * Fraction(said.get("tb", "0"))))


def _listed(names: Sequence[str]) -> str:
    return f"{len(names)}: {', '.join(sorted(names)[:_NAMED])}"


def _seconds(parts: Sequence[str]) -> float:
    return round(int(parts[0]) * 3600 + int(parts[1]) * 60 + float(parts[2]), 3)
