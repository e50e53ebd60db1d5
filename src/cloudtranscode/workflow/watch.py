"""The durable watch over entitlements: look at every client, compare with the last look, tell, and keep the view.

The view is kept last, so that a crash at any point repeats the telling (with the same event id) and never loses it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cloudtranscode.clients.views import ViewStore
from cloudtranscode.entitlements.drift import Change, View, Weight, changes, first_lost
from cloudtranscode.errors import CloudTranscodeError
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.needs import needs_of
from cloudtranscode.jobs.spec import parse_job
from cloudtranscode.jobs.state import ACTIVE
from cloudtranscode.jobs.store import JobStore

log = logging.getLogger(__name__)

Json = dict[str, Any]
RunStep = Callable[[str, Callable[[], Json]], Json]
_MOST_JOBS = 10_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A client's view now, the one before (``None`` at the first look), and what changed between them.

    ``job`` is the first job that would fail, where a change breaks any.
    """

    view: View
    before: View | None
    changes: tuple[Change, ...] = ()
    job: Job | None = None

    @property
    def breaks(self) -> bool:
        """Whether jobs will fail: something that they need broke since the last look, or a live check fails still."""
        return "fail" in self.view.checks.values() or any(change.weight is Weight.BREAKS for change in self.changes)

    def to_dict(self) -> Json:
        """Return plain JSON data."""
        return {
            "client": self.view.client,
            "at": self.view.at,
            "first_look": self.before is None,
            "checks": dict(self.view.checks),
            "changes": [change.to_dict() for change in self.changes],
            "first_job": self.job and {"id": self.job.id, "state": self.job.state.value},
        }


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at clients. ``look`` goes and sees, ``failing`` names the first job that would fail, ``tell`` reports.

    ``eyes`` says whose credentials look: their views are compared with each other alone.
    """

    names: Callable[[], Sequence[str]]
    look: Callable[[str], View]
    failing: Callable[[View], Job | None]
    tell: Callable[[Json], Json]
    views: ViewStore
    eyes: str

    def compare(self, name: str) -> Comparison:
        """Look at one client, and at what changed since the last look."""
        before, view = self.views.latest(name, self.eyes), self.look(name)
        seen = Comparison(view.since(before), before, changes(before, view)) if before else Comparison(view, None)
        return replace(seen, job=self.failing(view)) if seen.breaks else seen

    def keep(self, seen: Comparison) -> None:
        """Let the next look be compared with this one."""
        self.views.keep(seen.view, self.eyes, instead_of=None if seen.changes else seen.before)

    def round(self, run_step: RunStep) -> None:
        """Look at every client once; ``run_step(name, work)`` is the engine's, and its results are durable."""
        for name in run_step("clients", lambda: {"names": list(self.names())})["names"]:
            self._one(name, run_step)

    def _one(self, name: str, run_step: RunStep) -> None:
        found = run_step(f"look:{name}", lambda: self._seen(name))
        if found:
            run_step(f"tell:{name}", lambda: self._told(found))
            run_step(f"keep:{name}", lambda: self._kept(found))

    def _seen(self, name: str) -> Json:
        """What changed; nothing when nothing did, so that the engine keeps no views of its own."""
        try:
            seen = self.compare(name)
            if not seen.changes:
                self.keep(seen)
                return {}
        except CloudTranscodeError as error:
            log.warning("%s cannot be looked at: %s", name, error.message)
            return {}
        except Exception:  # whatever one client does to us, the others are looked at
            log.exception("%s cannot be looked at", name)
            return {}
        for change in seen.changes:
            level = logging.WARNING if change.weight is Weight.BREAKS else logging.INFO
            log.log(level, "%s, %s: %s", name, change.where, change.message)
        return seen.to_dict() | {"view": seen.view.to_dict()}

    def _told(self, found: Json) -> Json:
        try:
            return self.tell(found)
        except CloudTranscodeError as error:
            log.warning("nobody could be told of %s: %s", found["client"], error.message)
            return {}

    def _kept(self, found: Json) -> Json:
        try:
            self.views.keep(View.from_dict(found["view"]), self.eyes)
        except CloudTranscodeError as error:  # then the next round tells of it again
            log.warning("what was seen of %s cannot be kept: %s", found["client"], error.message)
        return {}


def first_failing(jobs: JobStore, view: View) -> Job | None:
    """Return the first of the client's waiting and running jobs that will fail, by what the view shows.

    Where only the live checks tell, and no policy, it is the one whose turn is next.
    """
    active = [job for job in jobs.list(limit=_MOST_JOBS, states=ACTIVE) if job.client == view.client]
    in_turn = sorted(active, key=lambda job: (-int(job.document.get("priority", 0)), job.created_at))
    lost = (job for job in in_turn if first_lost(view, needs_of(parse_job(job.document))))
    told = in_turn[0] if in_turn and "fail" in view.checks.values() else None
    return next(lost, told)
