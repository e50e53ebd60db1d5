"""Whether a waveform is what was promised: the picture's size, or as many peaks as the sound is long."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudtranscode.errors import CheckFailed, ScratchLost
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.encode.waveform import waveform_path
from cloudtranscode.media.outputs import WaveformFormat
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.plan.waveform import SAMPLE_RATE, WaveformPlan
from cloudtranscode.media.tools.scratch import file_size

_MOST_BYTES = 128 << 20
_VAGUE_S = 0.5
_HEADER = struct.Struct(">8sI4sII")


@dataclass(frozen=True, slots=True)
class WaveformEvidence:
    """A waveform as it was read back: a picture's size in pixels, or how long its peaks last and how many there are."""

    width: int = 0
    height: int = 0
    length_s: float = 0.0
    values: int = 0
    length: int = 0


def examine_waveform(item: WaveformPlan, scratch: Path) -> WaveformEvidence:
    """Read a waveform back. Errors: ``ScratchLost``, ``CheckFailed`` for a file that is none."""
    path = waveform_path(item)
    size = file_size(scratch, path)
    if size is None:
        raise ScratchLost(f"{path} is not in the job's scratch folder.")
    if size > _MOST_BYTES:
        raise CheckFailed(f"{path} is too large for a waveform.")
    data = (scratch / path).read_bytes()
    try:
        return _numbers(data) if item.output.format is WaveformFormat.JSON else _picture(data)
    except (ValueError, KeyError, TypeError, struct.error) as error:
        raise CheckFailed(f"{path} is no waveform.") from error


def check_waveform(item: WaveformPlan, plan: Plan, found: WaveformEvidence) -> Iterator[Check]:
    """Judge a waveform."""
    say, output, end_s = Judge(item.output.id), item.output, plan.source.audio_end_s
    if output.format is WaveformFormat.PNG:
        yield say.equal("size", f"{output.width}x{output.height}", f"{found.width}x{found.height}")
        return
    yield say.equal("peaks", 2 * found.length, found.values)
    if end_s:
        yield say.near("waveform duration", end_s, found.length_s, _VAGUE_S + item.samples / SAMPLE_RATE)


def _numbers(data: bytes) -> WaveformEvidence:
    found = json.loads(data)
    length_s = found["length"] * found["samples_per_pixel"] / found["sample_rate"]
    return WaveformEvidence(length_s=length_s, values=len(found["data"]), length=found["length"])


def _picture(data: bytes) -> WaveformEvidence:
    _, _, name, width, height = _HEADER.unpack_from(data)
    if name != b"IHDR":
        raise ValueError("a PNG begins with its header")
    return WaveformEvidence(width=width, height=height)
