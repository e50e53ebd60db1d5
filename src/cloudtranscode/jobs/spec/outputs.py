"""The outputs that a job document can ask for; the names are those of :mod:`cloudtranscode.media.outputs`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cloudtranscode.jobs.spec.fields import At, ObjectUri, PrefixUri, PresetName, Table, Words


class _Output(Words):
    """What all outputs have in common."""

    @property
    def images(self) -> list[str]:
        """The URIs of the pictures that are laid over this one."""
        return []

    @property
    def preset_names(self) -> list[str]:
        """The presets that are named, with repetitions."""
        return []

    @property
    def below(self) -> bool:
        """Whether ``to`` is a prefix, and the files go below it."""
        return False


class _Encoded(_Output):
    """What differs from the preset, as fields of its tables."""

    size: Table = Field(default_factory=dict)
    video: Table = Field(default_factory=dict)
    audio: Table = Field(default_factory=dict)


class FileOutput(_Encoded):
    """One file with picture and sound."""

    type: Literal["mp4", "fmp4", "mov", "webm", "mkv", "ts"]
    preset: PresetName
    to: ObjectUri

    @property
    def preset_names(self) -> list[str]:
        """The preset."""
        return [self.preset]


class AudioOutput(_Output):
    """One file of sound alone."""

    type: Literal["m4a", "mp3", "ogg", "flac", "wav", "ac3", "eac3"]
    preset: PresetName
    audio: Table = Field(default_factory=dict)
    track: Annotated[int, Field(ge=0, le=63)] = 0
    to: ObjectUri

    @property
    def preset_names(self) -> list[str]:
        """The preset."""
        return [self.preset]


class LadderOutput(_Encoded):
    """A ladder of CMAF segments under a prefix: ``master.m3u8``, ``manifest.mpd``, or both (``cmaf``)."""

    type: Literal["hls", "dash", "cmaf"]
    presets: Annotated[list[PresetName], Field(min_length=1, max_length=16)]
    to: PrefixUri

    @property
    def preset_names(self) -> list[str]:
        """Those of all rungs."""
        return list(self.presets)

    @property
    def below(self) -> bool:
        """A ladder is many files."""
        return True


class PosterOutput(_Output):
    """One picture of the frame at a time of the source."""

    type: Literal["poster"]
    at: At = 0.0
    to: ObjectUri


Output = Annotated[FileOutput | AudioOutput | LadderOutput | PosterOutput, Field(discriminator="type")]
