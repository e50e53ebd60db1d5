"""What a job document can ask for of a source's sound, besides files of it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cloudtranscode.jobs.spec.asked import Asked
from cloudtranscode.jobs.spec.fields import ObjectUri
from cloudtranscode.jobs.spec.stills import suffix_of
from cloudtranscode.jobs.spec.tracks import TrackNumber

WAVEFORM_SUFFIXES = {".png": "png", ".json": "json"}


class WaveformOutput(Asked):
    """The course of a track's level: a picture (``….png``), or peaks as numbers (``….json``).

    ``width``, ``height`` and ``color`` are for the picture, ``peaks_per_second`` is for the numbers.
    """

    type: Literal["waveform"]
    track: TrackNumber = 0
    width: Annotated[int, Field(ge=16, le=16384)] = 1200
    height: Annotated[int, Field(ge=16, le=4096)] = 200
    color: Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{6}$")] = "4f8cc9"
    peaks_per_second: Annotated[int, Field(ge=1, le=1000)] = 20
    to: ObjectUri

    @model_validator(mode="after")
    def _known_format(self) -> Self:
        if suffix_of(self.to) not in WAVEFORM_SUFFIXES:
            raise ValueError(f"must have a destination that ends with {' or '.join(WAVEFORM_SUFFIXES)}")
        return self
