"""The roster of workers: who is alive by the heartbeats, who was lost, and who takes care of a lost worker's jobs.

::

    alive ──► lost ──► reaping ──► gone        stopped on purpose: alive ──► lost at once
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Engine, insert, or_, select, update

from cloudtranscode import database
from cloudtranscode.database import workers

_REAP_WITHIN_S = 30.0  # after this a reaper counts as dead itself, and another may begin again


class WorkerState(StrEnum):
    """What the fleet believes of a worker."""

    ALIVE = "alive"
    LOST = "lost"
    REAPING = "reaping"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker process. ``id`` is unique for ever; ``host`` and ``pid`` let neighbours see that it has died."""

    id: str
    host: str
    pid: int
    serves_queue: bool = True


class Roster:
    """Workers in the database; a worker counts as lost ``lost_after_s`` seconds after its last heartbeat."""

    def __init__(self, engine: Engine, lost_after_s: float) -> None:
        self._engine = engine
        self._now = database.now(engine)
        self._lost_after_s = lost_after_s

    def join(self, worker: Worker) -> None:
        """Enter a new worker as alive."""
        row = {
            "id": worker.id,
            "host": worker.host,
            "pid": worker.pid,
            "serves_queue": worker.serves_queue,
            "state": WorkerState.ALIVE.value,
            "started_at": self._now,
            "heartbeat_at": self._now,
        }
        with database.transaction(self._engine) as connection:
            connection.execute(insert(workers).values(row))

    def beat(self, worker_id: str) -> bool:
        """Renew a worker's heartbeat; ``False`` when the fleet has given it up and it must stop."""
        return self._move(_is(worker_id, WorkerState.ALIVE), heartbeat_at=self._now)

    def leave(self, worker_id: str) -> None:
        """Give a worker up at once: it stops, or a neighbour has seen that its process is dead."""
        self._move(_is(worker_id, WorkerState.ALIVE), state=WorkerState.LOST.value)

    def alive(self) -> list[Worker]:
        """Return the workers whose heartbeat is fresh."""
        fresh = (workers.c.state == WorkerState.ALIVE.value) & (workers.c.heartbeat_at > self._deadline())
        with database.transaction(self._engine) as connection:
            rows = connection.execute(select(workers).where(fresh)).all()
        return [Worker(row.id, row.host, row.pid, row.serves_queue) for row in rows]

    def take_lost(self, *, silent: bool = True) -> list[str]:
        """Return ids of lost workers that the caller, and nobody else, must now clear away (then :meth:`bury`).

        With ``silent`` those count whose heartbeat is old, too, and not only those that were given up.
        """
        stale = (workers.c.state == WorkerState.ALIVE.value) & (workers.c.heartbeat_at <= self._deadline())
        abandoned = (workers.c.state == WorkerState.REAPING.value) & (
            workers.c.heartbeat_at <= self._now - _REAP_WITHIN_S
        )
        given_up = or_(abandoned, workers.c.state == WorkerState.LOST.value)
        waiting = or_(given_up, stale) if silent else given_up
        with database.transaction(self._engine) as connection:
            found = connection.execute(select(workers.c.id).where(waiting)).scalars().all()
        return [one for one in found if self._take(one, waiting)]

    def recall(self, worker_ids: set[str]) -> None:
        """Count buried workers as lost again: a late riser took a job in the moment before it noticed its loss."""
        buried = workers.c.id.in_(worker_ids) & (workers.c.state == WorkerState.GONE.value)
        self._move(buried, state=WorkerState.LOST.value)

    def bury(self, worker_id: str) -> None:
        """A lost worker's jobs have found a new owner."""
        self._move(_is(worker_id, WorkerState.REAPING), state=WorkerState.GONE.value)

    def _take(self, worker_id: str, waiting: ColumnElement[bool]) -> bool:
        return self._move(
            (workers.c.id == worker_id) & waiting, state=WorkerState.REAPING.value, heartbeat_at=self._now
        )

    def _deadline(self) -> ColumnElement[float]:
        return self._now - self._lost_after_s

    def _move(self, where: ColumnElement[bool], **values: object) -> bool:
        with database.transaction(self._engine) as connection:
            return connection.execute(update(workers).where(where).values(values)).rowcount > 0


def _is(worker_id: str, state: WorkerState) -> ColumnElement[bool]:
    return (workers.c.id == worker_id) & (workers.c.state == state.value)
