"""Whether the whole source was encoded. ffmpeg ends with success when a source breaks off."""

from __future__ import annotations

from collections.abc import Mapping

from cloudtranscode.errors import EncodeFailed, SourceDamaged
from cloudtranscode.media.check.evidence import Encodes
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.sound.codecs import CODINGS
from cloudtranscode.media.sound.loudness import LoudnessMeasure

_VAGUE_S = 0.5
"""How far a duration may be off that no frame count confirms."""


def whole(plan: Plan, encodes: Encodes, last_words: str) -> None:
    """Compare what was encoded with what the source's headers promised.

    Errors: :class:`SourceDamaged` when less was encoded, :class:`EncodeFailed` when the renditions differ among
    themselves.
    """
    if not (plan.video or plan.audio):
        return
    counts = {name: track.packets for name, track in encodes.video.items()}
    for rate in {plan.rendition(name).settings.frame_rate for name in counts}:
        alike = {counts[name] for name in counts if plan.rendition(name).settings.frame_rate == rate}
        if len(alike) > 1:
            raise EncodeFailed(f"The renditions have different numbers of frames: {sorted(alike)}.")
    for name, frames in counts.items():
        if frames < (plan.frames(name) or 0):
            raise SourceDamaged(f"Only {frames} of the source's {plan.frames(name)} frames decode ({last_words}).")
    end_s = max((track.duration_s for track in (*encodes.video.values(), *encodes.audio.values())), default=0.0)
    promised = plan.source.duration_s or 0.0
    if end_s < promised - _VAGUE_S - plan.source.frame_s:
        raise SourceDamaged(f"Only {end_s:.2f} of the source's {promised:.2f} s decode ({last_words}).")
    heard = max((track.duration_s for track in encodes.audio.values()), default=0.0)
    if encodes.audio and plan.source.audio_end_s and heard < plan.source.audio_end_s - _VAGUE_S:
        raise SourceDamaged(f"Only {heard:.2f} of {plan.source.audio_end_s:.2f} s of sound decode ({last_words}).")
    _continuous(plan, encodes)


def _continuous(plan: Plan, encodes: Encodes) -> None:
    """One packet after the other: more of them than fit their times means that silence was put in where none was.

    A late start is filled with silence; a stream that changes its channels later on has it filled again.
    """
    for item in plan.audio:
        coding, track = CODINGS[item.settings.codec], encodes.audio.get(item.id)
        if coding.lossless or track is None:
            continue
        length_s = track.packets * coding.frame / item.settings.sample_rate
        if length_s > track.duration_s + _VAGUE_S:
            raise EncodeFailed(
                f"The sound came out {length_s:.2f} s long instead of {track.duration_s:.2f}: it changes its channels.",
                remedy="Convert the source's sound to one channel layout, then run the job again.",
            )


def audible(encodes: Encodes, unmixed: Mapping[str, LoudnessMeasure]) -> None:
    """Compare sounds that came out silent with their streams before the mixing, by rendition id.

    Errors: :class:`EncodeFailed` when those were not: the halves of a stereo pair may cancel each other out.
    """
    for name in encodes.silent:
        if name in unmixed and not unmixed[name].silent:
            raise EncodeFailed(
                f"The sound {name} came out silent, although the source's is not.",
                remedy="Keep the source's channels, or choose other streams with `tracks`.",
            )
