"""Loudness by EBU R 128: what was measured, and what brings it to a target."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cloudtranscode.media.rendition import Loudness

_GATE_LUFS = -70.0
"""The absolute gate of ITU-R BS.1770-4: nothing below it is counted, and the filter says -70 when nothing is left."""

_VALUE = re.compile(r"(I|LRA|Peak):\s+(-?\d+(?:\.\d+)?|-?inf|nan) (?:LUFS|LU|dBFS)")
_SUMMARY = re.compile(r"\[ebur128@(\w+)].* Summary:")
_HARDLY_DB = 0.05


@dataclass(frozen=True, slots=True)
class LoudnessMeasure:
    """A sound as it was measured: ``integrated`` in LUFS, ``true_peak`` in dBTP, ``range`` in LU.

    ``integrated`` is ``None`` when nothing can be measured: silence, or less than the 0.4 s of one block.
    ``true_peak`` is ``None`` when every sample is zero.
    """

    integrated: float | None
    true_peak: float | None
    range: float = 0.0

    @property
    def silent(self) -> bool:
        """Whether there is nothing to hear."""
        return self.true_peak is None or self.true_peak < _GATE_LUFS


@dataclass(frozen=True, slots=True)
class Gain:
    """What a sound is multiplied with, in dB; where its peaks would pass ``limit_dbtp``, they are held there."""

    db: float
    limit_dbtp: float | None = None


def gain_to(target: Loudness, found: LoudnessMeasure | None, headroom_db: float) -> Gain | None:
    """Return what brings a sound to ``target``; ``None`` when there is nothing to measure by or nothing to do.

    ``headroom_db`` is kept below the target's true peak: lossy codecs do not keep peaks exactly.
    """
    if found is None or found.integrated is None or found.true_peak is None:
        return None
    db = round(target.integrated - found.integrated, 2)
    limit = target.true_peak - headroom_db
    exceeds = found.true_peak + db > limit
    if not exceeds and abs(db) < _HARDLY_DB:
        return None
    return Gain(db, limit if exceeds else None)


def read_measures(lines: Iterable[str]) -> dict[str, LoudnessMeasure]:
    """Read what filters called ``ebur128@name`` printed at their end, by name."""
    return {name: _measure(values) for name, values in _summaries(lines)}


def _summaries(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, float]]]:
    name, values = None, dict[str, float]()
    for line in lines:
        if begins := _SUMMARY.search(line):
            if name:
                yield name, values
            name, values = begins[1], {}
        elif found := _VALUE.search(line):
            values.setdefault(found[1], float(found[2]))
    if name:
        yield name, values


def _measure(values: dict[str, float]) -> LoudnessMeasure:
    integrated, peak = values.get("I", -math.inf), values.get("Peak", -math.inf)
    return LoudnessMeasure(
        integrated if math.isfinite(integrated) and integrated > _GATE_LUFS else None,
        peak if math.isfinite(peak) else None,
        values.get("LRA", 0.0),
    )
