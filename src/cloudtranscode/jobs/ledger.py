"""The open uploads of a job, written down before and after each one starts, so that a crash leaves none behind.

An entry belongs to the execution (epoch) that made it. An execution sees its own and earlier ones; one that has lost
the job can neither add entries nor see those of its successor.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select, update

from cloudtranscode import database
from cloudtranscode.database import jobs, uploads
from cloudtranscode.errors import Fenced


class UploadLedger:
    """The ledger of one job, as one execution may use it."""

    def __init__(self, engine: Engine, job_id: str, epoch: int) -> None:
        self._engine = engine
        self._job_id = job_id
        self._epoch = epoch

    def intend(self, uri: str) -> None:
        """An upload to ``uri`` is about to start. Errors: :class:`Fenced`."""
        with database.transaction(self._engine) as connection:
            self._hold_job(connection)
            connection.execute(delete(uploads).where(self._visible() & (uploads.c.uri == uri)))
            connection.execute(insert(uploads).values(job=self._job_id, uri=uri, upload=None, epoch=self._epoch))

    def note(self, uri: str, upload: str) -> None:
        """The upload to ``uri`` has started under this id. Errors: :class:`Fenced`."""
        mine = (uploads.c.job == self._job_id) & (uploads.c.uri == uri) & (uploads.c.epoch == self._epoch)
        with database.transaction(self._engine) as connection:
            if not connection.execute(update(uploads).where(mine).values(upload=upload)).rowcount:
                raise Fenced(f"Job {self._job_id} has a new owner.")

    def open(self) -> dict[str, str | None]:
        """Return ``{uri: upload id, or None when the crash came before it was known}``."""
        with database.transaction(self._engine) as connection:
            rows = connection.execute(select(uploads.c.uri, uploads.c.upload).where(self._visible()))
            return {row.uri: row.upload for row in rows}

    def of_others(self) -> set[str]:
        """Return the ids of uploads that other jobs have open."""
        with database.transaction(self._engine) as connection:
            query = select(uploads.c.upload).where(uploads.c.job != self._job_id, uploads.c.upload.is_not(None))
            return set(connection.execute(query).scalars())

    def forget(self, uris: Collection[str]) -> None:
        """The uploads to these are completed or aborted."""
        with database.transaction(self._engine) as connection:
            connection.execute(delete(uploads).where(self._visible() & uploads.c.uri.in_(uris)))

    def _visible(self) -> ColumnElement[bool]:
        return (uploads.c.job == self._job_id) & (uploads.c.epoch <= self._epoch)

    def _hold_job(self, connection: Connection) -> None:
        """Lock the job's row for this transaction, if the job is still ours: nobody claims it in between."""
        mine = (jobs.c.id == self._job_id) & (jobs.c.epoch == self._epoch)
        if not connection.execute(update(jobs).where(mine).values(epoch=jobs.c.epoch)).rowcount:
            raise Fenced(f"Job {self._job_id} has a new owner.")
