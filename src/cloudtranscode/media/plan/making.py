"""Deciding: from an order and what its source is to a plan."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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
    Thumbnails,
)
from cloudtranscode.media.plan.facts import source_facts
from cloudtranscode.media.plan.geometry import place
from cloudtranscode.media.plan.ladder import rungs
from cloudtranscode.media.plan.plan import ClipPlan, FilePackage, LadderPackage, Package, Plan
from cloudtranscode.media.plan.sound import Sound
from cloudtranscode.media.plan.stills import Stills
from cloudtranscode.media.rendition import Geometry, Overlays, Preset, VideoRendition, VideoSettings
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
        info = sources[0]
        self._stream = _picture(order, info)
        self._sound = Sound(order.audio, info.audio)
        self._facts = source_facts(info, self._stream, self._sound.first)
        self._clips = tuple(ClipPlan(clip.name, self._stream.index if self._stream else None) for clip in order.clips)
        self._load = load
        self._video: dict[tuple[Any, ...], VideoRendition] = {}
        self._packages: list[Package] = []
        self._stills = Stills(self._facts)
        self._notes: list[str] = []

    def plan(self) -> Plan:
        return Plan(
            source=self._facts,
            clips=self._clips,
            video=tuple(sorted(self._video.values(), key=lambda item: (-item.width * item.height, item.id))),
            audio=self._sound.renditions,
            packages=tuple(self._packages),
            stills=tuple(self._stills.stills),
            series=tuple(self._stills.series),
            sprites=tuple(self._stills.sprites),
            previews=tuple(self._stills.previews),
            notes=(*self._notes, *self._stills.notes),
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
            case _:
                raise SourceUnsupported(f"Output {output.id} cannot be made of video or sound.")

    def _file(self, output: FileOutput) -> None:
        preset, video = self._load(output.preset), self._needed(output.id)
        geometry = place(preset.size, video.display_width, video.display_height)
        picture = self._rendition(output.id, preset, geometry, output.overlays)
        sound = self._sound.add(preset.audio, output.audio) if preset.audio else ()
        _check_codecs(output, preset)
        self._packages.append(FilePackage(output.id, output.container, picture, sound))

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
        kept, notes = rungs([self._load(choice) for choice in output.presets], video)
        self._notes += [f"Output {output.id}: {note}" for note in notes]
        self._packages.append(
            LadderPackage(
                output.id,
                output.manifests,
                tuple(self._rendition(output.id, preset, geometry, output.overlays) for preset, geometry in kept),
                self._sound.best([preset.audio for preset, _ in kept if preset.audio]),
                segment_s=output.segment_s,
                iframes=output.iframes,
                encryption=output.encryption,
            )
        )

    def _rendition(self, output_id: str, preset: Preset, geometry: Geometry, overlays: Overlays) -> str:
        if preset.video is None:
            raise InvalidDocument(f"Output {output_id}: the preset {preset.name} has no picture.")
        identity = geometry, preset.video, overlays
        item = self._video.get(identity)
        if item is None:
            name = _free(preset.name, (one.id for one in self._video.values()))
            item = self._video[identity] = VideoRendition(name, geometry, preset.video, overlays)
        return item.id

    def _needed(self, output_id: str) -> VideoStream:
        if self._stream is None:
            raise SourceUnsupported(f"The source has no video, and output {output_id} needs it.")
        return self._stream


def _picture(order: Order, info: MediaInfo) -> VideoStream | None:
    """The video stream that is used. A picture is none: ffmpeg reads one through `image2`, `png_pipe` and such."""
    if not info.video:
        return None
    if order.video is not None and order.video >= len(info.video):
        raise SourceUnsupported(
            f"The source has {len(info.video)} video streams; there is none with number {order.video}."
        )
    video = info.video[order.video or 0]
    named = info.container == "image2" or info.container.endswith("_pipe")
    if named or (video.frames == 1 and video.duration_s is None):
        raise SourceUnsupported(f"The source is one picture ({video.codec}), and every output needs video.")
    return video


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
