"""What a job document can ask for of subtitles."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cloudtranscode.jobs.spec.asked import Asked
from cloudtranscode.jobs.spec.fields import ObjectUri
from cloudtranscode.jobs.spec.stills import suffix_of
from cloudtranscode.jobs.spec.tracks import TrackNumber

SUBTITLE_SUFFIXES = {".vtt": "vtt", ".srt": "srt", ".ass": "ass"}


class SubtitlesOutput(Asked):
    """One track of subtitles as a file; its format is what ``to`` ends with."""

    type: Literal["subtitles"]
    track: Annotated[TrackNumber, Field(description="The number of the job's subtitle track.")] = 0
    to: ObjectUri

    @model_validator(mode="after")
    def _known_format(self) -> Self:
        if suffix_of(self.to) not in SUBTITLE_SUFFIXES:
            raise ValueError(f"must have a destination that ends with one of {', '.join(SUBTITLE_SUFFIXES)}")
        return self
