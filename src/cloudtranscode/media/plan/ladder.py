"""The rungs of a ladder: never larger than the source, none that adds nothing."""

from __future__ import annotations

from collections.abc import Sequence

from cloudtranscode.media.plan.geometry import place
from cloudtranscode.media.rendition import Geometry, Preset
from cloudtranscode.media.source.streams import VideoStream


def rungs(presets: Sequence[Preset], video: VideoStream) -> tuple[list[tuple[Preset, Geometry]], list[str]]:
    """Return a ladder's presets with what they mean for this source, the largest first, and a note for each left out.

    Of rungs that come out in one size, because the source is smaller than they are, the preset with the smallest size
    stays: its rate is the one meant for the nearest size.
    """
    notes: list[str] = []
    kept: dict[tuple[int, int], tuple[Preset, Geometry]] = {}
    for preset in sorted(presets, key=_asked):
        geometry = place(preset.size, video.display_width, video.display_height)
        size = geometry.frame
        if size in kept:
            notes.append(f"{preset.name} is left out: like {kept[size][0].name} it would be {size[0]}x{size[1]}.")
        else:
            kept[size] = preset, geometry
    return list(reversed(kept.values())), notes


def _asked(preset: Preset) -> tuple[int, int]:
    """How large a preset asks for, and then how much it spends."""
    size = preset.size
    wanted = [side for side in (size.lines, size.width, size.height) if side]
    return min(wanted, default=1 << 30), preset.video.nominal_kbps if preset.video else 0
