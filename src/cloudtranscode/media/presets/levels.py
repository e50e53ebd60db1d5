"""Levels: how large and how many the pictures may be that a player promises to take."""

from __future__ import annotations

import math

from cloudtranscode.media.rendition import Size, VideoCodec, VideoSettings

_MACROBLOCK = 16

# ITU-T H.264, table A-1: macroblocks per second, macroblocks of a picture.
_H264 = {
    "1": (1485, 99),
    "1.1": (3000, 396),
    "1.2": (6000, 396),
    "1.3": (11_880, 396),
    "2": (11_880, 396),
    "2.1": (19_800, 792),
    "2.2": (20_250, 1620),
    "3": (40_500, 1620),
    "3.1": (108_000, 3600),
    "3.2": (216_000, 5120),
    "4": (245_760, 8192),
    "4.1": (245_760, 8192),
    "4.2": (522_240, 8704),
    "5": (589_824, 22_080),
    "5.1": (983_040, 36_864),
    "5.2": (2_073_600, 36_864),
    "6": (4_177_920, 139_264),
    "6.1": (8_355_840, 139_264),
    "6.2": (16_711_680, 139_264),
}
# ITU-T H.265, tables A.8 and A.9: samples per second, samples of a picture.
_HEVC = {
    "1": (552_960, 36_864),
    "2": (3_686_400, 122_880),
    "2.1": (7_372_800, 245_760),
    "3": (16_588_800, 552_960),
    "3.1": (33_177_600, 983_040),
    "4": (66_846_720, 2_228_224),
    "4.1": (133_693_440, 2_228_224),
    "5": (267_386_880, 8_912_896),
    "5.1": (534_773_760, 8_912_896),
    "5.2": (1_069_547_520, 8_912_896),
    "6": (1_069_547_520, 35_651_584),
    "6.1": (2_139_095_040, 35_651_584),
    "6.2": (4_278_190_080, 35_651_584),
}


def level_problem(video: VideoSettings, size: Size) -> str | None:
    """Say that pictures of this size, taken as 16:9 unless both sides are given, are too much for the level."""
    level, shape = (video.level or "").removesuffix(".0"), _shape(size)
    known = {VideoCodec.H264: _H264, VideoCodec.HEVC: _HEVC}.get(video.codec, {})
    if level not in known or shape is None:
        return None
    most_per_s, most = known[level]
    amount = shape[0] * shape[1]
    if video.codec is VideoCodec.H264:
        amount = math.ceil(shape[0] / _MACROBLOCK) * math.ceil(shape[1] / _MACROBLOCK)
    if amount > most:
        return f"level is {video.level!r}, too low for {shape[0]}x{shape[1]}"
    if video.frame_rate and amount * video.frame_rate > most_per_s:
        return f"level is {video.level!r}, too low for {shape[0]}x{shape[1]} at {float(video.frame_rate):g} per second"
    return None


def _shape(size: Size) -> tuple[int, int] | None:
    if size.width and size.height:
        return size.width, size.height
    lines = size.lines or size.height or (size.width * 9 // 16 if size.width else None)
    return (round(lines * 16 / 9), lines) if lines else None
