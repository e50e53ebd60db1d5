"""The outputs that a job document can ask for; the names are those of :mod:`cloudtranscode.media.outputs`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cloudtranscode.jobs.spec.asked import Asked
from cloudtranscode.jobs.spec.fields import ObjectUri, PrefixUri, PresetName, Seconds, Table
from cloudtranscode.jobs.spec.ladder import EncryptionWords
from cloudtranscode.jobs.spec.overlays import TextWords, WatermarkWords
from cloudtranscode.jobs.spec.pictures import ImageOutput, PagesOutput, PdfOutput, TextOutput
from cloudtranscode.jobs.spec.sounds import WaveformOutput
from cloudtranscode.jobs.spec.stills import PosterOutput, PreviewOutput, SpriteOutput, ThumbnailsOutput
from cloudtranscode.jobs.spec.texts import SubtitlesOutput
from cloudtranscode.jobs.spec.tracks import TrackNumber
from cloudtranscode.media.outputs import PresetChoice

_LARGEST = "1080p"
"""What a ladder that is derived from its source starts with, unless it names a preset."""


class _Encoded(Asked):
    """What differs from the preset, as fields of its tables, and what is laid over the picture."""

    size: Table = Field(default_factory=dict)
    video: Table = Field(default_factory=dict)
    audio: Table = Field(default_factory=dict)
    watermark: WatermarkWords | None = None
    text: Annotated[list[TextWords], Field(max_length=16)] = Field(default_factory=list)
    burn: Annotated[TrackNumber | None, Field(description="The subtitle track to burn in.")] = None

    @property
    def images(self) -> list[str]:
        """The watermark's picture."""
        return [self.watermark.image] if self.watermark else []

    def _differing(self, *presets: str) -> list[PresetChoice]:
        return [PresetChoice(preset, self.size, self.video, self.audio) for preset in presets]


class FileOutput(_Encoded):
    """One file with picture and sound; ``tracks`` and ``subtitles`` are numbers of the job's tracks."""

    type: Literal["mp4", "fmp4", "mov", "webm", "mkv", "ts"]
    preset: PresetName
    tracks: Annotated[list[TrackNumber], Field(max_length=32)] = Field(default_factory=lambda: [0])
    subtitles: Annotated[list[TrackNumber], Field(max_length=32)] = Field(default_factory=list)
    to: ObjectUri

    @property
    def choices(self) -> list[PresetChoice]:
        """The preset."""
        return self._differing(self.preset)


class AudioOutput(Asked):
    """One file of sound alone."""

    type: Literal["m4a", "mp3", "ogg", "flac", "wav", "ac3", "eac3"]
    preset: PresetName
    audio: Table = Field(default_factory=dict)
    track: TrackNumber = 0
    to: ObjectUri

    @property
    def choices(self) -> list[PresetChoice]:
        """The preset."""
        return [PresetChoice(self.preset, audio=self.audio)]


class LadderOutput(_Encoded):
    """A ladder of CMAF segments under a prefix: ``master.m3u8``, ``manifest.mpd``, or both (``cmaf``)."""

    type: Literal["hls", "dash", "cmaf"]
    presets: Annotated[list[PresetName], Field(max_length=16)] = Field(default_factory=list)
    ladder: Literal["auto"] | None = None
    subtitles: Annotated[list[TrackNumber], Field(max_length=32)] = Field(default_factory=list)
    segment: Annotated[Seconds, Field(ge=1, le=60, description="Seconds; a multiple of the presets' GOP.")] = 6.0
    iframes: Annotated[bool, Field(description="Playlists of I-frames alone, for HLS.")] = True
    encryption: EncryptionWords | None = None
    to: PrefixUri

    @model_validator(mode="after")
    def _chosen(self) -> LadderOutput:
        if not self.presets and not self.ladder:
            raise ValueError("needs presets, or ladder: auto")
        if len(self.presets) > 1 and self.ladder:
            raise ValueError("takes one preset with ladder: auto, that of the largest rung")
        if self.type != "dash" and self.encryption and not self.encryption.key_uri:
            raise ValueError("needs encryption.key_uri, where HLS players ask for the key")
        return self

    @property
    def choices(self) -> list[PresetChoice]:
        """Those of all rungs; where these are derived from the source, that of the largest."""
        return self._differing(*(self.presets or [_LARGEST]))

    @property
    def below(self) -> bool:
        """A ladder is many files."""
        return True


Output = Annotated[
    FileOutput
    | AudioOutput
    | LadderOutput
    | PosterOutput
    | ThumbnailsOutput
    | SpriteOutput
    | PreviewOutput
    | WaveformOutput
    | SubtitlesOutput
    | ImageOutput
    | PagesOutput
    | TextOutput
    | PdfOutput,
    Field(discriminator="type"),
]
