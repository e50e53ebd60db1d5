"""Fitting presets to a source: never larger than it, square pixels, even sides."""

from __future__ import annotations

from collections.abc import Sequence

from cloudtranscode.media.rendition import Preset, VideoRendition
from cloudtranscode.media.source.probe import VideoStream


def fit(preset: Preset, video: VideoStream) -> VideoRendition:
    """Return the rendition that ``preset`` means for this source.

    The preset's lines are the short side of what the viewer sees, so a portrait source stays portrait; a source with
    fewer lines keeps its own size. Sides are even, as 4:2:0 needs: rounded down at most to the source's own.
    """
    lines = min(preset.video.lines, video.display_width, video.display_height)
    width, height = scale_to(lines, video.display_width, video.display_height)
    return VideoRendition(preset.name, width, height, preset.video)


def rungs(presets: Sequence[Preset], video: VideoStream) -> tuple[list[VideoRendition], list[str]]:
    """Return a ladder's renditions, the largest first, and a note for each rung left out.

    Of rungs that come out in one size, because the source is smaller than they are, the preset with the fewest lines
    stays: its rate is the one meant for the nearest size.
    """
    notes: list[str] = []
    kept: dict[tuple[int, int], Preset] = {}
    for preset in sorted(presets, key=lambda preset: preset.video.lines):
        rendition = fit(preset, video)
        size = (rendition.width, rendition.height)
        if size in kept:
            notes.append(f"{preset.name} is left out: like {kept[size].name} it would be {size[0]}x{size[1]}.")
        else:
            kept[size] = preset
    return [fit(preset, video) for preset in reversed(kept.values())], notes


def scale_to(lines: int, width: int, height: int) -> tuple[int, int]:
    """Scale a size so that its short side has ``lines``, to even numbers."""
    short = min(width, height)
    return _even(width * lines / short, width), _even(height * lines / short, height)


def _even(length: float, most: int) -> int:
    """The nearest even number that is not above ``most``, and at least 2."""
    nearest = round(length / 2) * 2
    return max(2, nearest if nearest <= most else most - most % 2)
