"""What a long piece of work asks while it runs: may I go on? And what it tells: how far it is."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from cloudtranscode.errors import CloudTranscodeError, DatabaseUnavailable, Fenced, JobCancelled
from cloudtranscode.jobs.store import JobStore

log = logging.getLogger(__name__)

_POLL_S = 0.25  # cancel must reach ffmpeg within a second
_REPORT_S = 0.5


class Control(Protocol):
    """The leash of one running job."""

    @property
    def stop(self) -> threading.Event:
        """Set when the work must end at once."""

    def confirm(self) -> None:
        """Return when the work may go on. Errors: ``JobCancelled``, ``Fenced``."""

    def report(self, progress: Mapping[str, Any]) -> None:
        """Tell how far the work is: ``{phase, percent, frame, fps, speed, eta_s}``."""


class JobControl:
    """The leash of a job in the database: a thread looks several times a second whether it is still ours to run."""

    def __init__(self, jobs: JobStore, job_id: str, epoch: int) -> None:
        self.stop = threading.Event()
        self._jobs = jobs
        self._job_id = job_id
        self._epoch = epoch
        self._reason: CloudTranscodeError | None = None
        self._reported_at = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"control-{job_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def confirm(self) -> None:
        """See :meth:`Control.confirm`."""
        if self._reason is not None:
            raise self._reason
        self._jobs.confirm(self._job_id, self._epoch)

    def report(self, progress: Mapping[str, Any]) -> None:
        """Store progress, at most twice a second."""
        if time.monotonic() - self._reported_at >= _REPORT_S:
            self._reported_at = time.monotonic()
            with contextlib.suppress(DatabaseUnavailable):  # progress is not worth the work that it reports
                self._jobs.report_progress(self._job_id, self._epoch, progress)

    def _watch(self) -> None:
        while not self._ended.wait(_POLL_S):
            try:
                self._jobs.confirm(self._job_id, self._epoch)
            except (Fenced, JobCancelled) as reason:
                self._reason = reason
                self.stop.set()
                return
            except Exception as error:  # noqa: BLE001  # the next look tries again: this thread must not end early
                log.warning("cannot look at job %s: %s", self._job_id, error)


class DirectControl:
    """The leash of work that nobody else owns: the caller's own stop event, and a function that shows progress."""

    def __init__(self, show: Callable[[Mapping[str, Any]], None]) -> None:
        self.stop = threading.Event()
        self._show = show

    def confirm(self) -> None:
        """See :meth:`Control.confirm`."""
        if self.stop.is_set():
            raise JobCancelled("The work was interrupted.")

    def report(self, progress: Mapping[str, Any]) -> None:
        """Show progress."""
        self._show(progress)
