"""The media room's front desk: finds out what kind of asset a source is, and hands the work to the engine for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cloudtranscode.errors import SourceUnsupported
from cloudtranscode.media.artifact import Artifact
from cloudtranscode.media.check.judge import Check
from cloudtranscode.media.documents.engine import DocumentEngine
from cloudtranscode.media.documents.info import DocumentInfo
from cloudtranscode.media.documents.output import DocumentOutput
from cloudtranscode.media.documents.plan import DocumentPlan, make_document_plan
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.images.engine import ImageEngine
from cloudtranscode.media.images.info import ImageInfo
from cloudtranscode.media.images.output import ImageOutput
from cloudtranscode.media.images.plan import ImagePlan, make_image_plan
from cloudtranscode.media.outputs import Named, Order, PresetChoice
from cloudtranscode.media.plain import plain, restore
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.rendition import Preset
from cloudtranscode.media.source.kind import Kind, sniff
from cloudtranscode.media.source.streams import MediaInfo
from cloudtranscode.media.tools.door import Door
from cloudtranscode.media.tools.jail import Jail
from cloudtranscode.media.tools.programs import Tools
from cloudtranscode.media.tools.runner import Runner, Watch
from cloudtranscode.media.tools.versions import VERSION_COMMANDS, read_version

Json = dict[str, Any]

Info = MediaInfo | ImageInfo | DocumentInfo
AnyPlan = Plan | ImagePlan | DocumentPlan

_INFOS: dict[str, type[Info]] = {Kind.MEDIA: MediaInfo, Kind.IMAGE: ImageInfo, Kind.DOCUMENT: DocumentInfo}
_PLANS: dict[str, type[AnyPlan]] = {Kind.MEDIA: Plan, Kind.IMAGE: ImagePlan, Kind.DOCUMENT: DocumentPlan}
_KINDS: dict[type[Info | AnyPlan], str] = {kind: name for table in (_INFOS, _PLANS) for name, kind in table.items()}


class Studio:
    """Every engine of this machine, behind the same four calls; each is one durable step."""

    def __init__(self, tools: Tools, jail: Jail, office: str | None = None) -> None:
        """``office`` is where LibreOffice is, if not on ``PATH``."""
        self._tools, self._jail = tools, jail
        self._versions: dict[str, str] = {}
        self._media = Engine(tools, jail)
        self._images = ImageEngine(tools, jail)
        self._documents = DocumentEngine(tools, jail, office)

    def probe(self, source: Clue, order: Order, scratch: Path, watch: Watch) -> Info:
        """Find out what a source is; a picture stays one unless ``order`` makes video of it.

        Errors: those of the engines' ``probe``.
        """
        found = sniff(source.head)
        if found.kind is Kind.IMAGE and _asks_for(order, Kind.IMAGE):
            return self._images.probe(found.format, scratch, source.door, watch)
        if found.kind is Kind.DOCUMENT and _asks_for(order, Kind.DOCUMENT):
            return self._documents.probe(found.format, scratch, source.door, watch)
        return self._media.probe(scratch, source.door, watch, source.name)

    def plan(self, order: Order, found: Mapping[str, Info], load: Callable[[PresetChoice], Preset]) -> AnyPlan:
        """Decide what to make; ``found`` has what each clip is by its name.

        Errors: those of :func:`make_plan`, :func:`make_image_plan` and :func:`make_document_plan`;
        ``SourceUnsupported`` for outputs that the source is not made for.
        """
        clips = [found[clip.name] for clip in order.clips]
        first, kind = clips[0], Kind(_KINDS[type(clips[0])])
        outputs = [_of(output, kind) for output in order.outputs]
        if kind is not Kind.MEDIA and len(clips) > 1:
            raise SourceUnsupported(f"The first input is a {kind}, and only audio and video can be joined.")
        if isinstance(first, ImageInfo):
            return make_image_plan([one for one in outputs if isinstance(one, ImageOutput)], first)
        if isinstance(first, DocumentInfo):
            return make_document_plan([one for one in outputs if isinstance(one, DocumentOutput)], first)
        if others := [one.id for one in outputs if isinstance(one, DocumentOutput)]:
            raise SourceUnsupported(
                f"Output {others[0]} is made of a picture or a document, and the source is neither."
            )
        return make_plan(
            replace(order, outputs=tuple(outputs)), [one for one in clips if isinstance(one, MediaInfo)], load
        )

    def make(self, plan: AnyPlan, scratch: Path, door: Door, watch: Watch) -> list[Artifact]:
        """Make every output under ``scratch``, in the order of publishing. Errors: those of the engines."""
        if isinstance(plan, ImagePlan):
            return self._images.make(plan, scratch, door, watch)
        if isinstance(plan, DocumentPlan):
            return self._documents.make(plan, scratch, door, watch)
        return self._media.encode(plan, scratch, door, watch)

    def versions(self, scratch: Path, watch: Watch) -> dict[str, str]:
        """Return the versions of the tools, each by its name; asked once."""
        if not self._versions:
            runner = Runner(self._tools, self._jail, scratch)
            self._versions = {one.tool.value: read_version(runner.run(one, watch)) for one in VERSION_COMMANDS}
        return self._versions

    def check(self, plan: AnyPlan, scratch: Path, watch: Watch) -> list[Check]:
        """Look into every output. Errors: ``CheckFailed`` and those of the engines."""
        if isinstance(plan, ImagePlan):
            return self._images.check(plan, scratch, watch)
        if isinstance(plan, DocumentPlan):
            return self._documents.check(plan, scratch, watch)
        return self._media.check(plan, scratch, watch)


@dataclass(frozen=True, slots=True)
class Clue:
    """A source that nobody knows yet: its name behind the door, and its first :data:`HEAD_BYTES` bytes."""

    name: str
    head: bytes
    door: Door


@dataclass(frozen=True, slots=True)
class Whatever:
    """One output that is another thing for each kind of source; ``None`` where it cannot be."""

    id: str
    media: Named | None = None
    image: Named | None = None
    document: Named | None = None

    def of(self, kind: Kind) -> Named | None:
        """What it is for a source of this kind."""
        return {Kind.MEDIA: self.media, Kind.IMAGE: self.image, Kind.DOCUMENT: self.document}[kind]


def told(value: Info | AnyPlan) -> Json:
    """Return plain JSON data of what a source is, or of what is made of it, with its ``kind``."""
    return {"kind": str(_KINDS[type(value)]), **plain(value)}


def info_of(data: Json) -> Info:
    """Rebuild what a source is from :func:`told`."""
    return restore(_INFOS[data["kind"]], _bare(data))


def plan_of(data: Json) -> AnyPlan:
    """Rebuild a plan from :func:`told`."""
    return restore(_PLANS[data["kind"]], _bare(data))


def _bare(data: Json) -> Json:
    return {key: value for key, value in data.items() if key not in {"kind", "presets"}}


def _asks_for(order: Order, kind: Kind) -> bool:
    """Whether all that is wanted can be made of a picture, or of a document."""
    ours = ImageOutput if kind is Kind.IMAGE else DocumentOutput
    return all(
        isinstance(output, ours) or (isinstance(output, Whatever) and output.of(kind)) for output in order.outputs
    )


def _of(output: Named, kind: Kind) -> Named:
    made = output.of(kind) if isinstance(output, Whatever) else output
    if made is None:
        raise SourceUnsupported(f"Output {output.id} cannot be made of this kind of source ({kind}).")
    return made
