"""Which sounds and subtitles become the tracks of a job's outputs."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from cloudtranscode.jobs.spec.fields import Language, SourceUri, Words
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


class SubtitleTrack(Words):
    """A track of subtitles: a ``file`` (SRT, WebVTT, ASS), a ``stream`` of the source, or captions in its picture.

    ``stream`` counts from 0 among the source's subtitles. ``forced`` ones are shown to everybody.
    """

    file: SourceUri | None = None
    stream: TrackNumber | None = None
    captions: bool = False
    language: Language | None = None
    name: TrackName | None = None
    forced: bool = False

    @model_validator(mode="after")
    def _from_one(self) -> Self:
        if sum((self.file is not None, self.stream is not None, self.captions)) != 1:
            raise ValueError("must have one of file, stream and captions")
        return self


class Tracks(Words):
    """The tracks of a job, in the order that outputs count them from 0."""

    audio: Annotated[list[AudioTrack], Field(max_length=64)] = Field(default_factory=list)
    subtitles: Annotated[list[SubtitleTrack], Field(max_length=64)] = Field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """The URIs of the files that subtitles come from."""
        return [one.file for one in self.subtitles if one.file]
