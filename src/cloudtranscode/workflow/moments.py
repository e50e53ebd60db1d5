"""The pictures of a video that a job document asks for, in the media room's words."""

from __future__ import annotations

from cloudtranscode.jobs.spec import stills as words
from cloudtranscode.media.outputs import (
    Moment,
    MomentKind,
    Poster,
    Preview,
    PreviewFormat,
    Sprite,
    StillFormat,
    Thumbnails,
)
from cloudtranscode.media.rendition import Fit, Size


def pictures_of(
    name: str, output: words.PosterOutput | words.ThumbnailsOutput | words.SpriteOutput | words.PreviewOutput
) -> Poster | Thumbnails | Sprite | Preview:
    """Return what is to be made, under the id ``name``."""
    match output:
        case words.PosterOutput():
            form = StillFormat(output.format or words.STILL_SUFFIXES[words.suffix_of(output.to)])
            return Poster(name, moment_of(output.at), form, _size(output.size, Poster(name).size))
        case words.ThumbnailsOutput():
            size = _size(output.size, Thumbnails(name).size)
            form = StillFormat(output.format)
            return Thumbnails(name, output.every, output.count, form, size, output.name)
        case words.SpriteOutput():
            size = _size(output.size, Sprite(name).size)
            return Sprite(name, output.every, output.columns, output.rows, StillFormat(output.format), size)
        case words.PreviewOutput():
            form_of_name = PreviewFormat(words.PREVIEW_SUFFIXES[words.suffix_of(output.to)])
            size = _size(output.size, Preview(name).size)
            return Preview(name, form_of_name, output.length, output.clips, output.frame_rate, size)


def moment_of(at: float | str) -> Moment:
    """Read a time as :func:`cloudtranscode.jobs.spec.fields.moment` leaves it."""
    if at == "best":
        return Moment(MomentKind.BEST)
    if isinstance(at, str):
        return Moment(MomentKind.PERCENT, float(at.removesuffix("%")))
    return Moment(MomentKind.SECONDS, at)


def _size(size: words.SizeWords | None, default: Size) -> Size:
    if size is None:
        return default
    return Size(size.lines, size.width, size.height, Fit(size.fit), size.enlarge)
