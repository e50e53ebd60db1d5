"""What each durable step of a job does. Plain JSON in and out; everything it touches is injected."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudtranscode.clients.client import Client
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.entitlements.preflight import requirements
from cloudtranscode.errors import CloudTranscodeError, ScratchLost
from cloudtranscode.jobs.authorise import authorise
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.needs import acl_of, needs_of
from cloudtranscode.jobs.spec import JobSpec, parse_job
from cloudtranscode.jobs.vault import Vault
from cloudtranscode.media.artifact import Artifact, changed
from cloudtranscode.media.outputs import Order
from cloudtranscode.media.studio import AnyPlan, info_of, plan_of, told
from cloudtranscode.origin import Origins
from cloudtranscode.workflow.control import Control
from cloudtranscode.workflow.making import Maker, Source
from cloudtranscode.workflow.probes import Probes, reach
from cloudtranscode.workflow.publish import Ledger, Publisher, StagedItem
from cloudtranscode.workflow.receipt import write_receipt
from cloudtranscode.workflow.scratch import make_folder
from cloudtranscode.workflow.stores import JobStorage, JobStores
from cloudtranscode.workflow.unlock import unlocked
from cloudtranscode.workflow.wanted import items, of_job, order_of

log = logging.getLogger(__name__)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JobPhases:
    """The steps of :class:`~cloudtranscode.workflow.story.Story` on real parts.

    ``stores`` has the storage as one job may use it; ``ledger_of`` the job's open uploads;
    ``explain`` makes one error of all that keeps a job from beginning, which says what to do; ``tell`` delivers the
    notification; ``origins`` are the web servers that sources may be fetched from; ``vault`` opens the
    documents' secrets. Intermediate files lie in ``scratch/<job>/<epoch>``.
    """

    clients: ClientRegistry
    stores: JobStores
    ledger_of: Callable[[Job], Ledger]
    maker: Maker
    scratch: Path
    explain: Callable[[Client, Sequence[CloudTranscodeError]], CloudTranscodeError]
    tell: Callable[[Job], Json]
    origins: Origins
    vault: Vault

    def authorise(self, job: Job) -> Json:
        """Refuse a job that names what is not its client's, however it came into the database."""
        spec = parse_job(job.document)
        client = self.clients.get(job.client)
        authorise(spec, client, self.clients.around(client), self.origins)
        return {}

    def preflight(self, job: Job, control: Control) -> Json:
        """Try everything that the job will do, so that every gap is found at once; pins the source."""
        spec, client, storage = self._open(job)
        control.report({"phase": "preflight"})
        probes, wanted = Probes(storage.buckets), requirements(needs_of(spec, acl=acl_of(client)))
        tried = list(zip(wanted, probes.attempt(wanted), strict=True))
        for fault in [attempt.fault for one, attempt in tried if one.optional and attempt.fault]:
            log.warning("%s will do without: %s", job.id, fault.message)
        faults = [attempt.fault for one, attempt in tried if not one.optional and attempt.fault]
        on_web, unreachable = reach(spec.sources, storage.web)
        pinned = probes.pinned | on_web
        if faults := [*faults, *unreachable]:
            raise self.explain(client, faults)
        return {name: pinned[place].to_dict() for name, place in spec.lent.items()}

    def probe(self, job: Job, sources: Json, control: Control) -> Json:
        """Find out what each clip is."""
        control.report({"phase": "probe"})
        found = self.maker.probe(self._order(job), self._sources(job, sources), self._folder(job), control)
        return {name: told(one) for name, one in found.items()}

    def plan(self, job: Job, media: Json) -> Json:
        """Decide what to make."""
        found = {name: info_of(one) for name, one in media.items()}
        plan, presets = self.maker.plan(self._order(job), found)
        return {**told(plan), "presets": presets}

    def encode(self, job: Job, sources: Json, plan: Json, control: Control) -> Json:
        """Make every output in this execution's own scratch folder."""
        folder = self._folder(job)
        made = self.maker.encode(self._sources(job, sources), self._plan(job, plan), folder, control)
        return {"folder": folder.name, **made.to_dict()}

    def check(self, job: Job, plan: Json, made: Json, control: Control) -> Json:
        """Compare what was made with what was promised; the folder may be that of an earlier execution."""
        checks = self.maker.check(self._plan(job, plan), self._made_in(job, made), control)
        return {"checks": [check.to_dict() for check in checks]}

    def stage(self, job: Job, made: Json, control: Control) -> Json:
        """Upload everything without letting it appear."""
        control.report({"phase": "publish"})
        spec, _, _ = self._open(job)
        artifacts, folder = _artifacts(made), self._made_in(job, made)
        if lost := changed(artifacts, folder):
            raise ScratchLost(f"{len(lost)} of {len(artifacts)} files are not what was checked any more.")
        to_publish = items(artifacts, of_job(spec), folder)
        staged = self._publisher(job).stage(to_publish, control)
        return {"uploads": [one.to_dict() for one in staged]}

    def commit(self, job: Job, staged: Json) -> Json:
        """Let everything appear."""
        self._publisher(job).commit([StagedItem.from_dict(one) for one in staged["uploads"]])
        return {}

    def receipt(self, job: Job, results: Json) -> Json:
        """Write down what was done."""
        return write_receipt(of_job(parse_job(job.document)), results)

    def discard(self, job: Job) -> Json:
        """Abort unfinished uploads and remove the job's scratch folders."""
        if self.ledger_of(job).open():
            self._publisher(job).abort()
        shutil.rmtree(self.scratch / job.id, ignore_errors=True)
        self.stores.drop(job)
        return {}

    def notify(self, job: Job) -> Json:
        """Tell the client, if it wants to be told."""
        return self.tell(job)

    def _open(self, job: Job) -> tuple[JobSpec, Client, JobStorage]:
        client, spec = self.clients.get(job.client), parse_job(job.document)
        return spec, client, self.stores.of(job, spec, client)

    def _plan(self, job: Job, plan: Json) -> AnyPlan:
        """The plan with its secrets open, which neither a step's result nor the receipt ever has."""
        return unlocked(plan_of(plan), lambda secret: self.vault.open(secret, job.client))

    def _order(self, job: Job) -> Order:
        spec = parse_job(job.document)
        return order_of(spec, of_job(spec))

    def _sources(self, job: Job, sources: Json) -> dict[str, Source]:
        spec, _, storage = self._open(job)
        return {name: Source.again(storage.holding(place), place, sources[name]) for name, place in spec.lent.items()}

    def _publisher(self, job: Job) -> Publisher:
        _, _, storage = self._open(job)
        return Publisher(lambda _: storage.buckets, self.ledger_of(job))

    def _folder(self, job: Job) -> Path:
        return make_folder(self.scratch / job.id / str(job.epoch))

    def _made_in(self, job: Job, made: Json) -> Path:
        folder = self.scratch / job.id / str(made["folder"])
        if not folder.is_dir():
            raise ScratchLost(f"The intermediate files of job {job.id} are not on this machine.")
        return folder


def _artifacts(made: Json) -> list[Artifact]:
    return [Artifact.from_dict(one) for one in made["artifacts"]]
