"""The front for pictures: each call is one durable step; values in and out have a JSON form, files stay in scratch."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from cloudtranscode.errors import ScratchLost
from cloudtranscode.media.artifact import Artifact, Role
from cloudtranscode.media.check.judge import Check, passed
from cloudtranscode.media.images.answer import part, read_answer
from cloudtranscode.media.images.check import check_picture
from cloudtranscode.media.images.command import look_command, make_command, picture_path, probe_command
from cloudtranscode.media.images.formats import FORMATS
from cloudtranscode.media.images.info import ImageInfo, read_info
from cloudtranscode.media.images.plan import ImagePlan, Picture, readable
from cloudtranscode.media.tools.door import Door
from cloudtranscode.media.tools.jail import Jail
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.scratch import file_size
from cloudtranscode.media.tools.words import FINISHED


@dataclass(frozen=True, slots=True)
class ImageEngine:
    """Probes pictures, makes others of them and checks those, all of it in the jail."""

    tools: Tools
    jail: Jail

    def probe(self, form: str, scratch: Path, door: Door, watch: Watch) -> ImageInfo:
        """Find out what a picture is; ``form`` is what :func:`~cloudtranscode.media.source.kind.sniff` found.

        Errors: ``SourceUnsupported``, ``SourceDamaged``, ``JobCancelled``, ``IsolationUnavailable``, and the door's.
        """
        done = self._runner(scratch).run(probe_command(readable(form)), watch, door)
        return read_info(read_answer(done))

    def make(self, plan: ImagePlan, scratch: Path, door: Door, watch: Watch) -> list[Artifact]:
        """Make every picture of ``plan`` under ``scratch``; what an earlier attempt left there is removed first.

        Errors: ``SourceDamaged``, ``SourceUnsupported``, ``EncodeFailed``, ``ScratchLost``, ``JobCancelled``,
        ``IsolationUnavailable``, and the door's.
        """
        shutil.rmtree(scratch / FINISHED, ignore_errors=True)
        (scratch / FINISHED).mkdir(parents=True)
        read_answer(self._runner(scratch).run(make_command(plan), watch, door))
        return [_artifact(picture, scratch) for picture in plan.pictures]

    def check(self, plan: ImagePlan, scratch: Path, watch: Watch) -> list[Check]:
        """Decode every picture and compare it with what was promised.

        Errors: ``CheckFailed`` naming what is wrong, ``JobCancelled``, ``IsolationUnavailable``.
        """
        found = read_answer(self._runner(scratch).run(look_command(plan), watch))
        looks = ((one, part(found, "pictures", one.output_id)) for one in plan.pictures)
        return passed([check for one, look in looks for check in check_picture(one, look)])

    def _runner(self, scratch: Path) -> Runner:
        return Runner(self.tools, self.jail, scratch)


def _artifact(picture: Picture, scratch: Path) -> Artifact:
    path = picture_path(picture)
    size = file_size(scratch, path)
    if size is None:
        raise ScratchLost(f"The file of output {picture.output_id} is not in the scratch folder.")
    return Artifact(picture.output_id, "", path, FORMATS[picture.format].content_type, size, Role.MEDIA)
