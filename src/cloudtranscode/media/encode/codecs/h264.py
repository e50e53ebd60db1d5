"""H.264 with x264."""

from __future__ import annotations

from cloudtranscode.media.encode.codecs.encode import NO_LIMIT, Encode, capped, constant, given, number
from cloudtranscode.media.rendition import RateMode


def h264(encode: Encode) -> tuple[str, ...]:
    """Return the words of x264."""
    settings = encode.settings
    return (
        *("-c:v", "libx264", "-preset", settings.encoder_preset),
        *given("-profile:v", settings.profile),
        *given("-level:v", settings.level),
        *given("-tune", settings.tune),
        *given("-refs", settings.refs),
        *given("-bf", settings.b_frames),
        *_rate(encode),
        # No keyframe at a scene cut, only where one is forced; an IDR picture each, and none refers beyond it.
        *("-forced-idr", "1", "-sc_threshold", "0", "-g", str(NO_LIMIT), "-flags", "+cgop"),
    )


def _rate(encode: Encode) -> tuple[str, ...]:
    settings = encode.settings
    match settings.rate:
        case RateMode.CRF:
            return "-crf", number(settings.crf), *capped(settings)
        case RateMode.VBR:
            passes = ("-pass", str(encode.step), "-passlogfile", encode.statistics) if encode.step else ()
            return "-b:v", f"{settings.rate_kbps}k", *capped(settings), *passes
        case RateMode.CBR:  # filled up where a picture needs less: a line that carries it sees one rate
            return *constant(settings), "-x264-params", "nal-hrd=cbr"
