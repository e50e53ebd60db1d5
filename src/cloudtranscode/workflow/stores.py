"""The storage of each job that this process works on, opened once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from cloudtranscode.clients.client import Client
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.spec import JobSpec
from cloudtranscode.location import HttpLocation, Location
from cloudtranscode.storage.port import ObjectStore, SourceStore

_KEPT = 64  # as many jobs as a worker can run; what other workers took over is not told to us


@dataclass(frozen=True, slots=True)
class JobStorage:
    """What one job may use: its client's ``buckets``, and the ``web`` for sources."""

    buckets: ObjectStore
    web: SourceStore

    def holding(self, source: Location) -> SourceStore:
        """Return what to read a source from."""
        return self.web if isinstance(source, HttpLocation) else self.buckets


class JobStores:
    """Keeps the storage of a job from its first step to its last: opening one asks STS for a session.

    ``open_store`` opens the storage as one job of one client may use it.
    """

    def __init__(self, open_store: Callable[[Job, JobSpec, Client], JobStorage]) -> None:
        self._open_store = open_store
        self._stores: dict[str, JobStorage] = {}
        self._lock = threading.Lock()

    def of(self, job: Job, spec: JobSpec, client: Client) -> JobStorage:
        """Return the job's storage. Errors: those of opening one; the next call then tries again."""
        with self._lock:
            known = self._stores.get(job.id)
        if known is not None:
            return known
        opened = self._open_store(job, spec, client)
        with self._lock:
            if len(self._stores) >= _KEPT:
                del self._stores[next(iter(self._stores))]
            return self._stores.setdefault(job.id, opened)

    def drop(self, job: Job) -> None:
        """Forget the storage of a job that has ended."""
        with self._lock:
            self._stores.pop(job.id, None)
