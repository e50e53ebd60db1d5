"""Video settings as the words of an encoder."""

from __future__ import annotations

from cloudtranscode.media.plan.plan import SourceFacts
from cloudtranscode.media.rendition import VideoRendition
from cloudtranscode.media.tools.words import seconds


def video_encoder(item: VideoRendition, source: SourceFacts) -> tuple[str, ...]:
    """Return the words that encode a rendition: encoder, rate control, timestamps and keyframes."""
    settings = item.settings
    return (
        *("-c:v", "libx264", "-preset", settings.encoder_preset),
        *("-b:v", f"{settings.rate_kbps}k", "-maxrate", f"{settings.max_rate_kbps}k"),
        *("-bufsize", f"{settings.buffer_kbit}k"),
        *_timestamps(source),
        *_keyframes(settings.gop_s),
    )


def _timestamps(source: SourceFacts) -> tuple[str, ...]:
    """Neither repeat nor drop frames: of a constant rate all pass; of a varying one only equal times are dropped.

    A varying rate keeps the source's own clock: rounding to the average rate would make frames fall together.
    """
    if source.constant_rate:
        return "-fps_mode", "passthrough"
    return "-fps_mode", "vfr", "-enc_time_base", "demux"


def _keyframes(gop_s: float) -> tuple[str, ...]:
    """Closed GOPs on one grid of time for all renditions, so that segments align.

    The expression is true on the first frame of each interval; a millisecond absorbs rounding. ``-g`` only lifts
    the encoder's own limit out of the way.
    """
    grid = f"floor((t+0.001)/{seconds(gop_s)})"
    before = f"floor((prev_forced_t+0.001)/{seconds(gop_s)})"
    return (
        *("-force_key_frames", f"expr:isnan(prev_forced_t)+gt({grid},{before})", "-forced-idr", "1"),
        *("-sc_threshold", "0", "-g", "9999", "-flags", "+cgop"),
    )
