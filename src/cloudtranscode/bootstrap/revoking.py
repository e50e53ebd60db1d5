"""A grant taken back: what it would stop, the edits, and the proof by attempts that access is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from cloudtranscode.bootstrap.stack import Stack, named_source
from cloudtranscode.clients.client import Client
from cloudtranscode.clients.control import seals_of
from cloudtranscode.entitlements import document
from cloudtranscode.entitlements.grant import GrantOrder, GrantSheet, grant_sheet
from cloudtranscode.entitlements.order import GrantMode
from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.revocation import Edit, edits, refused, remaining, statements_of
from cloudtranscode.entitlements.sheet import Place
from cloudtranscode.entitlements.verify import Check, Outcome, Result, Status
from cloudtranscode.errors import AccessDenied, CloudTranscodeError, Side
from cloudtranscode.identity.attach import delete_bucket_policy, get_bucket_policy, put_bucket_policy
from cloudtranscode.identity.session import client_session
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.needs import object_of
from cloudtranscode.jobs.state import ACTIVE
from cloudtranscode.workflow.attempts import LiveAttempts

# S3 is eventually consistent about policies; most changes work within seconds. Seconds between the attempts, where the
# change was made just now, and where it was made by somebody else before.
_FRESH, _SETTLED = (0.5, 1.0, 2.0, 3.0), (1.0,)
_MOST_JOBS = 10_000


@dataclass(frozen=True, slots=True)
class Revocation:
    """A client's grant as it would be taken back: ``jobs`` are those that would fail."""

    client: Client
    order: GrantOrder
    sheet: GrantSheet
    jobs: tuple[Job, ...]

    def edits(self, present: Present) -> tuple[Edit, ...]:
        """The policies that are known, without the grant."""
        return edits(self.order, self.sheet, present)


@dataclass(frozen=True, slots=True)
class Attempted:
    """Reading and writing as they came out at one moment."""

    read: Outcome
    write: Outcome


def plan(stack: Stack, name: str) -> Revocation:
    """Look what taking back the grant of the client called ``name`` means. Errors: ``UnknownClient``."""
    client = stack.clients.get(name)
    order = replace(stack.grant_order(client), seals=seals_of(stack.key, client))
    jobs = [job for job in stack.jobs.list(limit=_MOST_JOBS, states=ACTIVE) if job.client == name]
    return Revocation(client, order, grant_sheet(order), tuple(jobs))


def apply(revocation: Revocation, profile: str) -> dict[str, str]:
    """Take the grant out of the buckets' policies, as the client; returns ``edited``, ``deleted`` or ``nothing``.

    Errors: those of :func:`client_session`, :func:`put_bucket_policy` and :func:`document.revoke`.
    """
    session = client_session(profile)
    done = {}
    for place in revocation.sheet.at(Place.BUCKET):
        before = get_bucket_policy(session, place.target)
        after = document.revoke(before, statements_of(revocation.order, place)) if before else before
        done[place.target] = "nothing" if after == before else "edited" if after else "deleted"
        if after is None and before is not None:
            delete_bucket_policy(session, place.target)
        elif after is not None and after != before:
            put_bucket_policy(session, place.target, after)
    return done


def attempt(stack: Stack, client: Client, key: str | None = None) -> Attempted:
    """Try to read and to write as jobs do; ``key`` names an object that is there, as for :meth:`Stack.verify`.

    Errors: those of :func:`named_source`.
    """
    named = named_source(client, key) if key else None
    try:
        store = stack.store_of(client)
    except AccessDenied as error:  # the session itself is refused
        return Attempted(*[Outcome(Result.DENIED, error.report)] * 2)
    latest = stack.jobs.latest_of(client.name)
    attempts = LiveAttempts(client, store, named, object_of(latest, client))
    return Attempted(attempts.read_any(), attempts.write_output())


def prove(
    stack: Stack,
    revocation: Revocation,
    before: Attempted | None = None,
    present: Present | None = None,
    *,
    key: str | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Check, ...]:
    """Show by attempts that access is gone, trying again while it is not.

    ``before`` holds the attempts made while the grant held: what could be read then is asked for again. ``present``
    are the policies that are left, of which the reason is read where access is still there.
    Errors: those of :func:`named_source`.
    """
    named = named_source(revocation.client, key).uri if key else None
    known = before.read.tried if before and before.read.result is Result.OK else named
    if revocation.order.mode is GrantMode.ASSUME_ROLE:
        return _until_passed(lambda: [_prove_role(stack, revocation.client)], _SETTLED, sleep)
    delays = _FRESH if before else _SETTLED
    return _until_passed(lambda: _prove_buckets(stack, revocation, before, present or Present(), known), delays, sleep)


def _until_passed(
    look: Callable[[], Sequence[Check]], delays: Sequence[float], sleep: Callable[[float], None]
) -> tuple[Check, ...]:
    for delay in delays:
        checks = look()
        if not any(check.status is Status.FAIL for check in checks):
            return tuple(checks)
        sleep(delay)
    return tuple(look())


def _prove_buckets(
    stack: Stack, revocation: Revocation, before: Attempted | None, present: Present, known: str | None
) -> list[Check]:
    client, order = revocation.client, revocation.order
    after = attempt(stack, client, known)
    texts = present.texts
    why_read = remaining(order, texts.get(client.input.bucket), "s3:GetObject", client.input)
    why_write = remaining(order, texts.get(client.output.bucket), "s3:PutObject", client.output)
    named = Outcome(Result.OK, tried=known) if known else before.read if before else None
    return [
        refused("read-refused", named, after.read, why_read),
        refused("write-refused", before.write if before else None, after.write, why_write),
    ]


def _prove_role(stack: Stack, client: Client) -> Check:
    name, role = "assume-refused", client.terms.role_arn
    try:
        stack.sessions.of_nothing(client)
    except AccessDenied:
        return Check(name, Status.PASS, f"The stack asked for a session of {role} and was refused.")
    except CloudTranscodeError as error:
        return Check(name, Status.UNKNOWN, error.message, error.remedy, error.side)
    remedy = "Delete the role, or the statements that name the stack in its trust policy."
    return Check(name, Status.FAIL, f"The stack still may assume {role}.", remedy, Side.CLIENT)


def unread(revocation: Revocation, present: Present) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name the buckets and keys whose policies nobody could look at, with the statements to take out there."""
    for place in revocation.sheet.at(Place.BUCKET, Place.KEY):
        if not present.knows(place):
            yield place.target, tuple(sorted({one["Sid"] for one in statements_of(revocation.order, place)}))
