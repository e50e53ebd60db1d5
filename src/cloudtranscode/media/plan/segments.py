"""Whether segments can be made as they are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.media.containers import SEGMENTS
from cloudtranscode.media.outputs import Ladder
from cloudtranscode.media.rendition import Preset

_SAME = 1e-6


def check_segments(output: Ladder, presets: Sequence[Preset]) -> None:
    """Return when segments of this length and these codecs can be made: each begins with a GOP, in every rung.

    Errors: :class:`InvalidDocument`.
    """
    for preset in presets:
        gops = output.segment_s / preset.video.gop_s if preset.video else 1.0
        if preset.video and (round(gops) < 1 or abs(gops - round(gops)) > _SAME):
            raise InvalidDocument(
                f"Output {output.id}: segments of {output.segment_s:g} s are no multiple of the GOP of "
                f"{preset.video.gop_s:g} s, which preset {preset.name} has.",
                remedy="Choose another `segment`, or another `gop_s` in the output's `video`.",
            )
        if preset.video and preset.video.codec not in SEGMENTS.video:
            raise InvalidDocument(f"Output {output.id}: segments hold no {preset.video.codec} ({preset.name}).")
        if preset.audio and preset.audio.codec not in SEGMENTS.audio:
            raise InvalidDocument(f"Output {output.id}: segments hold no {preset.audio.codec} ({preset.name}).")
