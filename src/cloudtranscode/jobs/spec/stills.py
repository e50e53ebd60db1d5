"""What a job document can ask for of a video's pictures."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cloudtranscode.jobs.spec.asked import Asked
from cloudtranscode.jobs.spec.fields import At, ObjectUri, PrefixUri, Seconds, Words
from cloudtranscode.location import parse_s3

STILL_SUFFIXES = {".jpg": "jpg", ".jpeg": "jpg", ".png": "png", ".webp": "webp"}
PREVIEW_SUFFIXES = {".webp": "webp", ".gif": "gif"}

StillFormatName = Literal["jpg", "png", "webp"]
_Side = Annotated[int, Field(ge=16, le=8192)]
_Interval = Annotated[Seconds, Field(ge=0.01)]
_Pattern = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{0,64}%0[1-9]d[A-Za-z0-9._-]{0,64}$"), Field(examples=["thumb%06d"])
]


class SizeWords(Words):
    """How large: ``lines`` of the short side, or ``width``, ``height`` or both; never larger than the source.

    With both, ``fit`` says how a picture of another shape comes in: smaller, cut, with bars, or distorted.
    """

    lines: _Side | None = None
    width: _Side | None = None
    height: _Side | None = None
    fit: Literal["fit", "fill", "pad", "exact"] = "fit"
    enlarge: bool = False


class PosterOutput(Asked):
    """One picture of the frame at a time, at a part of the duration, or of the best there is.

    ``format`` is by default what ``to`` ends with.
    """

    type: Literal["poster"]
    at: At = 0.0
    format: StillFormatName | None = None
    size: SizeWords | None = None
    to: ObjectUri

    @model_validator(mode="after")
    def _known_format(self) -> Self:
        if self.format is None and suffix_of(self.to) not in STILL_SUFFIXES:
            raise ValueError(f"must have a format, or a destination that ends with one of {', '.join(STILL_SUFFIXES)}")
        return self


class ThumbnailsOutput(Asked):
    """Pictures at equal distances under a prefix: one each ``every`` seconds, or ``count`` of them."""

    type: Literal["thumbnails"]
    every: _Interval | None = None
    count: Annotated[int, Field(ge=1, le=10_000)] | None = None
    format: StillFormatName = "jpg"
    size: SizeWords | None = None
    name: _Pattern = "thumb%06d"
    to: PrefixUri

    @property
    def below(self) -> bool:
        """They are many files."""
        return True

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.every is None) == (self.count is None):
            raise ValueError("must have either every or count")
        return self


class SpriteOutput(Asked):
    """Sheets of small pictures under a prefix, with ``sprite.vtt``, which tells players what shows which time."""

    type: Literal["sprite"]
    every: _Interval = 5.0
    columns: Annotated[int, Field(ge=1, le=100)] = 10
    rows: Annotated[int, Field(ge=1, le=100)] = 10
    format: StillFormatName = "jpg"
    size: SizeWords | None = None
    to: PrefixUri

    @property
    def below(self) -> bool:
        """They are many files."""
        return True


class PreviewOutput(Asked):
    """A short animation that repeats: ``clips`` pieces over the whole source, ``length`` seconds together."""

    type: Literal["preview"]
    length: Annotated[Seconds, Field(ge=0.2, le=60)] = 3.0
    clips: Annotated[int, Field(ge=1, le=20)] = 3
    frame_rate: Annotated[float, Field(ge=1, le=30, strict=False)] = 10.0
    size: SizeWords | None = None
    to: ObjectUri

    @model_validator(mode="after")
    def _known_format(self) -> Self:
        if suffix_of(self.to) not in PREVIEW_SUFFIXES:
            raise ValueError(f"must have a destination that ends with {' or '.join(PREVIEW_SUFFIXES)}")
        return self


def suffix_of(uri: str) -> str:
    """What an object's name ends with, in small letters."""
    return PurePosixPath(parse_s3(uri).key).suffix.lower()
