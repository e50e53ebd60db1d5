"""Waveforms: how finely a sound is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from cloudtranscode.media.outputs import Waveform, WaveformFormat
from cloudtranscode.media.source.streams import AudioStream

SAMPLE_RATE = 48000
_FINEST = 1000
_UNKNOWN = 100
_PER_COLUMN = 2


@dataclass(frozen=True, slots=True)
class WaveformPlan:
    """One waveform: of which streams side by side, and the samples (at 48 kHz) that one pair of peaks stands for."""

    output: Waveform
    streams: tuple[int, ...]
    channels_in: tuple[int, ...]
    layout_in: str
    samples: int


def plan_waveform(
    output: Waveform, streams: tuple[AudioStream, ...], layout: str, duration_s: float | None
) -> WaveformPlan:
    """Decide how a waveform is measured; ``layout`` is what the streams are together."""
    return WaveformPlan(
        output,
        tuple(one.index for one in streams),
        tuple(one.channels for one in streams),
        layout,
        samples=round(SAMPLE_RATE / _peaks_per_s(output, duration_s)),
    )


def _peaks_per_s(output: Waveform, duration_s: float | None) -> int:
    """As asked for; for a picture so many that each column has its own, however short the sound is."""
    if output.format is WaveformFormat.JSON:
        return output.peaks_per_s
    if not duration_s:
        return _UNKNOWN
    return max(1, min(_FINEST, round(_PER_COLUMN * output.width / duration_s)))
