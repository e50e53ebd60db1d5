"""Which of a source's sounds become the tracks of a job's outputs."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from cloudtranscode.jobs.spec.fields import Language, Words
from cloudtranscode.media.sound.layouts import LAYOUTS

TrackNumber = Annotated[int, Field(ge=0, le=63)]


def _layout(value: str) -> str:
    if value not in LAYOUTS:
        raise ValueError(f"must be one of {', '.join(LAYOUTS)}")
    return value


Layout = Annotated[str, AfterValidator(_layout), Field(json_schema_extra={"enum": list(LAYOUTS)})]
TrackName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r'^[^\x00-\x1f\x7f"]+$')]


class AudioTrack(Words):
    """A track of sound: ``streams`` of the source by their numbers, or its first stream in ``language``.

    Several streams are put side by side in their order; ``layout`` says what they are together. A layout with another
    number of channels is what the track is mixed to. With ``streams``, ``language`` says what is spoken there.
    """

    streams: Annotated[list[TrackNumber], Field(max_length=16)] = Field(default_factory=list)
    language: Language | None = None
    layout: Layout | None = None
    name: TrackName | None = None


class Tracks(Words):
    """The tracks of a job, in the order that outputs count them from 0."""

    audio: Annotated[list[AudioTrack], Field(max_length=64)] = Field(default_factory=list)
