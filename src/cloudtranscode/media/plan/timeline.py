"""The clips of a job, one after the other: how each is read, and what they are together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.outputs import Clip, Order
from cloudtranscode.media.plan.colour import source_colour
from cloudtranscode.media.plan.facts import Cut, cut, sound_end_s
from cloudtranscode.media.plan.plan import Canvas, ClipPlan, ClipSound, SourceFacts
from cloudtranscode.media.rendition import Deinterlace
from cloudtranscode.media.source.streams import AudioStream, MediaInfo, VideoStream

_REBASED = {"mpegts", "mpeg", "ogg"}
"""Containers whose times may jump: ffmpeg counts from the first stream that it reads (`AVFMT_TS_DISCONT`)."""

_INDEXED = ("mov", "matroska")
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""WebM keeps alpha in a stream of its own, which ffmpeg's own decoders do not look at."""

_CHANGING = {"ac3", "eac3", "aac_latm", "mp2", "dts"}
"""What is broadcast: a programme in surround between advertisements in stereo."""

_USUAL_RATE = Fraction(30)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the outputs are made from: ``picture`` describes it as one stream, ``None`` when there is sound alone."""

    clips: tuple[ClipPlan, ...]
    canvas: Canvas | None
    facts: SourceFacts
    picture: VideoStream | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A clip with what it was found to be."""

    clip: Clip
    info: MediaInfo
    video: VideoStream | None
    sound: AudioStream | None
    cut: Cut


def make_timeline(
    order: Order, sources: Sequence[MediaInfo], sound: AudioStream | None, fields: Deinterlace
) -> Timeline:
    """Put the clips together; ``sound`` is the first clip's stream that the clock is held against.

    Errors: :class:`SourceUnsupported` when nothing is left of a clip, it is one picture, or one clip alone has video.
    """
    reads = [
        _read(order, clip, info, sound if number == 0 else None)
        for number, (clip, info) in enumerate(zip(order.clips, sources, strict=True))
    ]
    if len({one.video is None for one in reads}) > 1:
        raise SourceUnsupported("Some of the clips have video and some have none; they cannot be joined.")
    lanes = _heard(reads[0].info)
    clips = tuple(_clip(one, lanes, fields) for one in reads)
    notes = [one.cut.note for one in reads if one.cut.note]
    if len(clips) == 1:
        facts = _facts_of_one(reads[0], clips[0])
        return Timeline(clips, None, facts, _shown(reads[0].video, facts), tuple(notes))
    canvas = _canvas(reads, clips, lanes)
    facts = _facts_of_all(reads, clips, canvas)
    return Timeline(clips, canvas, facts, _shown(reads[0].video, facts), (*notes, *_changes(reads, clips, canvas)))


def chosen_video(number: int | None, info: MediaInfo) -> VideoStream | None:
    """The video stream that is used: the one that is asked for, the default one, or the largest.

    A picture is none: ffmpeg reads one through `image2`, `png_pipe` and such. Errors: :class:`SourceUnsupported`.
    """
    if not info.video:
        return None
    if number is not None and number >= len(info.video):
        raise SourceUnsupported(f"The source has {len(info.video)} video streams; there is none with number {number}.")
    best = max(info.video, key=lambda one: (one.default, one.width * one.height))
    video = best if number is None else info.video[number]
    named = info.container == "image2" or info.container.endswith("_pipe")
    if named or (video.frames == 1 and video.duration_s is None):
        raise SourceUnsupported(f"The source is one picture ({video.codec}), and every output needs video.")
    return video


def _read(order: Order, clip: Clip, info: MediaInfo, sound: AudioStream | None) -> _Read:
    video = chosen_video(order.video, info)
    heard = sound or next(iter(_heard(info)), None)
    return _Read(clip, info, video, heard, cut(clip, info, video, heard))


def _heard(info: MediaInfo) -> list[AudioStream]:
    return [stream for stream in info.audio if stream.channels]


def _clip(one: _Read, lanes: Sequence[AudioStream], fields: Deinterlace) -> ClipPlan:
    video, info = one.video, one.info
    plan = ClipPlan(
        name=one.clip.name,
        video=None,
        sounds=tuple(_matching(number, lane, info) for number, lane in enumerate(lanes)),
        start_s=one.cut.start_s,
        end_s=one.cut.end_s,
        duration_s=one.cut.duration_s,
        begins_s=info.start_s,
        picture_s=one.sound.start_s if one.sound else info.start_s,
        rebased=info.container in _REBASED,
        indexed=info.container.startswith(_INDEXED),
    )
    if video is None:
        return plan
    deinterlace = video.interlaced and video.rotation in {0, 180} and fields is not Deinterlace.OFF
    return replace(
        plan,
        video=video.index,
        width=video.display_width,
        height=video.display_height,
        picture_s=video.start_s,
        held=bool(one.cut.start_s) and not video.constant_rate,
        deinterlace=deinterlace,
        double=deinterlace and fields is Deinterlace.DOUBLE,
        top_first=video.top_first == (video.rotation == 0),
        alpha=video.alpha,
        decoder=_WITH_ALPHA.get(video.codec) if video.alpha else None,
        colour=source_colour(video),
    )


