"""One job through the engine: probed, planned, made and checked."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

from cloudtranscode.media.artifact import Artifact
from cloudtranscode.media.check.judge import Check
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import Order, Output
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.source.streams import MediaInfo
from cloudtranscode.media.tools.progress import Progress
from cloudtranscode.media.tools.runner import Watch
from support.local_door import LocalDoor
from support.presets import load_preset


class Made:
    """A job that is done; what passes between its steps went through JSON. ``others`` are lent by their names."""

    def __init__(
        self, engine: Engine, scratch: Path, source: Path, asked: Order | Sequence[Output], **others: Path
    ) -> None:
        self.scratch = scratch
        self.reports: list[Progress] = []
        self.door = LocalDoor(source, **others)
        order = asked if isinstance(asked, Order) else Order(tuple(asked))
        found = [engine.probe(scratch, self.door, Watch(), clip.name).to_dict() for clip in order.clips]
        self.infos = [MediaInfo.from_dict(json.loads(json.dumps(info))) for info in found]
        plan = make_plan(order, self.infos, load_preset)
        self.plan = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
        made = engine.encode(self.plan, scratch, self.door, Watch(threading.Event(), self.reports.append))
        self.artifacts = [Artifact.from_dict(json.loads(json.dumps(item.to_dict()))) for item in made]
        self.checks: list[Check] = engine.check(self.plan, scratch, Watch())

    @property
    def info(self) -> MediaInfo:
        """What the first clip was found to be."""
        return self.infos[0]

    def paths(self, output_id: str) -> list[Path]:
        """The files of an output in the order of their names."""
        return sorted(self.scratch / item.path for item in self.artifacts if item.output_id == output_id)

    def found(self, name: str) -> list[str]:
        """What the checks of this name found."""
        return [check.found for check in self.checks if check.name == name]
