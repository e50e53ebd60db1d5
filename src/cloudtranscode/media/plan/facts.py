"""What one clip is, as far as its headers are sure: its length, rate and number of pictures, after a cut."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.outputs import Clip
from cloudtranscode.media.source.streams import AudioStream, MediaInfo, VideoStream

_EDGE_S = Fraction(1, 1000)
"""Containers round times to a millisecond."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What remains of a clip, on its own clock; ``frames`` is given only where header, rate and duration agree on it.

    ``end_s`` is ``None`` where nothing is cut off. ``note`` tells where the clip is shorter than was thought.
    """

    start_s: float
    end_s: float | None
    duration_s: float | None
    frames: int | None
    note: str | None = None


def cut(clip: Clip, info: MediaInfo, video: VideoStream | None, sound: AudioStream | None) -> Cut:
    """Return what remains of a clip: whole frames where they last equally long.

    Errors: :class:`SourceUnsupported` when nothing is left.
    """
    length_s = _length_s(info, video, sound)
    if length_s is not None and clip.start_s >= length_s:
        raise SourceUnsupported(
            f"Nothing is left of {clip.name}: it is to start at {clip.start_s:g} s and is {length_s:g} s long.",
            remedy="Choose an earlier start.",
        )
    end_s, note = clip.end_s, None
    if end_s is not None and length_s is not None and end_s >= length_s - float(_EDGE_S):
        if end_s > length_s + 1 / 24:
            note = f"{clip.name} ends at {length_s:g} s, before {end_s:g} s."
        end_s = None
    if video and video.constant_rate and video.frame_rate:
        return _of_frames(clip.start_s, end_s, length_s, video, _trusted_frames(info.container, video), note)
    last_s = length_s if end_s is None else end_s
    return Cut(clip.start_s, end_s, None if last_s is None else round(last_s - clip.start_s, 6), None, note)


def sound_end_s(cut: Cut, video: VideoStream | None, sound: AudioStream | None) -> float | None:
    """Where a clip's sound ends, counted from the first picture that remains."""
    if video is None or sound is None or sound.duration_s is None:
        return cut.duration_s if video is None else None
    end_s = max(0.0, sound.start_s + sound.duration_s - video.start_s - cut.start_s)
    return round(end_s if cut.end_s is None or cut.duration_s is None else min(end_s, cut.duration_s), 6)


def _of_frames(
    start_s: float, end_s: float | None, length_s: float | None, video: VideoStream, count: int | None, note: str | None
) -> Cut:
    rate = video.frame_rate or Fraction(25)
    first = _frame_at(start_s, rate)
    last = count if end_s is None else _frame_at(end_s, rate)
    if end_s is not None and last is not None and last <= first:
        last = first + 1
    duration_s = float((last - first) / rate) if last is not None else None
    if duration_s is None and length_s is not None:
        duration_s = length_s - float(first / rate)
    if start_s == 0 and end_s is None:
        duration_s = length_s
    return Cut(
        start_s=round(float(first / rate), 6),
        end_s=round(float(last / rate), 6) if end_s is not None and last is not None else None,
        duration_s=None if duration_s is None else round(duration_s, 6),
        frames=last - first if last is not None and count is not None else None,
        note=note,
    )


def _frame_at(time_s: float, rate: Fraction) -> int:
    """The number of the first frame at or after a time."""
    return max(0, math.ceil((Fraction(str(time_s)) - _EDGE_S) * rate))


def _length_s(info: MediaInfo, video: VideoStream | None, sound: AudioStream | None) -> float | None:
    stream = video or sound
    return stream.duration_s if stream and stream.duration_s is not None else info.duration_s


def _trusted_frames(container: str, video: VideoStream) -> int | None:
    """The header's count, unless an edit list or a gap makes it differ from what will be shown.

    Only ISO files count pictures; AVI counts packets, empty ones, too.
    """
    if (
        not container.startswith("mov")
        or video.frames is None
        or not video.constant_rate
        or video.duration_s is None
        or video.frame_rate is None
    ):
        return None
    return video.frames if abs(video.duration_s * video.frame_rate - video.frames) <= 1 else None
