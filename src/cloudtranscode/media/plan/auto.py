"""A ladder derived from its source: the rungs that its size, its rate of frames and its own quality are worth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from cloudtranscode.media.plan.geometry import place
from cloudtranscode.media.rendition import Fit, Geometry, Preset, Size, VideoSettings
from cloudtranscode.media.source.streams import VideoStream

_LINES = (2160, 1440, 1080, 720, 540, 360, 240)
_NEAR = 0.85
"""A rung of more than this part of the lines above it adds nothing: Apple's specification has 0.56 to 0.75."""

_POWER = 0.75
"""How the rate grows with the pixels for the same quality: larger pictures are simpler, pixel by pixel."""

_PIXELS_OF_LINE = Fraction(16, 9)
_USUAL_RATE = 30
_HALVED_BELOW = 720
_LEAST_KBPS = 100

_BITS = (
    {"h264": 1.0, "hevc": 0.65, "vp9": 0.65, "av1": 0.55, "vp8": 1.1}
    | {"mpeg4": 1.5, "msmpeg4v3": 1.6, "wmv2": 1.6, "vc1": 1.1, "flv1": 1.7, "h263": 1.7, "theora": 1.5}
    | {"mpeg2video": 1.9, "mpeg1video": 2.2}
)
"""How many bits a codec takes for the quality of H.264, roughly; what is not here is no codec of distribution."""


def auto_rungs(base: Preset, video: VideoStream) -> tuple[list[tuple[Preset, Geometry]], list[str]]:
    """Return the rungs for a source, the largest first, with the settings of ``base``, and notes.

    The largest has the size of ``base``, or the source's where that is smaller; ``base`` says the rate that its size
    is worth. No rung gets more than the source itself spends on that quality. Of sources above 30 pictures a second
    the small rungs get half of them, where the keyframes of all rungs then still stand at the same times.
    """
    shown = video.display_width, video.display_height
    top = place(base.size, *shown)
    if base.video is None:
        return [(base, top)], []
    share = _share(base, base.video, video, top)
    rate, half = _rate(base.video, video), _half(base.video, video)
    kept = [(_rung(base, base.video, top, share * _haste(rate)), top)]
    for lines in _LINES:
        geometry = place(_with_lines(base.size, lines), *shown)
        above, here = min(kept[-1][1].frame), min(geometry.frame)
        if here > _NEAR * above:
            continue
        settings, haste = base.video, _haste(rate)
        if half and here < _HALVED_BELOW:
            settings, haste = replace(base.video, frame_rate=half), _haste(half)
        rung = _rung(base, settings, geometry, share * haste)
        if rung.video and 0 < rung.video.nominal_kbps < _LEAST_KBPS:
            break
        kept.append((rung, geometry))
    return kept, list(_notes(kept, share))


def _notes(kept: list[tuple[Preset, Geometry]], share: float) -> Iterator[str]:
    sizes = ", ".join(f"{geometry.frame[0]}x{geometry.frame[1]}" for _, geometry in kept)
    yield f"The source is worth {f'{len(kept)} rungs' if len(kept) > 1 else 'one rung'}: {sizes}."
    if share < 1:
        yield f"The source spends little itself: each rung gets {share:.0%} of the rate of its size."


def _with_lines(size: Size, lines: int) -> Size:
    """The same shape in fewer lines: a frame of a shape of its own keeps it."""
    if size.width and size.height and size.fit is not Fit.FIT:
        factor = lines / min(size.width, size.height)
        return replace(size, width=round(size.width * factor), height=round(size.height * factor))
    return Size(lines=lines, enlarge=size.enlarge)


def _rung(base: Preset, settings: VideoSettings, geometry: Geometry, share: float) -> Preset:
    factor = share * _worth(base, geometry)
    return replace(
        base,
        name=f"{min(geometry.frame)}p",
        size=Size(width=geometry.frame[0], height=geometry.frame[1]),
        video=replace(
            settings,
            rate_kbps=_scaled(settings.rate_kbps, factor),
            max_rate_kbps=_scaled(settings.max_rate_kbps, factor),
            buffer_kbit=_scaled(settings.buffer_kbit, factor),
        ),
    )


def _scaled(rate: int | None, factor: float) -> int | None:
    return None if rate is None else max(round(rate * factor), 1)


def _worth(base: Preset, geometry: Geometry) -> float:
    """What a size costs, as a part of what the base's size does."""
    size = base.size
    if size.width and size.height:
        pixels = float(size.width * size.height)
    else:
        lines = size.lines or size.height or (size.width or 1920) / _PIXELS_OF_LINE
        pixels = float(lines * lines * _PIXELS_OF_LINE)
    return math.pow(geometry.frame[0] * geometry.frame[1] / pixels, _POWER)


def _haste(rate: Fraction | None) -> float:
    """More pictures a second differ less from each other: twice as many cost about 1.4 times."""
    return math.sqrt(max(float(rate) / _USUAL_RATE, 1.0)) if rate else 1.0


def _rate(settings: VideoSettings, video: VideoStream) -> Fraction | None:
    rates = [rate for rate in (settings.frame_rate, video.frame_rate) if rate]
    return min(rates, default=None)


def _half(settings: VideoSettings, video: VideoStream) -> Fraction | None:
    """Half the rate, if there is enough of it and a GOP has an even number of frames: else keyframes would differ."""
    rate = _rate(settings, video)
    if rate is None or rate <= _USUAL_RATE or not video.constant_rate:
        return None
    frames = rate * Fraction(str(settings.gop_s))
    return rate / 2 if frames.denominator == 1 and frames % 2 == 0 else None


def _share(base: Preset, settings: VideoSettings, video: VideoStream, top: Geometry) -> float:
    """The part of a size's rate that the source is worth: as many bits as it has itself, counted in those of the codec.

    A source that is scaled down brings its bits into fewer pixels.
    """
    wanted = settings.nominal_kbps * _worth(base, top) * _haste(_rate(settings, video))
    if not video.rate_kbps or not wanted or video.codec not in _BITS:
        return 1.0
    shrunk = top.frame[0] * top.frame[1] / (video.display_width * video.display_height)
    own = video.rate_kbps * math.pow(shrunk, _POWER) * _BITS.get(settings.codec, 1.0) / _BITS[video.codec]
    return min(1.0, own / wanted)
