"""Whether the sound is the one that was encoded, in the codec, the form and the loudness that were promised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloudtranscode.media.check.evidence import Encodes, Media, Track
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import AudioCodec, AudioRendition
from cloudtranscode.media.sound.codecs import CODINGS
from cloudtranscode.media.sound.loudness import LoudnessMeasure

_HELD_DB = 4.0
"""So near to the highest peak, it was the peaks that kept a sound from becoming louder."""


@dataclass(frozen=True, slots=True)
class _Tolerance:
    """How far a sound may be off its target, in LU and dB.

    Lossy codecs leave out the highest parts of noise, a LU or two, and do not keep peaks exactly.
    """

    quieter: float
    louder: float
    over: float


_LOSSLESS, _LOSSY = _Tolerance(1.0, 1.0, 0.1), _Tolerance(2.0, 1.0, 1.0)


def check_sound(
    say: Judge, rendition_id: str, plan: Plan, encodes: Encodes, media: Media, *, timed: bool = True
) -> Iterator[Check]:
    """Judge an audio track; ``timed`` when its own duration means something."""
    wanted, encode, track = plan.sound(rendition_id), encodes.audio[rendition_id], media.track("audio")
    yield say.equal("audio codec", _codec(wanted), track.codec if track else "none")
    if track is None:
        return
    yield say.equal("audio", _sound(encode, wanted), _sound(track, wanted))
    yield say.equal("audio channels", wanted.channels, track.channels)
    yield say.equal("audio sample rate", wanted.settings.sample_rate, track.sample_rate)
    if timed:
        frame_s = CODINGS[wanted.settings.codec].frame / wanted.settings.sample_rate
        yield say.near("audio duration", encode.duration_s, track.duration_s, frame_s)
    if rendition_id in encodes.levels:
        yield _loudness(say, wanted, encodes.levels[rendition_id])


def _codec(wanted: AudioRendition) -> str:
    settings = wanted.settings
    return f"pcm_s{settings.bits}le" if settings.codec is AudioCodec.PCM else settings.codec


def _sound(track: Track, wanted: AudioRendition) -> str:
    """PCM has no packets of its own: each container cuts it as it likes."""
    packets = "" if wanted.settings.codec is AudioCodec.PCM else f", {track.packets} packets"
    return f"{track.codec} {track.sample_rate} Hz{packets}"


def _loudness(say: Judge, wanted: AudioRendition, found: LoudnessMeasure) -> Check:
    """What was measured, and whether it is the target; a sound that cannot be measured was left as it is."""
    target = wanted.settings.loudness
    if target is None:
        return Check(say.output_id, f"{say.prefix}loudness", ok=True, expected="any", found=_told(found))
    off = _LOSSLESS if CODINGS[wanted.settings.codec].lossless else _LOSSY
    least, most, peak = target.integrated - off.quieter, target.integrated + off.louder, target.true_peak + off.over
    expected = f"{least:g} to {most:g} LUFS, at most {peak:g} dBTP"
    ok = found.integrated is None or found.true_peak is None
    if found.integrated is not None and found.true_peak is not None:
        held = found.true_peak >= target.true_peak - _HELD_DB
        ok = found.true_peak <= peak and found.integrated <= most and (found.integrated >= least or held)
    return Check(say.output_id, f"{say.prefix}loudness", ok, expected, _told(found))


def _told(found: LoudnessMeasure) -> str:
    if found.silent:
        return "silence, left as it is"
    if found.integrated is None:
        return "too short or too quiet to measure, left as it is"
    return f"{found.integrated:.1f} LUFS, {found.true_peak:.1f} dBTP, range {found.range:.1f} LU"
