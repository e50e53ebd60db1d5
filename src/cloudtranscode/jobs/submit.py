"""Accepting a job: everything that can be refused without touching the storage is refused here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.errors import IllegalTransition
from cloudtranscode.jobs.authorise import authorise
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.spec import JobSpec, parse_job
from cloudtranscode.jobs.state import JobState
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.jobs.vault import Vault
from cloudtranscode.media.presets import Presets
from cloudtranscode.origin import Origins


class Submission:
    """The front desk: checks a document and writes it down, where the workers find it."""

    def __init__(
        self, clients: ClientRegistry, jobs: JobStore, origins: Origins, presets: Presets, vault: Vault
    ) -> None:
        self._clients = clients
        self._jobs = jobs
        self._origins = origins
        self._presets = presets
        self._vault = vault

    def submit(self, document: Mapping[str, Any]) -> Job:
        """Accept a job document and return the queued job.

        Errors: ``InvalidDocument``, ``UnknownClient``, ``UnknownPreset``, and those of :func:`authorise`.
        """
        spec = parse_job(dict(document))
        self._authorise(spec)
        for choice in spec.choices:
            self._presets.load(choice)
        return self._accept(spec)

    def retry(self, job_id: str) -> Job:
        """Submit the document of a failed or cancelled job again, as a new job that names the old one.

        Errors: ``IllegalTransition`` for a job in any other state, and those of :meth:`submit`.
        """
        old = self._jobs.get(job_id)
        if old.state not in {JobState.FAILED, JobState.CANCELLED}:
            raise IllegalTransition(f"Job {job_id} is {old.state.value}; only failed and cancelled jobs run again.")
        spec = parse_job(old.document)
        self._authorise(spec)
        return self._accept(spec, retry_of=job_id)

    def _authorise(self, spec: JobSpec) -> None:
        client = self._clients.get(spec.client)
        authorise(spec, client, self._clients.around(client), self._origins)

    def _accept(self, spec: JobSpec, retry_of: str | None = None) -> Job:
        job_id = f"job-{uuid.uuid4().hex[:16]}"
        document = self._vault.locked(spec.model_dump(mode="json"))
        self._jobs.add(job_id, spec.client, document, priority=spec.priority, retry_of=retry_of)
        return self._jobs.get(job_id)
