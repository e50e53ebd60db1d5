"""A worker's heart: beats, looks after the neighbours, and stops the worker that the fleet has given up."""

from __future__ import annotations

import logging
import threading
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
    """Beats every ``interval_s`` seconds in a thread of its own, between :meth:`start` and :meth:`stop`.

    ``given_up()`` is called once when this worker was away so long that others may have its jobs.
    """

    def __init__(
        self,
        worker: Worker,
        roster: Roster,
        jobs: Jobs,
        given_up: Callable[[], None],
        interval_s: float,
    ) -> None:
        self._worker = worker
        self._roster = roster
        self._jobs = jobs
        self._given_up = given_up
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def start(self) -> None:
        """Enter the roster and begin to beat."""
        self._roster.join(self._worker)
        self._thread.start()

    def stop(self) -> None:
        """Leave the roster; the jobs this worker still holds go to others at once."""
        self._stop.set()
        self._thread.join()
        self._roster.leave(self._worker.id)

    def _run(self) -> None:
        while True:
            try:
                if not self._roster.beat(self._worker.id):
                    self._given_up()
                    return
                self.look_after_neighbours()
            except Exception as error:  # noqa: BLE001  # whatever is away now, the next beat tries again
                log.warning("heartbeat failed: %s", type(error).__name__)
            if self._stop.wait(self._interval_s):
                return

    def look_after_neighbours(self) -> None:
        """Give up the dead processes of this machine, then clear away every lost worker."""
        host = this_host()
        for neighbour in self._roster.alive():
            if is_dead_neighbour(neighbour, host):
                self._roster.leave(neighbour.id)
        self._roster.recall(self._jobs.owners())
        for lost in self._roster.take_lost():
            log.info("worker %s is gone; its jobs go back to the queue", lost)
            self._jobs.recover(lost)
            self._roster.bury(lost)
