"""The orders that the jailed program gets: to probe a picture, to make others of it, and to look at those."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cloudtranscode.media.images.formats import FORMATS, MAX_PIXELS, MAX_SIDE, save_options, saver
from cloudtranscode.media.images.plan import ImagePlan, Picture
from cloudtranscode.media.tools.command import Command, python_command
from cloudtranscode.media.tools.door import lent
from cloudtranscode.media.tools.limits import Limits
from cloudtranscode.media.tools.words import FINISHED

_PROGRAM = Path(__file__).with_name("vips_program.py")
_BOUNDS = {"bytes": 512 << 20, "side": MAX_SIDE, "pixels": MAX_PIXELS}

_LIMITS = Limits(memory_bytes=6 << 30, cpu_seconds=900, file_bytes=4 << 30, open_files=256, threads=64)
"""What the largest picture that is accepted needs, with room; a picture that takes more is meant to."""


def picture_path(picture: Picture) -> str:
    """Where a finished picture lies in the scratch folder."""
    return f"{FINISHED}/{picture.output_id}{FORMATS[picture.format].suffix}"


def probe_command(form: str) -> Command:
    """Fetch the source and read its headers; ``form`` is what its first bytes say."""
    return _command({"do": "probe", "format": form, "limits": _BOUNDS}, lent("source"))


def make_command(plan: ImagePlan) -> Command:
    """Fetch the source and make every picture."""
    pictures = [_order(picture) for picture in plan.pictures]
    return _command(
        {"do": "make", "format": plan.source.format, "limits": _BOUNDS, "pictures": pictures}, lent("source")
    )


def look_command(plan: ImagePlan) -> Command:
    """Read every finished picture to its end."""
    pictures = [
        {"id": one.output_id, "path": picture_path(one), "format": one.format.value, "frames": one.frames}
        for one in plan.pictures
    ]
    return _command({"do": "look", "limits": _BOUNDS, "pictures": pictures})


def _order(picture: Picture) -> dict[str, Any]:
    return {
        "id": picture.output_id,
        "path": picture_path(picture),
        "page": picture.page - 1,
        "frames": picture.frames,
        "depth": picture.bit_depth,
        "background": _rgb(picture.background),
        "operations": [
            {
                "do": one.do.value,
                "width": one.width,
                "height": one.height,
                "x": one.x,
                "y": one.y,
                "degrees": one.degrees,
                "background": _rgb(one.background),
            }
            for one in picture.operations
        ],
        "saver": saver(picture.format),
        "options": save_options(picture.format, picture.quality, picture.keep, lossless=picture.lossless),
    }


def _rgb(color: str | None) -> list[int] | None:
    return list(bytes.fromhex(color.removeprefix("#"))) if color else None


def _command(order: dict[str, Any], *urls: str) -> Command:
    return python_command(_PROGRAM, json.dumps(order), *urls, limits=_LIMITS)
