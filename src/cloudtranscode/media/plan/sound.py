"""The tracks of a job's sound: which streams they come from, and each distinct encode of them once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cloudtranscode.errors import InvalidDocument, SourceUnsupported
from cloudtranscode.media.outputs import AudioTrack, Waveform
from cloudtranscode.media.plan.waveform import WaveformPlan, plan_waveform
from cloudtranscode.media.rendition import AudioRendition, AudioSettings
from cloudtranscode.media.sound.codecs import CODINGS, fitted
from cloudtranscode.media.sound.languages import is_spoken, language_tag
from cloudtranscode.media.sound.layouts import LAYOUTS, STEREO, channels_of, known_layout, usual_layout, within
from cloudtranscode.media.source.streams import AudioStream


@dataclass(frozen=True, slots=True)
class _Track:
    """Streams side by side: ``layout`` is what they are together, ``wanted`` what they are to be mixed to."""

    streams: tuple[AudioStream, ...]
    layout: str
    wanted: str | None
    language: str | None
    name: str | None


class Sound:
    """Collects the audio renditions that outputs ask for; ``tracks`` are the order's, ``streams`` the source's.

    Errors: :class:`SourceUnsupported` for a track that the source does not have, :class:`InvalidDocument` for a layout
    that nobody knows or that is needed and missing.
    """

    def __init__(self, tracks: Sequence[AudioTrack], streams: Sequence[AudioStream]) -> None:
        heard = [stream for stream in streams if stream.channels]
        chosen = [(track, _streams(track, heard)) for track in tracks] or [
            (AudioTrack(), (stream,)) for stream in _spoken(heard)
        ]
        self._tracks = [_track(track, found) for track, found in chosen]
        self._notes = _notes(heard, self._tracks, chose=bool(tracks))
        self._made: dict[tuple[int, AudioSettings], AudioRendition] = {}

    @property
    def first(self) -> AudioStream | None:
        """The stream that the outputs' clock is held against."""
        return self._tracks[0].streams[0] if self._tracks else None

    @property
    def renditions(self) -> tuple[AudioRendition, ...]:
        """Everything that was asked for, each once."""
        return tuple(self._made.values())

    @property
    def notes(self) -> list[str]:
        """What a client might not expect."""
        return list(self._notes)

    def add(self, settings: AudioSettings, tracks: Iterable[int]) -> tuple[str, ...]:
        """Ask for some tracks with these settings; returns the renditions' ids, none for a silent source."""
        return tuple(self._rendition(settings, number) for number in tracks if self._tracks and self._known(number))

    def best(self, settings: Sequence[AudioSettings]) -> tuple[str, ...]:
        """Ask for every track with the best of these settings: one sound goes with all rungs of a ladder."""
        if not settings:
            return ()
        chosen = max(settings, key=lambda one: (one.rate_kbps or 0, one.channels))
        return self.add(chosen, range(len(self._tracks)))

    def waveform(self, output: Waveform, duration_s: float | None) -> WaveformPlan:
        """Ask for the waveform of a track."""
        if not self._tracks:
            raise SourceUnsupported(f"The source has no sound, and output {output.id} is made of it.")
        self._known(output.track)
        track = self._tracks[output.track]
        return plan_waveform(output, track.streams, track.layout, duration_s)

    def _known(self, number: int) -> bool:
        if number >= len(self._tracks):
            raise SourceUnsupported(f"There are {len(self._tracks)} audio tracks, none with number {number}.")
        return True

    def _rendition(self, settings: AudioSettings, number: int) -> str:
        track = self._tracks[number]
        layout = _layout(track, settings)
        settings = fitted(settings, layout, track.streams[0].sample_rate)
        known = self._made.get((number, settings))
        if known is None:
            known = AudioRendition(
                id=f"audio{len(self._made) + 1}" if self._made else "audio",
                streams=tuple(one.index for one in track.streams),
                channels=channels_of(layout),
                settings=settings,
                layout=layout,
                language=track.language,
                name=track.name,
                channels_in=tuple(one.channels for one in track.streams),
                layout_in=track.layout,
            )
            self._made[number, settings] = known
        return known.id


def _streams(track: AudioTrack, heard: Sequence[AudioStream]) -> tuple[AudioStream, ...]:
    if track.streams:
        if max(track.streams) >= len(heard):
            raise SourceUnsupported(
                f"The source has {len(heard)} audio streams, none with number {max(track.streams)}."
            )
        return tuple(heard[number] for number in track.streams)
    language = track.language
    spoken = _preferred([one for one in heard if language is None or is_spoken(language, one.language)])
    if not spoken:
        raise SourceUnsupported(
            f"The source has no sound in the language {language}; there is {_languages(heard)}."
            if language and heard
            else "The source has no sound."
        )
    exact = [one for one in spoken if language_tag(one.language) == language_tag(language)]
    return ((exact or spoken)[0],)


def _languages(heard: Sequence[AudioStream]) -> str:
    return ", ".join(dict.fromkeys(language_tag(one.language) or "sound without a language" for one in heard))


def _spoken(heard: Sequence[AudioStream]) -> list[AudioStream]:
    """The default stream, and then the first of each other language."""
    found: dict[str | None, AudioStream] = {}
    for stream in _preferred(heard):
        found.setdefault(language_tag(stream.language), stream)
    return list(found.values())


def _preferred(streams: Sequence[AudioStream]) -> list[AudioStream]:
    return sorted(streams, key=lambda one: not one.default)


def _track(track: AudioTrack, streams: tuple[AudioStream, ...]) -> _Track:
    count = sum(one.channels for one in streams)
    if track.layout is not None and track.layout not in LAYOUTS:
        raise InvalidDocument(f"The layout {track.layout!r} is not known; there are {', '.join(LAYOUTS)}.")
    fits = track.layout is not None and channels_of(track.layout) == count
    return _Track(
        streams,
        layout=track.layout if track.layout and fits else _together(streams, count),
        wanted=None if fits else track.layout,
        language=language_tag(track.language or streams[0].language),
        name=track.name or streams[0].title,
    )


def _together(streams: Sequence[AudioStream], count: int) -> str:
    """What streams are side by side. Of more channels than layouts have, in one stream, the first two are used."""
    if len(streams) == 1:
        return known_layout(streams[0].layout, count) or STEREO
    layout = usual_layout(count)
    if layout is None:
        raise InvalidDocument(
            f"{len(streams)} audio streams with {count} channels together can be several layouts.",
            remedy="Give the track a layout with as many channels.",
        )
    return layout


def _layout(track: _Track, settings: AudioSettings) -> str:
    """What comes out: the layout that the settings or the track ask for, else never more than there is."""
    if settings.layout:
        return settings.layout
    source = track.wanted or track.layout
    if CODINGS[settings.codec].lossless and channels_of(source) <= settings.channels:
        return source
    return within(source, settings.channels)


def _notes(heard: Sequence[AudioStream], tracks: Sequence[_Track], *, chose: bool) -> list[str]:
    notes = [
        f"An audio stream has {stream.channels} channels of no known layout: the first two are used."
        for track in tracks
        for stream in track.streams
        if stream.channels > channels_of(track.layout)
    ]
    if not chose and len(heard) > 1 and all(stream.channels == 1 for stream in heard):
        notes.append(f"The sound is {len(heard)} mono streams, one of which is used: `tracks` puts them side by side.")
    return notes
