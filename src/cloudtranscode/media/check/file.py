"""Whether a file is what was promised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloudtranscode.media.check.evidence import Encodes, Media, examine
from cloudtranscode.media.check.judge import Check, Judge
from cloudtranscode.media.check.picture import check_picture
from cloudtranscode.media.check.sound import check_sound
from cloudtranscode.media.containers import Container
from cloudtranscode.media.packaging.boxes import read_boxes
from cloudtranscode.media.packaging.file import file_path
from cloudtranscode.media.plan.plan import FilePackage, Plan
from cloudtranscode.media.tools.runner import Runner, Watch


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """A file: what it holds and, of an ISO file, the order of its top-level boxes."""

    media: Media
    boxes: tuple[str, ...]


def examine_file(package: FilePackage, plan: Plan, runner: Runner, watch: Watch) -> FileEvidence:
    """Measure a file and decode all of it. Errors: ``ScratchLost``, ``CheckFailed``, ``JobCancelled``."""
    path = file_path(package)
    media = examine(path, plan.source.duration_s, runner, watch)
    return FileEvidence(media, tuple(read_boxes(runner.scratch / path)))


def check_file(package: FilePackage, plan: Plan, encodes: Encodes, found: FileEvidence) -> Iterator[Check]:
    """Judge a file."""
    say = Judge(package.output_id)
    yield say.equal("number of streams", len(package.audio) + bool(package.video), len(found.media.tracks))
    if package.video:
        yield from check_picture(say, package.video, plan, encodes, found.media)
    for name in package.audio[:1]:
        yield from check_sound(say, name, plan, encodes, found.media)
    if package.container is Container.MP4:
        order = [box for box in found.boxes if box in {"moov", "mdat"}]
        yield say.equal("order of boxes", ["moov", "mdat"], order)
    yield say.equal("decoder", "silent", found.media.fault or "silent")
