"""VP9 with libvpx: https://developers.google.com/media/vp9/settings/vod."""

from __future__ import annotations

from cloudtranscode.media.encode.codecs.encode import NO_LIMIT, Encode, capped, constant, given, number
from cloudtranscode.media.rendition import RateMode

CONTENT = ("screen", "film")
"""Tunes that are about what is in the picture; the others are about how it is judged."""

_TILE_WIDTH = 256
_MOST_TILES = 6


def vp9(encode: Encode) -> tuple[str, ...]:
    """Return the words of libvpx. A shortest GOP that is the longest, too, keeps it from keyframes of its own.

    Two passes plan the keyframes, so that those must be where the plan has them: the GOP is given in frames.
    """
    settings, gop = encode.settings, str(encode.gop_frames if encode.step else NO_LIMIT)
    return (
        *("-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", settings.encoder_preset),
        *given("-profile:v", settings.profile),
        *given("-level:v", settings.level),
        *given("-tune-content" if settings.tune in CONTENT else "-tune", settings.tune),
        *_rate(encode),
        *("-row-mt", "1", "-tile-columns", str(_tile_columns(encode.width))),
        *("-g", gop, "-keyint_min", gop),
    )


def _tile_columns(width: int) -> int:
    """The logarithm of as many columns as there may be: a tile is at least 256 pixels wide."""
    return min(max(width // _TILE_WIDTH, 1).bit_length() - 1, _MOST_TILES)


def _rate(encode: Encode) -> tuple[str, ...]:
    """The cap of a quality is libvpx's `constrained quality`: the rate on average, held with two passes."""
    settings = encode.settings
    passes = ("-pass", str(encode.step), "-passlogfile", encode.statistics) if encode.step else ()
    match settings.rate:
        case RateMode.CRF:
            return "-crf", number(settings.crf), "-b:v", f"{settings.max_rate_kbps or 0}k", *passes
        case RateMode.VBR:
            return "-b:v", f"{settings.rate_kbps}k", *capped(settings), *passes
        case RateMode.CBR:
            return "-minrate", f"{settings.rate_kbps}k", *constant(settings)
