"""From a source to finished files in a scratch folder: the part of the work that knows neither jobs nor clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudtranscode.errors import SourceEmpty
from cloudtranscode.location import Location, parse
from cloudtranscode.media.artifact import Artifact
from cloudtranscode.media.check.judge import Check
from cloudtranscode.media.engine import Engine
from cloudtranscode.media.outputs import Order
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.presets import load_preset
from cloudtranscode.media.source.streams import MediaInfo
from cloudtranscode.media.tools.progress import Progress
from cloudtranscode.media.tools.runner import Watch
from cloudtranscode.storage.gateway import Gateway
from cloudtranscode.storage.port import ObjectStore, Pinned
from cloudtranscode.storage.reader import CachedReader
from cloudtranscode.workflow.control import Control


@dataclass(frozen=True, slots=True)
class Source:
    """A pinned source and the store it is in."""

    store: ObjectStore
    pinned: Pinned

    @classmethod
    def pin(cls, store: ObjectStore, location: Location) -> Source:
        """Fix the source's present state. Errors: ``SourceEmpty``, and the store's."""
        pinned = store.pin(location)
        if pinned.size == 0:
            raise SourceEmpty(f"{location} is empty.")
        return cls(store, pinned)

    @classmethod
    def again(cls, store: ObjectStore, data: Mapping[str, Any]) -> Source:
        """The same state as an earlier step pinned, from :meth:`Pinned.to_dict`."""
        return cls(store, Pinned(parse(data["uri"]), data["size"], data["etag"], data["version"]))


@dataclass(frozen=True, slots=True)
class Maker:
    """Probes, plans, encodes and checks."""

    media: Engine

    def probe(self, clips: Mapping[str, Source], scratch: Path, control: Control) -> dict[str, MediaInfo]:
        """Find out what each clip is, by its name."""
        with _lent(clips) as gateway:
            return {name: self.media.probe(scratch, gateway, Watch(control.stop), name) for name in clips}

    def plan(self, order: Order, found: Mapping[str, MediaInfo]) -> Plan:
        """Decide what to make; ``found`` has what each clip was found to be."""
        return make_plan(order, [found[clip.name] for clip in order.clips], load_preset)

    def encode(self, sources: Mapping[str, Source], plan: Plan, scratch: Path, control: Control) -> list[Artifact]:
        """Make every output under ``scratch``, in the order in which they are to appear."""
        watch = Watch(control.stop, lambda progress: control.report(_told("encode", progress)))
        with _lent(sources) as gateway:
            return self.media.encode(plan, scratch, gateway, watch)

    def check(self, plan: Plan, scratch: Path, control: Control) -> list[Check]:
        """Compare what was made with what was promised. Errors: ``CheckFailed``, ``SourceDamaged``."""
        watch = Watch(control.stop, lambda progress: control.report(_told("check", progress)))
        return self.media.check(plan, scratch, watch)


def clip_names(order: Order, sources: Mapping[str, Source]) -> dict[str, Source]:
    """Return those of ``sources`` that are clips; the others are laid over them."""
    return {clip.name: sources[clip.name] for clip in order.clips}


@contextmanager
def _lent(sources: Mapping[str, Source]) -> Iterator[Gateway]:
    """Lend sources under their names for the time of the block."""
    with ExitStack() as stack:
        readers = {
            name: stack.enter_context(CachedReader(source.store, source.pinned)) for name, source in sources.items()
        }
        yield Gateway(readers)


def _told(phase: str, progress: Progress) -> dict[str, Any]:
    return {"phase": phase, **progress.to_dict()}
