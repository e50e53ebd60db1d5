"""The media room's front desk: finds out what kind of asset a source is, and hands the work to the engine for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.artifact import Artifact
from cloudtranscode.media.check.judge import Check
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.images.engine import ImageEngine
from cloudtranscode.media.images.info import ImageInfo
from cloudtranscode.media.images.output import ImageOutput
from cloudtranscode.media.images.plan import ImagePlan, make_image_plan
from cloudtranscode.media.outputs import Order, PresetChoice
from cloudtranscode.media.plain import plain, restore
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import Preset
from cloudtranscode.media.source.kind import Kind, sniff
from cloudtranscode.media.source.streams import MediaInfo
from cloudtranscode.media.tools.door import Door
from cloudtranscode.media.tools.jail import Jail
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Watch

Json = dict[str, Any]

Info = MediaInfo | ImageInfo
AnyPlan = Plan | ImagePlan

_INFOS: dict[str, type[MediaInfo | ImageInfo]] = {Kind.MEDIA: MediaInfo, Kind.IMAGE: ImageInfo}
_PLANS: dict[str, type[Plan | ImagePlan]] = {Kind.MEDIA: Plan, Kind.IMAGE: ImagePlan}


class Studio:
    """Every engine of this machine, behind the same four calls; each is one durable step."""

    def __init__(self, tools: Tools, jail: Jail) -> None:
        self._media = Engine(tools, jail)
        self._images = ImageEngine(tools, jail)

    def probe(self, source: Clue, order: Order, scratch: Path, watch: Watch) -> Info:
        """Find out what a source is. Errors: those of the engines' ``probe``."""
        found = sniff(source.head)
        if found.kind is Kind.IMAGE and _pictures(order):
            return self._images.probe(found.format, scratch, source.door, watch)
        return self._media.probe(scratch, source.door, watch, source.name)

    def plan(self, order: Order, found: Mapping[str, Info], load: Callable[[PresetChoice], Preset]) -> AnyPlan:
        """Decide what to make; ``found`` has what each clip is by its name.

        Errors: those of :func:`make_plan` and :func:`make_image_plan`; ``SourceUnsupported`` for outputs that the
        source is not made for.
        """
        clips = [found[clip.name] for clip in order.clips]
        pictures = _pictures(order)
        if pictures and isinstance(clips[0], ImageInfo):
            return make_image_plan(pictures, clips[0])
        if pictures:
            raise SourceUnsupported(f"Output {pictures[0].id} is made of a picture, and the source is none.")
        return make_plan(order, [one for one in clips if isinstance(one, MediaInfo)], load)

    def make(self, plan: AnyPlan, scratch: Path, door: Door, watch: Watch) -> list[Artifact]:
        """Make every output under ``scratch``, in the order of publishing. Errors: those of the engines."""
        if isinstance(plan, ImagePlan):
            return self._images.make(plan, scratch, door, watch)
        return self._media.encode(plan, scratch, door, watch)

    def check(self, plan: AnyPlan, scratch: Path, watch: Watch) -> list[Check]:
        """Look into every output. Errors: ``CheckFailed`` and those of the engines."""
        if isinstance(plan, ImagePlan):
            return self._images.check(plan, scratch, watch)
        return self._media.check(plan, scratch, watch)


@dataclass(frozen=True, slots=True)
class Clue:
    """A source that nobody knows yet: its name behind the door, and its first :data:`HEAD_BYTES` bytes."""

    name: str
    head: bytes
    door: Door


def told(value: Info | AnyPlan) -> Json:
    """Return plain JSON data of what a source is, or of what is made of it, with its ``kind``."""
    kinds = {MediaInfo: Kind.MEDIA, Plan: Kind.MEDIA, ImageInfo: Kind.IMAGE, ImagePlan: Kind.IMAGE}
    return {"kind": kinds[type(value)].value, **plain(value)}


def info_of(data: Json) -> Info:
    """Rebuild what a source is from :func:`told`."""
    return restore(_INFOS[data["kind"]], _bare(data))


def plan_of(data: Json) -> AnyPlan:
    """Rebuild a plan from :func:`told`."""
    return restore(_PLANS[data["kind"]], _bare(data))


def _bare(data: Json) -> Json:
    return {key: value for key, value in data.items() if key != "kind"}


def _pictures(order: Order) -> list[ImageOutput]:
    """The outputs that are made of a picture, when all are."""
    pictures = [output for output in order.outputs if isinstance(output, ImageOutput)]
    return pictures if len(pictures) == len(order.outputs) else []
