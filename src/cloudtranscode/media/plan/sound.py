"""The tracks of a job's sound: which streams they come from, and each distinct encode of them once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.outputs import AudioTrack
from cloudtranscode.media.rendition import AudioRendition, AudioSettings
from cloudtranscode.media.source.streams import AudioStream


class Sound:
    """Collects the audio renditions that outputs ask for; ``tracks`` are the order's, ``streams`` the source's."""

    def __init__(self, tracks: Sequence[AudioTrack], streams: Sequence[AudioStream]) -> None:
        heard = [stream for stream in streams if stream.channels]
        self._tracks = [_streams(track, heard) for track in tracks] if tracks else [[one] for one in heard[:1]]
        self._made: dict[tuple[int, AudioSettings], AudioRendition] = {}

    @property
    def first(self) -> AudioStream | None:
        """The stream that the outputs' clock is held against."""
        return self._tracks[0][0] if self._tracks else None

    @property
    def renditions(self) -> tuple[AudioRendition, ...]:
        """Everything that was asked for, each once."""
        return tuple(self._made.values())

    def add(self, settings: AudioSettings, tracks: Iterable[int]) -> tuple[str, ...]:
        """Ask for some tracks with these settings; returns the renditions' ids, none for a silent source."""
        return tuple(self._rendition(settings, number) for number in tracks if self._tracks and self._known(number))

    def best(self, settings: Sequence[AudioSettings]) -> tuple[str, ...]:
        """Ask for every track with the best of these settings: one sound goes with all rungs of a ladder."""
        if not settings:
            return ()
        chosen = max(settings, key=lambda one: (one.rate_kbps or 0, one.channels))
        return self.add(chosen, range(len(self._tracks)))

    def _known(self, number: int) -> bool:
        if number >= len(self._tracks):
            raise SourceUnsupported(f"There are {len(self._tracks)} audio tracks, none with number {number}.")
        return True

    def _rendition(self, settings: AudioSettings, number: int) -> str:
        known = self._made.get((number, settings))
        if known is None:
            streams = self._tracks[number]
            channels = min(sum(one.channels for one in streams), settings.channels)
            known = AudioRendition(
                id=f"audio{len(self._made) + 1}" if self._made else "audio",
                streams=tuple(one.index for one in streams),
                channels=channels,
                settings=settings,
                layout={1: "mono", 2: "stereo", 6: "5.1"}.get(channels, "stereo"),
                language=streams[0].language,
            )
            self._made[number, settings] = known
        return known.id


def _streams(track: AudioTrack, heard: Sequence[AudioStream]) -> list[AudioStream]:
    if track.streams:
        if max(track.streams) >= len(heard):
            raise SourceUnsupported(
                f"The source has {len(heard)} audio streams, none with number {max(track.streams)}."
            )
        return [heard[number] for number in track.streams]
    spoken = [one for one in heard if track.language in {None, one.language}]
    if not spoken:
        raise SourceUnsupported(f"The source has no sound in the language {track.language}.")
    return spoken[:1]
