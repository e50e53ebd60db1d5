"""Deciding: from an order and what its source is to a plan."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from cloudtranscode.errors import InvalidDocument, SourceUnsupported
from cloudtranscode.media.containers import FORMATS
from cloudtranscode.media.outputs import (
    AudioOutput,
    FileOutput,
    Ladder,
    Named,
    Order,
    Poster,
    PresetChoice,
    Preview,
    Sprite,
    Subtitles,
    Thumbnails,
    Waveform,
)
from cloudtranscode.media.plan.auto import auto_rungs
from cloudtranscode.media.plan.geometry import place
from cloudtranscode.media.plan.ladder import rungs
from cloudtranscode.media.plan.plan import FilePackage, LadderPackage, Package, Plan, TextFile
from cloudtranscode.media.plan.segments import check_segments
from cloudtranscode.media.plan.settling import settled
from cloudtranscode.media.plan.sound import Sound
from cloudtranscode.media.plan.stills import Stills
from cloudtranscode.media.plan.texts import Texts
from cloudtranscode.media.plan.timeline import Timeline, make_timeline
from cloudtranscode.media.plan.waveform import WaveformPlan
from cloudtranscode.media.rendition import Deinterlace, Geometry, Overlays, Preset, VideoRendition, VideoSettings
from cloudtranscode.media.source.streams import MediaInfo, VideoStream

_SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def make_plan(order: Order, sources: Sequence[MediaInfo], load: Callable[[PresetChoice], Preset]) -> Plan:
    """Decide how ``order`` is made of its ``sources``, one for each clip; ``load`` gives the preset of a choice.

    Errors: :class:`SourceUnsupported` when a source lacks what an output needs, :class:`InvalidDocument` for ids that
    are not unique and safe and for codecs that a container does not hold, ``UnknownPreset``.
    """
    _check_ids([output.id for output in order.outputs])
    draft = _Draft(order, sources, load)
    for output in order.outputs:
        draft.add(output)
    return draft.plan()


class _Draft:
    """A plan while outputs are added to it; equal encodes fall together, whatever preset they came from."""

    def __init__(self, order: Order, sources: Sequence[MediaInfo], load: Callable[[PresetChoice], Preset]) -> None:
        self._sound = Sound(order.audio, sources[0].audio)
        wanted = [load(choice).video for choice in _choices(order)]
        self._timeline = make_timeline(order, sources, self._sound.first, _fields([one for one in wanted if one]))
        self._load = load
        self._video: dict[tuple[Any, ...], VideoRendition] = {}
        self._packages: list[Package] = []
        self._stills = Stills(self._timeline.facts)
        self._texts = Texts(order.subtitles, sources, self._timeline.picture)
        self._subtitles: list[TextFile] = []
        self._waveforms: list[WaveformPlan] = []
        self._notes: list[str] = []

    def plan(self) -> Plan:
        return Plan(
            source=self._timeline.facts,
            clips=self._timeline.clips,
            canvas=self._timeline.canvas,
            video=tuple(sorted(self._video.values(), key=lambda item: (-item.width * item.height, item.id))),
            audio=self._sound.renditions,
            texts=self._texts.renditions,
            packages=tuple(self._packages),
            stills=tuple(self._stills.stills),
            series=tuple(self._stills.series),
            sprites=tuple(self._stills.sprites),
            previews=tuple(self._stills.previews),
            waveforms=tuple(self._waveforms),
            subtitles=tuple(self._subtitles),
            notes=(*self._timeline.notes, *self._sound.notes, *self._notes, *self._stills.notes),
        )

    def add(self, output: Named) -> None:
        match output:
            case FileOutput():
                self._file(output)
            case AudioOutput():
                self._audio(output)
            case Ladder():
                self._ladder(output)
            case Poster() | Thumbnails() | Sprite() | Preview():
                self._needed(output.id)
                self._stills.add(output)
            case Subtitles():
                self._subtitles.append(TextFile(output.id, self._texts.add(output.track), output.format))
            case Waveform():
                self._waveforms.append(self._sound.waveform(output, self._timeline.facts.duration_s))
            case _:
                raise SourceUnsupported(f"Output {output.id} cannot be made of video or sound.")

    def _file(self, output: FileOutput) -> None:
        preset, video = self._load(output.preset), self._needed(output.id)
        geometry = place(preset.size, video.display_width, video.display_height)
        picture = self._rendition(output.id, preset, geometry, output.overlays)
        sound = self._sound.add(preset.audio, output.audio) if preset.audio else ()
        _check_codecs(output, preset)
        self._packages.append(FilePackage(output.id, output.container, picture, sound, self._words(output)))

    def _audio(self, output: AudioOutput) -> None:
        preset = self._load(output.preset)
        if preset.audio is None:
            raise InvalidDocument(f"Output {output.id}: the preset {preset.name} has no sound.")
        _check_codecs(output, preset)
        sound = self._sound.add(preset.audio, (output.track,))
        if not sound:
            raise SourceUnsupported(f"The source has no sound, and output {output.id} is nothing else.")
        self._packages.append(FilePackage(output.id, output.container, None, sound))

    def _ladder(self, output: Ladder) -> None:
        video = self._needed(output.id)
        presets = [self._load(choice) for choice in output.presets]
        kept, notes = auto_rungs(presets[0], video) if output.auto else rungs(presets, video)
        self._notes += [f"Output {output.id}: {note}" for note in notes]
        check_segments(output, [preset for preset, _ in kept])
        self._packages.append(
            LadderPackage(
                output.id,
                output.manifests,
                tuple(self._rendition(output.id, preset, geometry, output.overlays) for preset, geometry in kept),
                self._sound.best([preset.audio for preset, _ in kept if preset.audio]),
                texts=self._words(output),
                segment_s=output.segment_s,
                iframes=output.iframes,
                encryption=output.encryption,
            )
        )

    def _rendition(self, output_id: str, preset: Preset, geometry: Geometry, overlays: Overlays) -> str:
        if preset.video is None:
            raise InvalidDocument(f"Output {output_id}: the preset {preset.name} has no picture.")
        settings = settled(_at_rate(preset.video, self._timeline), self._needed(output_id))
        identity = geometry, settings, overlays
        item = self._video.get(identity)
        if item is None:
            name = _free(preset.name, (one.id for one in self._video.values()))
            item = self._video[identity] = VideoRendition(name, geometry, settings, overlays)
        return item.id

    def _words(self, output: FileOutput | Ladder) -> tuple[str, ...]:
        """The subtitles that go along; those that are burned in are made as well."""
        if output.overlays.subtitles is not None:
            self._texts.add(output.overlays.subtitles)
        return tuple(self._texts.add(number) for number in output.subtitles)

    def _needed(self, output_id: str) -> VideoStream:
        if self._timeline.picture is None:
            raise SourceUnsupported(f"The source has no video, and output {output_id} needs it.")
        return self._timeline.picture


def _choices(order: Order) -> Iterator[PresetChoice]:
    for output in order.outputs:
        if isinstance(output, FileOutput):
            yield output.preset
        elif isinstance(output, Ladder):
            yield from output.presets


def _fields(wanted: Sequence[VideoSettings]) -> Deinterlace:
    """How fields become frames for all renditions; one that wants fewer frames takes every other one."""
    modes = {one.deinterlace for one in wanted}
    if Deinterlace.DOUBLE in modes:
        return Deinterlace.DOUBLE
    return Deinterlace.OFF if modes == {Deinterlace.OFF} else Deinterlace.AUTO


def _at_rate(settings: VideoSettings, timeline: Timeline) -> VideoSettings:
    """Settings with the rate that a rendition is brought to: ``None`` where it is the source's own.

    A rate that varies becomes the one that is asked for; a constant one never becomes higher.
    """
    facts, rate = timeline.facts, settings.frame_rate
    if facts.constant_rate and facts.frame_rate:
        most = facts.frame_rate
        if timeline.clips[0].double and settings.deinterlace is not Deinterlace.DOUBLE:
            rate = min(rate or most, most / 2)
        rate = None if rate is None or rate >= most else rate
    return replace(settings, frame_rate=rate, deinterlace=Deinterlace.AUTO)


def _check_codecs(output: FileOutput | AudioOutput, preset: Preset) -> None:
    held = FORMATS[output.container]
    video: VideoSettings | None = preset.video if isinstance(output, FileOutput) else None
    if video and video.codec not in held.video:
        raise InvalidDocument(
            f"Output {output.id}: {output.container} holds no {video.codec}, which preset {preset.name} makes."
        )
    if preset.audio and preset.audio.codec not in held.audio:
        raise InvalidDocument(
            f"Output {output.id}: {output.container} holds no {preset.audio.codec}, which preset {preset.name} makes."
        )
    if isinstance(output, FileOutput) and output.subtitles and not held.text:
        raise InvalidDocument(f"Output {output.id}: {output.container} holds no subtitles.")


def _free(name: str, taken: Iterable[str]) -> str:
    """``name``, or ``name_2`` and so on when it is taken: two outputs may vary one preset differently."""
    known = set(taken)
    return next(one for one in (name, *(f"{name}_{number}" for number in range(2, 1000))) if one not in known)


def _check_ids(ids: Sequence[str]) -> None:
    for output_id, count in Counter(ids).items():
        if count > 1:
            raise InvalidDocument(f"The output id {output_id!r} is used twice.")
        if not _SAFE_ID.fullmatch(output_id):
            raise InvalidDocument(f"The output id {output_id!r} must be letters, digits, '-' and '_', at most 64.")
