"""The renditions' sound: streams put side by side, mixed, brought to a loudness, encoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cloudtranscode.media.encode.branch import Branch
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import AudioCodec, AudioRendition
from cloudtranscode.media.sound.codecs import CODINGS, encoder_words
from cloudtranscode.media.sound.layouts import LAYOUTS, MONO, STEREO, SURROUND, channels_of
from cloudtranscode.media.sound.loudness import Gain, LoudnessMeasure, gain_to
from cloudtranscode.media.sound.mixing import is_folded, mix
from cloudtranscode.media.tools.words import ENCODED, PLAIN

_HEADROOM_DB = 2.0
"""How far below its limit a peak is held, for lossy codecs to have some room: they do not keep peaks exactly."""

_FULL = Gain(0.0, -1.0)
"""What keeps channels that were added up from clipping."""

_LATE_S = 0.001
_MIXABLE = {MONO, STEREO, SURROUND, "5.1(side)", "7.1"}
"""Layouts that other ones are brought to when a stream changes."""

_OVERSAMPLED = 192000


def audio_path(item: AudioRendition) -> str:
    """Where the encode of an audio rendition lies: in an ISO file, which keeps exact times."""
    suffix = "mov" if item.settings.codec is AudioCodec.PCM else "mp4"
    return f"{ENCODED}/a_{item.id}.{suffix}"


def sound_branches(plan: Plan, measured: Mapping[str, LoudnessMeasure]) -> list[Branch]:
    """Return the branch of every rendition; ``measured`` is by rendition id."""
    return [_branch(plan, item, measured.get(item.id)) for item in plan.audio]


def bed(plan: Plan, branch: Branch, counts: Sequence[int], layout: str) -> tuple[str, ...]:
    """Return chains from the taps of ``branch``, the last of them open: one stream, or several side by side.

    ``counts`` are the channels of each stream, ``layout`` is what they are together, in their order. Sound starts with
    the picture: a late start and gaps are filled with silence, what is earlier is cut.
    """
    if len(branch.taps) == 1:
        alike = [f"aformat=channel_layouts={layout}"] if layout in _MIXABLE and counts[0] == channels_of(layout) else []
        return (",".join((f"[{branch.tap}]{_steady(plan, branch.streams[0])}", *alike)),)
    speakers = iter(LAYOUTS[layout])
    chains, sides = [], ""
    for tap, stream, count in zip(branch.taps, branch.streams, counts, strict=True):
        placed = "|".join(f"{next(speakers)}=c{number}" for number in range(count))
        chains.append(f"[{tap}]{_steady(plan, stream)},pan={layout}|{placed}[side_{tap}]")
        sides += f"[side_{tap}]"
    return (*chains, f"{sides}amix=inputs={len(branch.taps)}:duration=longest:normalize=0")


def mixed(layout_in: str, layout: str) -> str:
    """The filters that make one layout into another; channels are numbered, for not every stream names them."""
    parts = mix(layout_in, layout)
    channels = (f"{name}={_sum(sources)}" for name, sources in parts.items() if sources)
    unclipped = ",aformat=sample_fmts=fltp" if is_folded(layout_in, layout) else ""
    return f"pan={'|'.join((layout, *channels))}{unclipped}"


def _steady(plan: Plan, stream: int) -> str:
    """One sample after the other from 0 on, whenever the first one comes.

    A stream that changes its channels in the middle makes ffmpeg set the graph up anew, and a start that is filled
    with silence would be filled again: there, only one that is known to be late is.
    """
    clip = plan.clips[0]
    for one in clip.sounds:
        late = one is not None and one.begins_s - clip.picture_s - clip.start_s > _LATE_S
        if one and one.stream == stream and one.changing and (plan.canvas or not late):
            return "atrim=start=0,aresample=async=1"
    return "aresample=async=1:first_pts=0"


def _sum(sources: Mapping[int, float]) -> str:
    return "+".join(f"c{number}" if factor == 1 else f"{factor:g}*c{number}" for number, factor in sources.items())


def _branch(plan: Plan, item: AudioRendition, measure: LoudnessMeasure | None) -> Branch:
    branch = Branch(f"a_{item.id}", (), (), item.streams)
    filters = [mixed(item.layout_in, item.layout), *_level(item, measure), f"aresample={item.settings.sample_rate}"]
    exits = f"[s_{item.id}]"
    *sides, head = bed(plan, branch, item.channels_in, item.layout_in)
    chains = (*sides, f"{','.join((head, *filters))}{exits}")
    words = ("-map", exits, *encoder_words(item.settings), *PLAIN, audio_path(item))
    return replace(branch, chains=chains, words=words)


def _level(item: AudioRendition, measure: LoudnessMeasure | None) -> Sequence[str]:
    target, headroom = item.settings.loudness, 0.1 if CODINGS[item.settings.codec].lossless else _HEADROOM_DB
    gain = gain_to(target, measure, headroom) if target else None
    if gain is None and is_folded(item.layout_in, item.layout):
        gain = _FULL
    return _gain(gain) if gain else ()


def _gain(gain: Gain) -> Sequence[str]:
    """The limiter sees samples: at four times the rate also the peaks between them (ITU-R BS.1770-4, annex 2)."""
    volume = [f"volume={gain.db:g}dB:precision=float"] if gain.db else []
    if gain.limit_dbtp is None:
        return volume
    limiter = f"alimiter=limit={10 ** (gain.limit_dbtp / 20):.4f}:level=false:latency=true"
    return [*volume, f"aresample={_OVERSAMPLED}", limiter]
