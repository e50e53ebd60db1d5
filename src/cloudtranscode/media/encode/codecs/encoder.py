"""A rendition as the words of its encoder: codec, rate control, timestamps and keyframes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from cloudtranscode.media.encode.codecs.archive import ffv1, prores
from cloudtranscode.media.encode.codecs.av1 import av1
from cloudtranscode.media.encode.codecs.encode import Encode
from cloudtranscode.media.encode.codecs.h264 import h264
from cloudtranscode.media.encode.codecs.hevc import hevc
from cloudtranscode.media.encode.codecs.vp9 import vp9
from cloudtranscode.media.plan.plan import SourceFacts
from cloudtranscode.media.rendition import VideoCodec, VideoRendition
from cloudtranscode.media.tools.words import seconds

_WORDS: dict[VideoCodec, Callable[[Encode], tuple[str, ...]]] = {
    VideoCodec.H264: h264,
    VideoCodec.HEVC: hevc,
    VideoCodec.AV1: av1,
    VideoCodec.VP9: vp9,
    VideoCodec.PRORES: prores,
    VideoCodec.FFV1: ffv1,
}
_INTRA = {VideoCodec.PRORES, VideoCodec.FFV1}
_PLACE = ("-c:v", "wrapped_avframe")


def video_encoder(item: VideoRendition, source: SourceFacts, pass_: int = 0) -> tuple[str, ...]:
    """Return the words that encode a rendition; colours need none, the frames carry them.

    ``pass_`` is 1 or 2 in a job of two passes, else 0. All renditions take part in pass 1, in the same order, because
    ffmpeg names statistics by the number of the output: one that needs no first pass only keeps its place. What pass 1
    writes is thrown away (``-f null``); it leaves its statistics in the folder of the encodes.
    """
    if pass_ == 1 and item.settings.passes == 1:
        return _PLACE
    step = pass_ if item.settings.passes > 1 else 0
    words = _WORDS[item.settings.codec]
    encode = Encode(item.id, item.settings, item.width, _frame_rate(item, source), step)
    grid = () if item.settings.codec in _INTRA else _keyframes(item.settings.gop_s)
    return *words(encode), *_timestamps(source), *grid


def _frame_rate(item: VideoRendition, source: SourceFacts) -> Fraction | None:
    if not source.constant_rate or source.frame_rate is None:
        return None
    return min(source.frame_rate, item.settings.frame_rate or source.frame_rate)


def _timestamps(source: SourceFacts) -> tuple[str, ...]:
    """Neither repeat nor drop frames: of a constant rate all pass; of a varying one only equal times are dropped.

    A varying rate keeps the source's own clock: rounding to the average rate would make frames fall together.
    """
    if source.constant_rate:
        return "-fps_mode", "passthrough"
    return "-fps_mode", "vfr", "-enc_time_base", "demux"


def _keyframes(gop_s: float) -> tuple[str, ...]:
    """Closed GOPs on one grid of time for all renditions, so that segments align, whatever the codec.

    The expression is true on the first frame of each interval; a millisecond absorbs rounding.
    """
    grid = f"floor((t+0.001)/{seconds(gop_s)})"
    before = f"floor((prev_forced_t+0.001)/{seconds(gop_s)})"
    return "-force_key_frames", f"expr:isnan(prev_forced_t)+gt({grid},{before})"
