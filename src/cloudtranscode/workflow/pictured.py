"""The pictures and documents of a job document in the media room's words."""

from __future__ import annotations

from pathlib import PurePosixPath

from cloudtranscode.jobs.spec import pictures as words
from cloudtranscode.location import parse_s3
from cloudtranscode.media.documents.output import (
    DocumentOutput,
    PageRange,
    PagesOutput,
    PdfOutput,
    TextOutput,
    parse_ranges,
)
from cloudtranscode.media.images.formats import SUFFIXES
from cloudtranscode.media.images.geometry import parse_geometry
from cloudtranscode.media.images.output import (
    Crop,
    Gravity,
    ImageFormat,
    ImageOutput,
    Keep,
    Mode,
    Resize,
    Rotate,
    Step,
    crop_by,
    resize_by,
)


def picture_of(
    name: str, output: words.ImageOutput | words.PagesOutput | words.TextOutput | words.PdfOutput
) -> DocumentOutput:
    """Return what is to be made, under the id ``name``."""
    match output:
        case words.ImageOutput():
            return _image(name, output)
        case words.PagesOutput():
            ranges, form = _ranges(output.pages), ImageFormat(output.format)
            return PagesOutput(name, form, ranges, output.dpi, output.width, output.height, output.quality)
        case words.TextOutput():
            return TextOutput(name, _ranges(output.pages), output.each_page)
        case words.PdfOutput():
            return PdfOutput(name)


def _image(name: str, output: words.ImageOutput) -> ImageOutput:
    suffix = PurePosixPath(parse_s3(output.to).key).suffix.lower()
    return ImageOutput(
        id=name,
        format=ImageFormat(output.format) if output.format else SUFFIXES[suffix],
        quality=output.quality,
        steps=tuple(map(_step, output.steps)),
        background=output.background,
        keep=Keep(output.keep),
        animated=output.animated,
        lossless=output.lossless,
        page=output.page,
    )


def _step(step: words.Step) -> Step:
    """The one thing that a step says, which may be a text as ImageMagick has it: there, a thumbnail is a resize."""
    if step.rotate:
        return Rotate(step.rotate)
    match step.resize or step.thumbnail or step.crop:
        case words.Resize() as resize:
            return Resize(
                width=resize.width,
                height=resize.height,
                percent=(resize.percent, resize.percent) if resize.percent else None,
                area=resize.area,
                mode=Mode(resize.mode),
                gravity=Gravity(resize.gravity),
                background=resize.background,
                enlarge=resize.enlarge,
            )
        case words.Thumbnail() as box:
            return Resize(box.width, box.height, mode=Mode.FILL, gravity=Gravity(box.gravity), enlarge=box.enlarge)
        case words.Crop() as crop:
            gravity = Gravity(crop.gravity) if crop.gravity else None
            return Crop(crop.width, crop.height, x=crop.x, y=crop.y, gravity=gravity)
        case text:
            geometry = parse_geometry(text or "")
            return crop_by(geometry) if step.crop else resize_by(geometry)


def _ranges(text: str | None) -> tuple[PageRange, ...]:
    return parse_ranges(text) if text else ()
