"""Whether a file is what was promised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from cloudtranscode.media.check.evidence import Encodes, Media, Track, examine
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.check.picture import check_picture
from cloudtranscode.media.check.sound import check_sound
from cloudtranscode.media.containers import FORMATS, Container
from cloudtranscode.media.packaging.boxes import read_boxes
from cloudtranscode.media.packaging.file import file_path
from cloudtranscode.media.packaging.language import macintosh, three_letters
from cloudtranscode.media.plan.plan import FilePackage, Plan
from cloudtranscode.media.tools.runner import Runner, Watch

IN_STEP_S = 0.040
"""How far sound and picture may be apart: ITU-R BT.1359 finds 45 ms to be noticed."""

_ORDER = {"moov", "sidx", "moof", "mdat"}


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """A file: what it holds and, of an ISO file, the order of its top-level boxes."""

    media: Media
    boxes: tuple[str, ...]


def examine_file(package: FilePackage, plan: Plan, runner: Runner, watch: Watch) -> FileEvidence:
    """Measure a file and decode all of it. Errors: ``ScratchLost``, ``CheckFailed``, ``JobCancelled``."""
    path = file_path(package)
    media = examine(path, plan.source.duration_s, runner, watch)
    return FileEvidence(media, tuple(read_boxes(runner.scratch / path)) if FORMATS[package.container].iso else ())


def check_file(package: FilePackage, plan: Plan, encodes: Encodes, found: FileEvidence) -> Iterator[Check]:
    """Judge a file."""
    say, held = Judge(package.output_id), FORMATS[package.container]
    streams = len(package.audio) + len(package.texts) + bool(package.video)
    yield say.equal("number of streams", streams, len(found.media.tracks))
    if package.video:
        yield from check_picture(say, package.video, plan, encodes, found.media, timed=held.timed)
    sounds = list(zip(package.audio, found.media.all("audio"), strict=False))
    for number, (name, track) in enumerate(sounds):
        part = say.of(name) if number else say
        yield from check_sound(part, name, plan, encodes, Media((track,)), timed=held.timed and held.trimmed)
        yield from _in_step(part, package, name, encodes, found.media.track("video"), track)
    if package.video:
        yield from _tracks(say, package, plan, found.media)
    if held.iso:
        order = [box for box, _ in groupby(box for box in found.boxes if box in _ORDER)]
        yield say.equal("order of boxes", *_boxes(package.container, order))
    yield say.equal("decoder", "silent", found.media.fault or "silent")


def _in_step(
    say: Judge, package: FilePackage, name: str, encodes: Encodes, picture: Track | None, sound: Track
) -> Iterator[Check]:
    """Sound begins with the picture, and ends before or after it by as much as it did when it was encoded."""
    if picture is None or package.video is None:
        return
    yield say.near("sound behind picture at the start", 0.0, sound.start_s - picture.start_s, IN_STEP_S)
    if FORMATS[package.container].timed and FORMATS[package.container].trimmed:
        late = encodes.audio[name].end_s - encodes.video[package.video].end_s
        yield say.near("sound behind picture at the end", late, sound.end_s - picture.end_s, IN_STEP_S)


def _tracks(say: Judge, package: FilePackage, plan: Plan, media: Media) -> Iterator[Check]:
    """The languages of tracks, and which sound is heard by itself."""
    letters = macintosh if package.container is Container.MOV else three_letters
    sounds = [letters(plan.sound(name).language) for name in package.audio]
    texts = [letters(plan.text(name).language) for name in package.texts]
    for kind, wanted in (("audio", sounds), ("subtitle", texts)):
        yield say.equal(f"languages of {kind}", wanted, [track.language or "und" for track in media.all(kind)])
    if package.container is not Container.TS:  # which has no such mark
        defaults = [track.default for track in media.all("audio")]
        yield say.equal("default sound", [True, *([False] * len(sounds[1:]))] if sounds else [], defaults)


def _boxes(container: Container, found: list[str]) -> tuple[list[str], list[str]]:
    """The header comes first; a fragmented file has an index behind it, and then nothing but fragments."""
    if container is not Container.FMP4:
        return ["moov", "mdat"], found
    fragments = len(found) // 2 - 1
    return ["moov", "sidx", *(["moof", "mdat"] * fragments)], found
