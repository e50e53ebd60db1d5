"""From pictures to sheets and animations: commands that read files of ours alone."""

from __future__ import annotations

from cloudtranscode.media.encode.stills.formats import ENCODERS, PIXELS
from cloudtranscode.media.encode.stills.shots import cells_path, series_folder
from cloudtranscode.media.outputs import PreviewFormat, StillFormat
from cloudtranscode.media.plan.pictures import Animation, SpriteSheets
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.programs import Tool
from cloudtranscode.media.tools.words import FINISHED, PLAIN, START, own_file

_DITHERED = "paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle"
_ANIMATIONS = {
    PreviewFormat.WEBP: (PIXELS[StillFormat.WEBP], ("-c:v", "libwebp_anim", "-q:v", "60", "-f", "webp")),
    PreviewFormat.GIF: (
        f"split[seen][drawn];[seen]palettegen=stats_mode=diff[palette];[drawn][palette]{_DITHERED}",
        ("-c:v", "gif", "-f", "gif"),
    ),
}
_FOR_EVER = ("-loop", "0")


def assembly_commands(plan: Plan) -> list[Command]:
    """Return the commands that make sheets and animations of the pictures that were taken."""
    return [*map(_sheets, plan.sprites), *map(_animation, plan.previews)]


def sheet_path(item: SpriteSheets) -> str:
    """Where the sheets lie: ``%03d`` counts from 1."""
    return f"{series_folder(item)}/sprite%03d.{item.format}"


def animation_path(item: Animation) -> str:
    """Where an animation lies; it is an output as it is."""
    return f"{FINISHED}/{item.output_id}.{item.format}"


def _sheets(item: SpriteSheets) -> Command:
    filters = f"tile={item.columns}x{item.rows},{PIXELS[item.format]}"
    words = (*_pictures(cells_path(item)), "-vf", filters, *ENCODERS[item.format], *PLAIN, "-fps_mode", "passthrough")
    return Command(Tool.FFMPEG, (*words, "-f", "image2", sheet_path(item)))


def _animation(item: Animation) -> Command:
    filters, words = _ANIMATIONS[item.format]
    rate = ("-framerate", f"{1 / item.grid.slot_s:.6g}")
    return Command(
        Tool.FFMPEG,
        (*_pictures(cells_path(item), *rate), "-vf", filters, *PLAIN, *_FOR_EVER, *words, animation_path(item)),
    )


def _pictures(pattern: str, *rate: str) -> tuple[str, ...]:
    return *START, *rate, "-f", "image2", "-start_number", "1", *own_file(pattern)
