"""What a job's source is read as: its clips, cut to their frames, put right, and joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cloudtranscode.media.encode.colour import declared, to_target
from cloudtranscode.media.encode.input import source_words
from cloudtranscode.media.plan.geometry import place
from cloudtranscode.media.plan.plan import Canvas, ClipPlan, ClipSound, Plan
from cloudtranscode.media.rendition import Fit, Size, VideoSettings
from cloudtranscode.media.tools.words import seconds

_EARLY_S = 1.0
_BLIND_S = 10.0
"""How long before a cut reading begins. A container without an index is sought by time alone, into the middle of a
group of pictures: the first that decodes comes after it, and groups are shorter than this."""

_LATE_S = 2.0
"""How long after a cut reading ends: frames are stored in another order than they are shown."""

_EDGE_S = 0.001
"""Containers round times to a millisecond."""

_INSTANT_S = 0.01


@dataclass(frozen=True, slots=True)
class Stem:
    """Where the picture or a sound comes from: a label with its brackets, and the filters that still go onto it."""

    label: str
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """The source of a job in a filter graph: ``sounds`` by the index of the first clip's stream."""

    chains: tuple[str, ...]
    picture: Stem | None
    sounds: dict[int, Stem] = field(default_factory=dict)


def clip_words(plan: Plan) -> tuple[str, ...]:
    """Return the words that open every clip, the first as input 0; what is cut off is hardly read."""
    return tuple(word for clip in plan.clips for word in _opened(clip))


def base(plan: Plan, streams: Sequence[int] = (), *, picture: bool = True) -> Base:
    """Return what gives the picture and the sounds that ``streams`` name by their indexes in the first clip."""
    lanes = [number for number, one in enumerate(plan.clips[0].sounds) if one and one.stream in streams]
    if plan.canvas is None:
        clip = plan.clips[0]
        origin_s = _origin_s(clip, lanes, picture=picture)
        sounds = [one for one in (clip.sounds[lane] for lane in lanes) if one]
        return Base(
            (),
            Stem(f"[0:{clip.video}]", _picture_filters(clip, origin_s)) if picture else None,
            {one.stream: Stem(f"[0:{one.stream}]", _sound_filters(clip, origin_s)) for one in sounds},
        )
    return _joined(plan, plan.canvas, lanes, picture=picture)


def _joined(plan: Plan, canvas: Canvas, lanes: Sequence[int], *, picture: bool) -> Base:
    """Picture and sounds are joined by one filter: each clip begins where the longest stream before it ended."""
    chains, labels = [], ""
    for number, clip in enumerate(plan.clips):
        origin_s = _origin_s(clip, lanes, picture=picture)
        if picture:
            filters = ",".join((*_picture_filters(clip, origin_s), *_onto(canvas, clip)))
            chains.append(f"[{number}:{clip.video}]{filters}[clip{number}]")
            labels += f"[clip{number}]"
        for lane in lanes:
            chains.append(f"{_sound_of(clip, number, lane, canvas, origin_s)}[clip{number}_{lane}]")
            labels += f"[clip{number}_{lane}]"
    ends = [*(["joined"] if picture else []), *(f"joined_{lane}" for lane in lanes)]
    join = f"concat=n={len(plan.clips)}:v={int(picture)}:a={len(lanes)}"
    chains.append(f"{labels}{join}{''.join(f'[{end}]' for end in ends)}")
    firsts = plan.clips[0].sounds
    sounds = {one.stream: Stem(f"[joined_{lane}]") for lane in lanes if (one := firsts[lane])}
    return Base(tuple(chains), Stem("[joined]") if picture else None, sounds)


def _opened(clip: ClipPlan) -> Iterator[str]:
    seek_s = _seek_s(clip)
    if seek_s:
        yield from ("-ss", seconds(seek_s))
    if clip.end_s is not None:
        yield from ("-t", seconds(clip.picture_s - clip.begins_s + clip.end_s + _LATE_S - seek_s))
    if clip.decoder:
        yield from ("-c:v", clip.decoder)
    yield from source_words(clip.name)


