"""The decision: which pictures are made of a picture, to the pixel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cloudtranscode.errors import InvalidDocument, SourceUnsupported
from cloudtranscode.media.images.formats import FORMATS, MAX_FRAMES, MAX_PIXELS, MAX_SIDE, READABLE
from cloudtranscode.media.images.framing import Operation, operations
from cloudtranscode.media.images.info import ImageInfo
from cloudtranscode.media.images.output import ImageFormat, ImageOutput, Keep
from cloudtranscode.media.plain import plain, restore

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_DEEP_BITS = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: ``frames`` from ``page`` on, each put through ``operations``, ends as ``width`` x ``height``.

    ``background`` is given where the format cannot be transparent; ``bit_depth`` is 8 or 16.
    """

    output_id: str
    format: ImageFormat
    width: int
    height: int
    page: int
    frames: int
    operations: tuple[Operation, ...]
    background: str | None
    bit_depth: int
    quality: int | None
    keep: Keep
    lossless: bool


@dataclass(frozen=True, slots=True)
class ImagePlan:
    """All that a job does with a picture; ``notes`` tell the client where it differs from what was asked."""

    source: ImageInfo
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        data: dict[str, Any] = plain(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ImagePlan:
        """Rebuild from :meth:`to_dict`."""
        return restore(cls, data)


def readable(form: str) -> str:
    """Return the format if pictures of it are decoded. Errors: :class:`SourceUnsupported`."""
    if form not in READABLE:
        raise SourceUnsupported(
            f"The source is a picture of the format {form}, which is not read.",
            remedy=f"Export it in one of these formats: {', '.join(sorted(READABLE))}.",
        )
    return form


def make_image_plan(outputs: Sequence[ImageOutput], info: ImageInfo) -> ImagePlan:
    """Decide how ``outputs`` are made of a picture.

    Errors: :class:`SourceUnsupported` when the picture or what it would become is too large, or a step leaves nothing
    of it; :class:`InvalidDocument` for a colour that is none.
    """
    _bounded("The source", info.width, info.height, MAX_SIDE, MAX_PIXELS)
    notes: list[str] = []
    pictures = tuple(plan_picture(output, info, notes) for output in outputs)
    return ImagePlan(info, pictures, tuple(notes))


def plan_picture(output: ImageOutput, info: ImageInfo, notes: list[str]) -> Picture:
    """Decide how one picture is made; what the client should know is added to ``notes``. Errors: as above."""
    facts, name = FORMATS[output.format], f"Output {output.id}"
    if not 0 < output.page <= info.frames:
        raise SourceUnsupported(f"{name}: the source has {info.frames} pages; there is no page {output.page}.")
    frames = _frames(output, info, notes)
    try:
        made = operations(output.steps, (info.width, info.height))
    except ValueError as error:
        raise SourceUnsupported(f"{name}: {error}.") from error
    for operation in made:
        _bounded(name, operation.width, operation.height * frames, MAX_SIDE * frames, MAX_PIXELS)
    width, height = (made[-1].width, made[-1].height) if made else (info.width, info.height)
    _bounded(f"{name} as {output.format}", width, height, facts.max_side, facts.max_pixels)
    for color in (output.background, *(operation.background for operation in made)):
        if color and not _COLOR.fullmatch(color):
            raise InvalidDocument(f"{name}: {color!r} is no colour such as #ffffff.")
    return Picture(
        output_id=output.id,
        format=output.format,
        width=width,
        height=height,
        page=output.page,
        frames=frames,
        operations=tuple(made),
        background=None if facts.alpha else output.background,
        bit_depth=16 if facts.deep and info.bit_depth > _DEEP_BITS else 8,
        quality=output.quality,
        keep=output.keep,
        lossless=output.lossless,
    )


def _frames(output: ImageOutput, info: ImageInfo, notes: list[str]) -> int:
    """How many frames are kept: all of an animation where the format has frames, else one."""
    if info.frames == 1 or output.page > 1:
        return 1
    if not (output.animated and FORMATS[output.format].frames and info.format in {"gif", "webp"}):
        notes.append(f"Output {output.id}: the source has {info.frames} pages or frames; one of them is taken.")
        return 1
    if info.frames > MAX_FRAMES or info.frames * info.width * info.height > MAX_PIXELS:
        raise SourceUnsupported(
            f"Output {output.id}: the animation has {info.frames} frames of {info.width}x{info.height}, too many.",
            remedy="Ask for one frame with `animated: false`, or for a video.",
        )
    return info.frames


def _bounded(name: str, width: int, height: int, side: int, pixels: int) -> None:
    if max(width, height) > side or width * height > pixels:
        raise SourceUnsupported(
            f"{name}: {width}x{height} pixels are too many; at most {side} on a side and {pixels} together."
        )
