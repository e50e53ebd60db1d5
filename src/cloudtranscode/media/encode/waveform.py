"""Waveforms: ffmpeg finds the peaks of each little block while it decodes; they are few, and drawn here."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cloudtranscode.errors import CheckFailed, ScratchLost, SourceDamaged
from cloudtranscode.media.encode.branch import Branch
from cloudtranscode.media.encode.sound import bed, mixed
from cloudtranscode.media.outputs import WaveformFormat
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.plan.waveform import SAMPLE_RATE, WaveformPlan
from cloudtranscode.media.sound.drawing import draw
from cloudtranscode.media.sound.layouts import MONO
from cloudtranscode.media.tools.scratch import file_size, write_new
from cloudtranscode.media.tools.words import ENCODED, FINISHED

_STATS = "metadata=1:reset=1:measure_perchannel=none:measure_overall=Min_level+Max_level"
_LOW, _HIGH = "lavfi.astats.Overall.Min_level=", "lavfi.astats.Overall.Max_level="
_LINE_BYTES = 200
_MOST_PEAKS = 1 << 23
_FULL_SCALE = 32767


def waveform_path(item: WaveformPlan) -> str:
    """Where a waveform lies."""
    return f"{FINISHED}/{item.output.id}.{item.output.format}"


def waveform_branches(plan: Plan) -> list[Branch]:
    """Return the branch of every waveform: the peaks of its sound, mixed to mono, into a file of text."""
    return [_branch(plan, item) for item in plan.waveforms]


def finish_waveforms(plan: Plan, scratch: Path) -> None:
    """Make every waveform from its peaks.

    Errors: :class:`ScratchLost` when they are not there, :class:`CheckFailed` when they are no peaks or too many,
    :class:`SourceDamaged` when there are none.
    """
    for item in plan.waveforms:
        peaks = read_peaks(scratch, _peaks_path(item))
        made = _document(item, peaks) if item.output.format is WaveformFormat.JSON else _picture(item, peaks)
        write_new(scratch, waveform_path(item), made)


def read_peaks(scratch: Path, path: str) -> array[int]:
    """Read what ffmpeg wrote of each block: its lowest and highest sample, as numbers of 16 bits."""
    if file_size(scratch, path) is None:
        raise ScratchLost(f"{path} is not in the job's scratch folder.")
    peaks = array("h")
    with (scratch / path).open("rb") as file:
        while line := file.readline(_LINE_BYTES):
            for name in (_LOW, _HIGH):
                if line.startswith(name.encode()):
                    peaks.append(_level(line[len(name) :]))
            if len(peaks) > _MOST_PEAKS:
                raise CheckFailed("The waveform has more peaks than can be delivered.")
    if not peaks or len(peaks) % 2:
        raise SourceDamaged("No sound can be decoded from the source, although its headers promise some.")
    return peaks


def _branch(plan: Plan, item: WaveformPlan) -> Branch:
    branch, exits = Branch(f"w_{item.output.id}", (), (), item.streams), f"[peaks_{item.output.id}]"
    *sides, head = bed(plan, branch, item.channels_in, item.layout_in)
    filters = (
        head,
        f"{mixed(item.layout_in, MONO)},aresample={SAMPLE_RATE},aformat=sample_fmts=flt",
        f"asetnsamples=n={item.samples}:p=0,astats={_STATS}",
        f"ametadata=mode=print:file={_peaks_path(item)}",
    )
    return replace(branch, chains=(*sides, f"{','.join(filters)}{exits}"), words=("-map", exits, "-f", "null", "-"))


def _peaks_path(item: WaveformPlan) -> str:
    return f"{ENCODED}/peaks_{item.output.id}.txt"


def _level(text: bytes) -> int:
    try:
        value = float(text)
    except ValueError:
        raise CheckFailed("The peaks for a waveform are no numbers.") from None
    return round(max(-1.0, min(1.0, value)) * _FULL_SCALE)  # sound in floating point may pass full scale


def _document(item: WaveformPlan, peaks: array[int]) -> bytes:
    """https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md, version 2."""
    found = {
        "version": 2,
        "channels": 1,
        "sample_rate": SAMPLE_RATE,
        "samples_per_pixel": item.samples,
        "bits": 16,
        "length": len(peaks) // 2,
        "data": peaks.tolist(),
    }
    return json.dumps(found, separators=(",", ":")).encode()


def _picture(item: WaveformPlan, peaks: array[int]) -> bytes:
    output = item.output
    return draw(list(_columns(peaks, output.width)), output.height, output.color)


def _columns(peaks: array[int], width: int) -> Iterator[tuple[float, float]]:
    """The lowest and highest of all blocks that fall into a column, as parts of full scale."""
    count = len(peaks) // 2
    for column in range(width):
        first = column * count // width
        last = max(first + 1, (column + 1) * count // width)
        part = peaks[2 * first : 2 * last]
        yield min(part[::2]) / _FULL_SCALE, max(part[1::2]) / _FULL_SCALE