def _seek_s(clip: ClipPlan) -> float:
    """Where reading begins, counted from the container's start; 0 for its very beginning."""
    early_s = _EARLY_S if clip.indexed else _BLIND_S
    return max(0.0, round(clip.picture_s - clip.begins_s + clip.start_s - early_s, 6))


def _origin_s(clip: ClipPlan, lanes: Sequence[int], *, picture: bool) -> float:
    """Which time of the container is 0 for ffmpeg.

    Where times may jump (MPEG, Ogg) and nothing was sought, it counts from the first of the streams that are used.
    """
    if clip.rebased and not _seek_s(clip):
        used = [one.begins_s for lane in lanes if (one := clip.sounds[lane])]
        return min([*used, *([clip.picture_s] if picture else [])], default=clip.begins_s)
    return clip.begins_s + _seek_s(clip)


def _clock(clip: ClipPlan, origin_s: float) -> str | None:
    """How far the clock moves so that it starts with the first picture that is used."""
    ahead_s = round(clip.picture_s + clip.start_s - origin_s, 6)
    return f"setpts=PTS-round({seconds(ahead_s)}/TB)" if ahead_s else None


def _picture_filters(clip: ClipPlan, origin_s: float) -> tuple[str, ...]:
    clock = _clock(clip, origin_s)
    start = [f"start=-{seconds(_EDGE_S)}"] if clip.start_s else []
    end = [f"end={seconds(clip.duration_s - _EDGE_S)}"] if clip.end_s is not None and clip.duration_s else []
    return (
        declared(clip.colour),
        *([clock] if clock else []),
        *([f"trim={':'.join((*start, *end))}"] if start or end else []),
        *(["setpts='if(N,PTS,0)'"] if clip.held else []),
        *_fields(clip),
        *(["premultiply=inplace=1"] if clip.alpha else []),
    )


def _fields(clip: ClipPlan) -> list[str]:
    """One frame for each pair of fields, or for each field."""
    if not clip.deinterlace:
        return []
    mode, parity = ("send_field" if clip.double else "send_frame"), ("tff" if clip.top_first else "bff")
    return [f"bwdif=mode={mode}:parity={parity}"]


def _onto(canvas: Canvas, clip: ClipPlan) -> Iterator[str]:
    """Bring a clip to what all are brought to; its shape is kept, and bars fill the rest."""
    if canvas.frame_rate is not None:
        yield f"fps={canvas.frame_rate}"
    frame = Size(width=canvas.width, height=canvas.height, fit=Fit.PAD, enlarge=True)
    scale = place(frame, clip.width, clip.height).scale
    yield f"scale={scale[0]}:{scale[1]}:flags=bicubic:out_range=tv"
    if canvas.sdr:
        yield from to_target(clip.colour, VideoSettings())
    if scale != (canvas.width, canvas.height):
        yield f"pad={canvas.width}:{canvas.height}:(ow-iw)/2:(oh-ih)/2"
    yield "setsar=1"
    yield f"format={canvas.pixel_format}"


def _sound_filters(clip: ClipPlan, origin_s: float) -> tuple[str, ...]:
    clock = _clock(clip, origin_s)
    cut = clip.end_s is not None and clip.duration_s
    return (*([f"a{clock}"] if clock else []), *([f"atrim=end={seconds(clip.duration_s or 0)}"] if cut else []))


def _sound_of(clip: ClipPlan, number: int, lane: int, canvas: Canvas, origin_s: float) -> str:
    """One sound of one clip in the form of all; it ends with the picture, and the join fills what is missing."""
    one: ClipSound | None = clip.sounds[lane]
    form = f"aformat=sample_fmts=fltp:sample_rates={canvas.sample_rate}:channel_layouts={canvas.layouts[lane]}"
    if one is None:
        length_s = clip.duration_s or _INSTANT_S
        return f"anullsrc=sample_rate={canvas.sample_rate}:duration={seconds(length_s)},{form}"
    clock = _clock(clip, origin_s)
    filters = (
        *([f"a{clock}"] if clock else []),
        f"aresample={canvas.sample_rate}:async=1:first_pts=0",
        form,
        *([f"atrim=end={seconds(clip.duration_s)}"] if clip.duration_s else []),
    )
    return f"[{number}:{one.stream}]{','.join(filters)}"
