"""What is laid over an output, in the media room's words."""

from __future__ import annotations

from collections.abc import Mapping

from cloudtranscode.jobs.spec.outputs import FileOutput, LadderOutput
from cloudtranscode.jobs.spec.overlays import TextWords, WatermarkWords
from cloudtranscode.media.rendition import Caption, Overlays, Watermark


def overlays_of(output: FileOutput | LadderOutput, images: Mapping[str, str]) -> Overlays:
    """Return what an output has over its picture; ``images`` are the names under which pictures are lent, by URI."""
    return Overlays(
        watermark=_watermark(output.watermark, images) if output.watermark else None,
        captions=tuple(_caption(one) for one in output.text),
        subtitles=output.burn,
    )


def _watermark(said: WatermarkWords, images: Mapping[str, str]) -> Watermark:
    return Watermark(
        image=images[said.image],
        width=said.width,
        height=said.height,
        x=said.x,
        y=said.y,
        opacity=said.opacity,
        start_s=said.start,
        end_s=said.end,
    )


def _caption(said: TextWords) -> Caption:
    return Caption(
        text=said.text,
        x=said.x,
        y=said.y,
        size=said.size,
        color=said.color,
        box=said.box,
        start_s=said.start,
        end_s=said.end,
    )
