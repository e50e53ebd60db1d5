"""From a source to finished files in a scratch folder: the part of the work that knows neither jobs nor clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudtranscode.errors import SourceEmpty
from cloudtranscode.location import Location
from cloudtranscode.media.artifact import Artifact
from cloudtranscode.media.check.judge import Check
from cloudtranscode.media.outputs import Order, PresetChoice
from cloudtranscode.media.presets import Presets, fingerprint
from cloudtranscode.media.rendition import Preset
from cloudtranscode.media.source.kind import HEAD_BYTES
from cloudtranscode.media.studio import AnyPlan, Clue, Info, Studio
from cloudtranscode.media.tools.progress import Progress
from cloudtranscode.media.tools.runner import Completed, Watch
from cloudtranscode.storage.gateway import Gateway
from cloudtranscode.storage.port import Pinned, SourceStore
from cloudtranscode.storage.reader import CachedReader
from cloudtranscode.workflow.control import Control


@dataclass(frozen=True, slots=True)
class Source:
    """A pinned source and the store it is in."""

    store: SourceStore
    pinned: Pinned

    @classmethod
    def pin(cls, store: SourceStore, location: Location) -> Source:
        """Fix the source's present state. Errors: ``SourceEmpty``, and the store's."""
        pinned = store.pin(location)
        if pinned.size == 0:
            raise SourceEmpty(f"{location} is empty.")
        return cls(store, pinned)

    @classmethod
    def again(cls, store: SourceStore, location: Location, data: Mapping[str, Any]) -> Source:
        """The same state as an earlier step pinned, from :meth:`Pinned.to_dict`, where no URL has its query."""
        return cls(store, Pinned(location, data["size"], data["etag"], data["version"]))


@dataclass(frozen=True, slots=True)
class Made:
    """Finished files in the order in which they are to appear, and how they came to be."""

    artifacts: list[Artifact]
    commands: tuple[Completed, ...]
    tools: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data: what each command was and how long it took in seconds, not what it said."""
        commands = [
            {"tool": one.command.tool.value, "args": list(one.command.args), "took_s": one.took_s}
            for one in self.commands
        ]
        return {"artifacts": [one.to_dict() for one in self.artifacts], "commands": commands, "tools": self.tools}


@dataclass(frozen=True, slots=True)
class Maker:
    """Probes, plans, encodes and checks."""

    studio: Studio
    presets: Presets

    def probe(self, order: Order, sources: Mapping[str, Source], scratch: Path, control: Control) -> dict[str, Info]:
        """Find out what each clip is, by its name."""
        watch, names = Watch(control.stop), dict.fromkeys(clip.name for clip in order.clips)
        with _lent({name: sources[name] for name in names}) as (gateway, readers):
            clues = {name: Clue(name, readers[name].read(0, HEAD_BYTES), gateway) for name in names}
            return {name: self.studio.probe(clue, order, scratch, watch) for name, clue in clues.items()}

    def plan(self, order: Order, found: Mapping[str, Info]) -> tuple[AnyPlan, dict[str, str]]:
        """Decide what to make; ``found`` has what each clip was found to be.

        Also returns the fingerprints of the presets as they are now, by their names.
        """
        used: dict[str, str] = {}

        def load(choice: PresetChoice) -> Preset:
            used[choice.name] = fingerprint(self.presets.load(PresetChoice(choice.name)))
            return self.presets.load(choice)

        return self.studio.plan(order, found, load), used

    def encode(self, sources: Mapping[str, Source], plan: AnyPlan, scratch: Path, control: Control) -> Made:
        """Make every output under ``scratch``."""
        ran: list[Completed] = []
        watch = Watch(control.stop, lambda progress: control.report(_told("encode", progress)), ran.append)
        with _lent(sources) as (gateway, _):
            artifacts = self.studio.make(plan, scratch, gateway, watch)
        return Made(artifacts, tuple(ran), self.studio.versions(scratch, Watch(control.stop)))

    def check(self, plan: AnyPlan, scratch: Path, control: Control) -> list[Check]:
        """Compare what was made with what was promised. Errors: ``CheckFailed``, ``SourceDamaged``."""
        watch = Watch(control.stop, lambda progress: control.report(_told("check", progress)))
        return self.studio.check(plan, scratch, watch)


@contextmanager
def _lent(sources: Mapping[str, Source]) -> Iterator[tuple[Gateway, dict[str, CachedReader]]]:
    """Lend sources under their names for the time of the block."""
    with ExitStack() as stack:
        readers = {
            name: stack.enter_context(CachedReader(source.store, source.pinned)) for name, source in sources.items()
        }
        yield Gateway(readers), readers


def _told(phase: str, progress: Progress) -> dict[str, Any]:
    return {"phase": phase, **progress.to_dict()}
