"""Accepting a job: everything that can be refused without touching the storage is refused here."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.errors import IllegalTransition
from cloudtranscode.jobs.authorise import authorise
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.spec import JobSpec, parse_job
from cloudtranscode.jobs.state import JobState
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.media.presets import load_preset


class Submission:
    """The front desk: checks a document, writes it down, hands it to the queue."""

    def __init__(self, clients: ClientRegistry, jobs: JobStore, enqueue: Callable[[str, int], None]) -> None:
        """``enqueue(job id, priority)`` hands an accepted job to the workers; repeating it is harmless."""
        self._clients = clients
        self._jobs = jobs
        self._enqueue = enqueue

    def submit(self, document: Mapping[str, Any]) -> Job:
        """Accept a job document and return the queued job.

        Errors: ``InvalidDocument``, ``UnknownClient``, ``LocationNotAllowed``, ``UnknownPreset``.
        """
        spec = parse_job(dict(document))
        authorise(spec, self._clients.get(spec.client))
        for name in spec.preset_names:
            load_preset(name)
        return self._accept(spec)

    def retry(self, job_id: str) -> Job:
        """Submit the document of a failed or cancelled job again, as a new job that names the old one.

        Errors: ``IllegalTransition`` for a job in any other state, and those of :meth:`submit`.
        """
        old = self._jobs.get(job_id)
        if old.state not in {JobState.FAILED, JobState.CANCELLED}:
            raise IllegalTransition(f"Job {job_id} is {old.state.value}; only failed and cancelled jobs run again.")
        spec = parse_job(old.document)
        authorise(spec, self._clients.get(spec.client))
        return self._accept(spec, retry_of=job_id)

    def _accept(self, spec: JobSpec, retry_of: str | None = None) -> Job:
        job_id = f"job-{uuid.uuid4().hex[:16]}"
        self._jobs.add(job_id, spec.client, spec.model_dump(mode="json"), retry_of)
        self._enqueue(job_id, spec.priority)
        return self._jobs.get(job_id)
