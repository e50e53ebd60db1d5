"""One source to one destination without a database, a queue or a client: ``ct transcode``."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudtranscode.errors import CloudTranscodeError, HomeUnusable, InvalidDocument, InvalidLocation, JobCancelled
from cloudtranscode.jobs.state import JobState
from cloudtranscode.location import FileLocation, HttpLocation, Location
from cloudtranscode.media.outputs import Ladder, Manifest, Order, PresetChoice
from cloudtranscode.media.source.streams import MediaInfo
from cloudtranscode.media.studio import AnyPlan, Info, told
from cloudtranscode.storage.port import ObjectStore, SourceStore
from cloudtranscode.workflow.control import Control
from cloudtranscode.workflow.fetching import During, of_control
from cloudtranscode.workflow.making import Maker, Source
from cloudtranscode.workflow.publish import MemoryLedger, Publisher
from cloudtranscode.workflow.receipt import write_receipt
from cloudtranscode.workflow.scratch import new_run
from cloudtranscode.workflow.wanted import Wanted, items, named_by

Json = dict[str, Any]

_LARGEST = "1080p"
"""The preset that a ladder derived from a source begins with."""


@dataclass(frozen=True, slots=True)
class DirectRun:
    """Runs the same work as a job, in one go; nothing survives the process but the published files."""

    store_for: Callable[[Location], ObjectStore]
    maker: Maker
    scratch: Path
    host: str
    web: Callable[[During], SourceStore]

    def transcode(self, source: Location, wanted: Wanted, control: Control) -> Json:
        """Return what ``ct submit --wait --json`` returns: ``{id, state, outputs, error, receipt}``."""
        try:
            folder = new_run(self.scratch, self.host)
        except HomeUnusable as error:
            return _result("run", JobState.FAILED, error=error)
        run_id = folder.name
        try:
            receipt = self._work(source, wanted, folder, control)
        except JobCancelled as stopped:
            cancelled = JobCancelled(stopped.message, remedy="Nothing was published; run the command again.")
            return _result(run_id, JobState.CANCELLED, error=cancelled)
        except CloudTranscodeError as error:
            return _result(run_id, JobState.FAILED, error=error)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return _result(run_id, JobState.DONE, receipt=receipt)

    def look(self, location: Location, control: Control) -> tuple[Info, AnyPlan | None]:
        """Return what a source is, and the plan of a ladder derived from it if it is video. Nothing is written.

        Errors: those of probing and planning.
        """
        folder = new_run(self.scratch, self.host)
        try:
            sources = {"source": Source.pin(self._holding(location, control), location)}
            info = self.maker.probe(Order(()), sources, folder, control)["source"]
            if not (isinstance(info, MediaInfo) and info.video):
                return info, None
            ladder = Ladder("ladder", frozenset({Manifest.HLS}), (PresetChoice(_LARGEST),), auto=True)
            return info, self.maker.plan(Order((ladder,)), {"source": info})[0]
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _holding(self, source: Location, control: Control) -> SourceStore:
        return self.web(of_control(control)) if isinstance(source, HttpLocation) else self.store_for(source)

    def _work(self, location: Location, wanted: Wanted, folder: Path, control: Control) -> Json:
        source = Source.pin(self._holding(location, control), location)
        self.store_for(wanted.to).probe_write(wanted.folder)
        _refuse(location, wanted)
        sources = {"source": source}
        order = Order((wanted.output,))
        media = self.maker.probe(order, sources, folder, control)
        plan, presets = self.maker.plan(order, media)
        made = self.maker.encode(sources, plan, folder, control)
        checks = self.maker.check(plan, folder, control)
        publisher = Publisher(self.store_for, MemoryLedger())
        staged = publisher.stage(items(made.artifacts, [wanted], folder), control)
        try:
            control.confirm()
            publisher.commit(staged)
        except BaseException:
            with contextlib.suppress(CloudTranscodeError):  # the first error is the one to report
                publisher.abort()
            raise
        results = {
            "sources": {"source": source.pinned.to_dict()},
            "media": {name: told(one) for name, one in media.items()},
            "plan": {**told(plan), "presets": presets},
            "made": made.to_dict(),
            "checks": {"checks": [check.to_dict() for check in checks]},
            "staged": {"uploads": [one.to_dict() for one in staged]},
        }
        return write_receipt([named_by(wanted, plan)], results)


def _refuse(source: Location, wanted: Wanted) -> None:
    """Refuse, before any work, a destination that would cost the source or cannot be written at all."""
    if wanted.would_overwrite(source):
        raise InvalidDocument(
            f"Writing {wanted.to} would overwrite the source {source}.",
            remedy="Choose a destination that neither is the source nor has it in its folder.",
        )
    if isinstance(wanted.to, FileLocation) and wanted.folder != wanted.to and wanted.to.path.is_dir():
        raise InvalidLocation(
            f"{wanted.to} is a folder.", remedy="Name a file in it, or end the destination with / for an HLS ladder."
        )


def _result(
    run_id: str, state: JobState, *, error: CloudTranscodeError | None = None, receipt: Json | None = None
) -> Json:
    return {
        "id": run_id,
        "state": state.value,
        "outputs": receipt["outputs"] if receipt else [],
        "error": error.report.to_dict() if error else None,
        "receipt": receipt,
    }