def _matching(number: int, lane: AudioStream, info: MediaInfo) -> ClipSound | None:
    """The sound of a clip that goes on with one of the first clip's: of the same language, or at the same place."""
    heard = _heard(info)
    alike = [stream for stream in heard if lane.language and stream.language == lane.language]
    own = [stream for stream in heard if stream == lane]
    for stream in (*own, *alike, *heard[number : number + 1]):
        changing = stream.codec in _CHANGING or (stream.codec == "aac" and info.container == "mpegts")
        return ClipSound(stream.index, stream.start_s, changing)
    return None


def _facts_of_one(one: _Read, clip: ClipPlan) -> SourceFacts:
    video = one.video
    if video is None:
        return SourceFacts(
            video=False,
            frame_rate=None,
            constant_rate=False,
            duration_s=one.cut.duration_s,
            audio_end_s=one.cut.duration_s,
            frames=None,
        )
    times = 2 if clip.double else 1
    return SourceFacts(
        video=True,
        frame_rate=video.frame_rate and video.frame_rate * times,
        constant_rate=video.constant_rate,
        duration_s=one.cut.duration_s,
        audio_end_s=sound_end_s(one.cut, video, one.sound),
        frames=one.cut.frames and one.cut.frames * times,
        width=video.display_width,
        height=video.display_height,
    )


def _facts_of_all(reads: Sequence[_Read], clips: Sequence[ClipPlan], canvas: Canvas) -> SourceFacts:
    durations = [clip.duration_s for clip in clips]
    total = None if None in durations else round(sum(one for one in durations if one), 6)
    video = reads[0].video
    if video is None:
        return replace(_facts_of_one(reads[0], clips[0]), duration_s=total, audio_end_s=total)
    rate = canvas.frame_rate or (video.frame_rate or _USUAL_RATE) * (2 if clips[0].double else 1)
    counts = [_frames(one, clip, rate) for one, clip in zip(reads, clips, strict=True)]
    return SourceFacts(
        video=True,
        frame_rate=rate,
        constant_rate=True,
        duration_s=total,
        audio_end_s=None,
        frames=None if None in counts else sum(one for one in counts if one),
        width=canvas.width,
        height=canvas.height,
    )


def _frames(one: _Read, clip: ClipPlan, rate: Fraction) -> int | None:
    facts = _facts_of_one(one, clip)
    return facts.frames_at(rate)


def _shown(video: VideoStream | None, facts: SourceFacts) -> VideoStream | None:
    """The stream as which renditions see the timeline."""
    if video is None:
        return None
    return replace(
        video,
        display_width=facts.width,
        display_height=facts.height,
        frame_rate=facts.frame_rate,
        base_rate=facts.frame_rate if facts.constant_rate else video.base_rate,
        duration_s=facts.duration_s,
    )


def _canvas(reads: Sequence[_Read], clips: Sequence[ClipPlan], lanes: Sequence[AudioStream]) -> Canvas:
    videos = [one.video for one in reads if one.video]
    largest = max(videos, key=lambda one: one.display_width * one.display_height, default=None)
    deep = any(one.bit_depth > 8 for one in videos)  # noqa: PLR2004  # bits
    return Canvas(
        width=largest.display_width // 2 * 2 if largest else 0,
        height=largest.display_height // 2 * 2 if largest else 0,
        frame_rate=_common_rate(videos, clips),
        pixel_format="yuv420p10le" if deep else "yuv420p",
        sample_rate=max((one.sample_rate for read in reads for one in _heard(read.info)), default=48000),
        layouts=tuple(one.layout or {1: "mono", 6: "5.1", 8: "7.1"}.get(one.channels, "stereo") for one in lanes),
        sdr=len({clip.colour for clip in clips}) > 1,
    )


def _common_rate(videos: Sequence[VideoStream], clips: Sequence[ClipPlan]) -> Fraction | None:
    """The highest rate of all, so that no motion is lost; ``None`` when all have it anyhow."""
    rates = {
        one.frame_rate * (2 if clip.double else 1) if one.constant_rate and one.frame_rate else None
        for one, clip in zip(videos, clips, strict=False)
    }
    if not videos or (len(rates) == 1 and None not in rates):
        return None
    return max((rate for rate in rates if rate), default=_USUAL_RATE)


def _changes(reads: Sequence[_Read], clips: Sequence[ClipPlan], canvas: Canvas) -> Iterator[str]:
    """What joining changes of a clip."""
    for one, clip in zip(reads, clips, strict=True):
        if one.video and (clip.width, clip.height) != (canvas.width, canvas.height):
            yield (
                f"{clip.name} has {clip.width}x{clip.height}; it is brought to {canvas.width}x{canvas.height}, "
                "the largest of the clips."
            )
        for number, sound in enumerate(clip.sounds):
            if sound is None:
                yield f"{clip.name} has no sound number {number}; it is silent there."
    if canvas.frame_rate:
        yield f"The clips differ in their frame rates; all are brought to {float(canvas.frame_rate):.5g}."
    if canvas.sdr:
        yield "The clips differ in their colours; all are brought to BT.709."
