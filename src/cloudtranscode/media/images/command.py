"""The orders that the jailed program gets: to probe a picture, to make others of it, and to look at those."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cloudtranscode.media.images.formats import FORMATS, MAX_PIXELS, MAX_SIDE, save_options, saver
from cloudtranscode.media.images.plan import ImagePlan, Picture
from cloudtranscode.media.tools.command import Command, python_command
from cloudtranscode.media.tools.door import lent
from cloudtranscode.media.tools.limits import Limits
from cloudtranscode.media.tools.words import FINISHED

PROGRAM = Path(__file__).with_name("vips_program.py")
_BOUNDS = {"bytes": 512 << 20, "side": MAX_SIDE, "pixels": MAX_PIXELS}
_LOOKS = "looks.json"
_WORD = 64 << 10
"""Half of what execve(2) takes as one word."""

_READ_S, _MAKE_S = 120, 240
"""Seconds of CPU for reading the largest source, and for making the largest picture; who takes more means to."""


def picture_path(picture: Picture) -> str:
    """Where a finished picture lies in the scratch folder."""
    return f"{FINISHED}/{picture.output_id}{FORMATS[picture.format].suffix}"


def probe_command(form: str) -> Command:
    """Fetch the source and read its headers; ``form`` is what its first bytes say."""
    return program_command(PROGRAM, {"do": "probe", "format": form}, _limits(), source=True)


def make_command(plan: ImagePlan) -> Command:
    """Fetch the source and make every picture."""
    pictures = [picture_order(picture) for picture in plan.pictures]
    order = {"do": "make", "format": plan.source.format, "pictures": pictures}
    return program_command(PROGRAM, order, _limits(len(pictures)), source=True)


def look_command(plan: ImagePlan) -> Command:
    """Read every finished picture to its end."""
    return look_at(
        {"id": one.output_id, "path": picture_path(one), "format": one.format.value, "frames": one.frames}
        for one in plan.pictures
    )


def look_at(pictures: Iterable[dict[str, Any]]) -> Command:
    """Read these to their ends: each ``{id, path, format, frames}``, the id that which it was made under."""
    order = {"do": "look", "pictures": list(pictures)}
    return program_command(PROGRAM, order, _limits(len(order["pictures"])))


def program_command(program: Path, order: dict[str, Any], limits: Limits, *, source: bool = False) -> Command:
    """Give an order to a program, with the source's address if it is to fetch that."""
    text = json.dumps({**order, "looks": _LOOKS, "limits": _BOUNDS})
    words = [text[at : at + _WORD] for at in range(0, len(text), _WORD)]
    beside = () if program == PROGRAM else (PROGRAM,)
    return python_command(program, lent("source") if source else "-", *words, readable=beside, limits=limits)


def picture_order(picture: Picture) -> dict[str, Any]:
    """How the program is told of one picture."""
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


def _limits(pictures: int = 0) -> Limits:
    seconds = _READ_S + _MAKE_S * pictures
    return Limits(memory_bytes=6 << 30, cpu_seconds=seconds, file_bytes=4 << 30, open_files=256, threads=64)


def _rgb(color: str | None) -> list[int] | None:
    return list(bytes.fromhex(color.removeprefix("#"))) if color else None
