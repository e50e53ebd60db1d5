"""The tracks of a job's subtitles: where each comes from, and each of those that are wanted made once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.outputs import SubtitleTrack
from cloudtranscode.media.plan.plan import TextRendition
from cloudtranscode.media.source.streams import MediaInfo, SubtitleStream, VideoStream

_UNKNOWN = "und"
_NO_LETTER = re.compile(r"[^a-z]")


class Texts:
    """Collects the subtitle renditions that outputs ask for; ``tracks`` are the order's, ``sources`` the clips'.

    Without ``tracks`` there is one for each of the first clip's streams of words, and one for captions in its picture.
    """

    def __init__(
        self, tracks: Sequence[SubtitleTrack], sources: Sequence[MediaInfo], video: VideoStream | None
    ) -> None:
        self._sources = sources
        self._video = video
        self._tracks = list(tracks) or self._found(sources[0])
        self._made: dict[int, TextRendition] = {}

    @property
    def renditions(self) -> tuple[TextRendition, ...]:
        """Everything that was asked for, each once."""
        return tuple(self._made.values())

    def add(self, number: int) -> str:
        """Ask for a track; returns the rendition's id. Errors: ``SourceUnsupported`` where there is no such text."""
        if number >= len(self._tracks):
            raise SourceUnsupported(f"There are {len(self._tracks)} subtitle tracks, none with number {number}.")
        if number not in self._made:
            self._made[number] = self._rendition(number, self._tracks[number])
        return self._made[number].id

    def _found(self, info: MediaInfo) -> list[SubtitleTrack]:
        streams = [SubtitleTrack(stream=number) for number, one in enumerate(info.subtitles) if one.text]
        return [*streams, *([SubtitleTrack(captions=True)] if self._video and self._video.captions else [])]

    def _rendition(self, number: int, track: SubtitleTrack) -> TextRendition:
        if track.captions and not self._video:
            raise SourceUnsupported("The source has no video, and captions are looked for in the picture.")
        stream = None if track.sidecar or track.captions else self._stream(track.stream or 0)
        language = track.language or (stream.language if stream else None)
        return TextRendition(
            id=f"{_letters(language)}{number}",
            track=number,
            language=language,
            name=track.name or (stream.title if stream else None),
            forced=track.forced or bool(stream and stream.forced),
            streams=tuple(self._same(stream, info) for info in self._sources) if stream else (),
            sidecar=track.sidecar,
            captions=track.captions and not track.sidecar,
        )

    def _stream(self, number: int) -> SubtitleStream:
        """A stream of words among the first clip's subtitles."""
        streams = self._sources[0].subtitles
        if number >= len(streams):
            raise SourceUnsupported(
                f"The source has {len(streams)} subtitle streams; there is none with number {number}."
            )
        if not streams[number].text:
            raise SourceUnsupported(
                f"Subtitle stream {number} is made of pictures ({streams[number].codec}), not of words.",
                remedy="Give the subtitles as a file of text (SRT, WebVTT or ASS) in the job's subtitle tracks.",
            )
        return streams[number]

    def _same(self, stream: SubtitleStream, info: MediaInfo) -> int | None:
        """The stream of a clip that goes on with one of the first clip's: of the same language, or at its place."""
        if info is self._sources[0]:
            return stream.index
        words = [one for one in info.subtitles if one.text]
        alike = [one for one in words if one.language == stream.language]
        return alike[0].index if alike else None


def _letters(language: str | None) -> str:
    """What may be part of a file's name of a tag that somebody wrote into a container."""
    return _NO_LETTER.sub("", (language or "").lower())[:16] or _UNKNOWN
