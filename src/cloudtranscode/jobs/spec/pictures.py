"""What a job document can ask for of pictures and documents."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from cloudtranscode.jobs.spec.asked import Asked
from cloudtranscode.jobs.spec.fields import ObjectUri, PrefixUri, Words
from cloudtranscode.location import parse_s3
from cloudtranscode.media.documents.output import parse_ranges
from cloudtranscode.media.images.formats import MAX_SIDE, SUFFIXES
from cloudtranscode.media.images.geometry import parse_geometry


def _geometry(text: str) -> str:
    parse_geometry(text)
    return text


def _ranges(text: str) -> str:
    parse_ranges(text)
    return text


Side = Annotated[int, Field(ge=1, le=MAX_SIDE)]
Percent = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False, strict=False)]
Quality = Annotated[int, Field(ge=1, le=100)]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
GeometryText = Annotated[
    str, StringConstraints(max_length=64), AfterValidator(_geometry), Field(examples=["800x600>", "50%"])
]
PageRanges = Annotated[str, StringConstraints(max_length=1024), AfterValidator(_ranges), Field(examples=["1-3,7,10-"])]
FormatName = Literal["jpeg", "png", "webp", "avif", "tiff", "gif"]
GravityName = Literal[
    "center", "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest", "smart"
]


class Resize(Words):
    """Scale into a box, by percent, or to an area in pixels; nothing is enlarged unless ``enlarge``."""

    width: Side | None = None
    height: Side | None = None
    percent: Percent | None = None
    area: Annotated[int, Field(ge=1)] | None = None
    mode: Literal["fit", "cover", "fill", "pad", "exact"] = "fit"
    gravity: GravityName = "center"
    background: Color | None = None
    enlarge: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [self.width or self.height, self.percent, self.area]
        if sum(value is not None for value in given) != 1:
            raise ValueError("must have width or height, or percent, or area")
        if self.mode != "fit" and not (self.width and self.height):
            raise ValueError(f"must have width and height for the mode {self.mode}")
        return self


class Thumbnail(Words):
    """Fill a box exactly: scaled and cut."""

    width: Side
    height: Side
    gravity: GravityName = "center"
    enlarge: bool = False


class Crop(Words):
    """Cut out a rectangle at ``x``, ``y``, or where ``gravity`` says."""

    width: Side | None = None
    height: Side | None = None
    x: Annotated[int, Field(ge=0, le=MAX_SIDE)] = 0
    y: Annotated[int, Field(ge=0, le=MAX_SIDE)] = 0
    gravity: GravityName | None = None


class Step(Words):
    """One thing to be done; a text is a geometry as ImageMagick understands it for the option of the same name."""

    resize: GeometryText | Resize | None = None
    thumbnail: GeometryText | Thumbnail | None = None
    crop: GeometryText | Crop | None = None
    rotate: Literal[90, 180, 270] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = self.resize, self.thumbnail, self.crop, self.rotate
        if sum(value is not None for value in given) != 1:
            raise ValueError("must be one of resize, thumbnail, crop and rotate")
        return self


class ImageOutput(Asked):
    """A picture made of a picture, or of one page of a document. ``format`` is by default what ``to`` ends with."""

    type: Literal["image"]
    format: FormatName | None = None
    quality: Quality | None = None
    lossless: bool = False
    steps: Annotated[list[Step], Field(max_length=16)] = Field(default_factory=list)
    background: Color = "#ffffff"
    keep: Literal["none", "icc", "all"] = "none"
    animated: bool = True
    page: Annotated[int, Field(ge=1)] = 1
    to: ObjectUri

    @model_validator(mode="after")
    def _known_format(self) -> Self:
        if self.format is None and PurePosixPath(parse_s3(self.to).key).suffix.lower() not in SUFFIXES:
            raise ValueError(f"must have a format, or a destination that ends with one of {', '.join(SUFFIXES)}")
        return self


class PagesOutput(Asked):
    """A picture of each page of a document, as ``page_0001.jpg`` and so on under a prefix."""

    type: Literal["pages"]
    format: FormatName = "jpeg"
    pages: PageRanges | None = None
    dpi: Annotated[float, Field(ge=10, le=1200, strict=False)] = 150.0
    width: Side | None = None
    height: Side | None = None
    quality: Quality | None = None
    to: PrefixUri

    @property
    def below(self) -> bool:
        """Pages are many files."""
        return True


class TextOutput(Asked):
    """The text of a document as UTF-8: one object, or with ``each_page`` an object for each page under a prefix."""

    type: Literal["text"]
    pages: PageRanges | None = None
    each_page: bool = False
    to: PrefixUri

    @property
    def below(self) -> bool:
        """Pages are many files."""
        return self.each_page

    @model_validator(mode="after")
    def _one_object(self) -> Self:
        if not self.each_page and (not parse_s3(self.to).key or self.to.endswith("/")):
            raise ValueError("must name one object, or have each_page")
        return self


class PdfOutput(Asked):
    """An office document as PDF."""

    type: Literal["pdf"]
    to: ObjectUri
