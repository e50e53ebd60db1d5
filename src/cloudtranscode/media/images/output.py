"""What can be asked for of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cloudtranscode.media.images.geometry import Geometry


class ImageFormat(StrEnum):
    """How a picture is stored."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    TIFF = "tiff"
    GIF = "gif"


class Keep(StrEnum):
    """Which metadata stays: none, the colour profile (and the colours it stands for), or all of it."""

    NONE = "none"
    ICC = "icc"
    ALL = "all"


class Mode(StrEnum):
    """How a picture comes into a box of another shape.

    ``FIT`` stays inside it, ``COVER`` is just as large as to cover it, ``FILL`` covers it and is cut to it, ``PAD``
    stays inside and gets a margin, ``EXACT`` is distorted.
    """

    FIT = "fit"
    COVER = "cover"
    FILL = "fill"
    PAD = "pad"
    EXACT = "exact"


class Gravity(StrEnum):
    """Where a smaller picture lies in a larger one; ``SMART`` is where the eye is drawn to."""

    CENTER = "center"
    NORTH = "north"
    NORTHEAST = "northeast"
    EAST = "east"
    SOUTHEAST = "southeast"
    SOUTH = "south"
    SOUTHWEST = "southwest"
    WEST = "west"
    NORTHWEST = "northwest"
    SMART = "smart"


@dataclass(frozen=True, slots=True)
class Resize:
    """Scale to ``width`` and ``height``, one of which may be left out; to ``percent`` of both; or to an ``area``.

    A picture grows only where ``enlarge``, and becomes smaller only where ``shrink``. A box that may not be filled
    keeps its shape and is as large as the picture allows. ``gravity`` is for ``FILL`` and ``PAD``.
    """

    width: int | None = None
    height: int | None = None
    percent: tuple[float, float] | None = None
    area: int | None = None
    mode: Mode = Mode.FIT
    gravity: Gravity = Gravity.CENTER
    background: str | None = None
    enlarge: bool = False
    shrink: bool = True


@dataclass(frozen=True, slots=True)
class Crop:
    """Cut out ``width`` x ``height`` (or ``percent`` of both) at ``x``, ``y``, or where ``gravity`` says.

    What lies outside of the picture is left out.
    """

    width: int | None = None
    height: int | None = None
    percent: tuple[float, float] | None = None
    x: int = 0
    y: int = 0
    gravity: Gravity | None = None


@dataclass(frozen=True, slots=True)
class Rotate:
    """Turn clockwise by 90, 180 or 270 degrees."""

    degrees: int


Step = Resize | Crop | Rotate


@dataclass(frozen=True, slots=True)
class ImageOutput:
    """One picture made of a picture or of a document's page: ``steps`` in their order, after the EXIF orientation.

    ``quality`` is 1 to 100, ``None`` the format's own default. ``background`` (``#rrggbb``) shows where the picture is
    transparent and the format cannot be. ``animated`` keeps the frames where the format can; ``page`` counts from 1
    and picks a page or frame otherwise.
    """

    id: str
    format: ImageFormat
    quality: int | None = None
    steps: tuple[Step, ...] = ()
    background: str = "#ffffff"
    keep: Keep = Keep.NONE
    animated: bool = True
    lossless: bool = False
    page: int = 1


def resize_by(geometry: Geometry) -> Resize:
    """What ImageMagick's ``-resize`` does with a geometry: it enlarges, too, unless told otherwise."""
    enlarge, shrink = not geometry.only_shrink, not geometry.only_enlarge
    if geometry.flag == "@":
        return Resize(area=round(geometry.width or 1), enlarge=enlarge, shrink=shrink)
    if geometry.percent:
        return Resize(percent=_percents(geometry), enlarge=enlarge, shrink=shrink)
    mode = {"!": Mode.EXACT, "^": Mode.COVER}.get(geometry.flag, Mode.FIT)
    width, height = (round(side) if side else None for side in (geometry.width, geometry.height))
    return Resize(width, height, mode=mode, enlarge=enlarge, shrink=shrink)


def crop_by(geometry: Geometry) -> Crop:
    """What ImageMagick's ``-crop`` does with a geometry; without an offset, where it makes tiles, the first tile."""
    x, y = geometry.x or 0, geometry.y or 0
    if geometry.percent:
        return Crop(percent=_percents(geometry), x=x, y=y)
    width, height = (round(side) if side else None for side in (geometry.width, geometry.height))
    return Crop(width, height, x=x, y=y)


def _percents(geometry: Geometry) -> tuple[float, float]:
    """One number stands for both sides; a side that is left out between ``x`` and nothing keeps its length."""
    width, height = geometry.width, geometry.height
    return width or (height or 100.0), height or (width or 100.0)
