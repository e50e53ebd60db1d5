"""A worker's heart: beats, looks after the neighbours, and stops the worker that the fleet has given up."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from cloudtranscode.fleet.host import is_dead_neighbour, this_host
from cloudtranscode.fleet.roster import Roster, Worker

log = logging.getLogger(__name__)


class Jobs(Protocol):
    """What the heart asks of the durable engine."""

    def owners(self) -> set[str]:
        """Return the workers that run jobs, as the engine believes."""

    def recover(self, worker_id: str) -> None:
        """Hand a lost worker's jobs to the queue again; it may raise, and is then asked again later."""


class Heart:
    """Beats every ``interval_s`` seconds, and in a second thread looks after the neighbours.

    ``given_up()`` is called once when this worker was away so long that others may have its jobs. Silent neighbours
    are given up only by a worker whose own heart has been steady for ``patience_s``: after the database was away for
    all, everybody must have had the time to beat again.
    """

    def __init__(
        self,
        worker: Worker,
        roster: Roster,
        jobs: Jobs,
        given_up: Callable[[], None],
        *,
        interval_s: float,
        patience_s: float,
    ) -> None:
        self._worker = worker
        self._roster = roster
        self._jobs = jobs
        self._given_up = given_up
        self._interval_s = interval_s
        self._patience_s = patience_s
        self._steady_since = self._beat_at = time.monotonic()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(work,), name=work.__name__, daemon=True)
            for work in (self._beat, self.look_after_neighbours)
        ]

    def join(self) -> None:
        """Enter the roster, before this worker can own anything."""
        self._roster.join(self._worker)

    def start(self) -> None:
        """Begin to beat."""
        self._steady_since = self._beat_at = time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Leave the roster; the jobs this worker still holds go to others at once."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._roster.leave(self._worker.id)

    def look_after_neighbours(self) -> None:
        """Give up the dead processes of this machine, then clear away every lost worker."""
        host = this_host()
        for neighbour in self._roster.alive():
            if is_dead_neighbour(neighbour, host):
                self._roster.leave(neighbour.id)
        self._roster.recall(self._jobs.owners())
        steady = time.monotonic() - self._steady_since > self._patience_s
        for lost in self._roster.take_lost(silent=steady):
            log.info("worker %s is gone; its jobs go back to the queue", lost)
            self._jobs.recover(lost)
            self._roster.bury(lost)

    def _beat(self) -> None:
        alive = self._roster.beat(self._worker.id)
        now = time.monotonic()
        if now - self._beat_at > self._patience_s / 2:
            self._steady_since = now
        self._beat_at = now
        if not alive:
            self._stop.set()
            self._given_up()

    def _repeat(self, work: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                work()
            except Exception as error:  # noqa: BLE001  # whatever is away now, the next turn tries again
                log.warning("%s failed: %s", work.__name__.strip("_"), type(error).__name__)
            self._stop.wait(self._interval_s)
