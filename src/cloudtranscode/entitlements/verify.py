"""Proof of a grant: what was attempted, what came back, and what that proves. The attempts are injected."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from cloudtranscode.entitlements.explain.evidence import Access, Evidence, ObjectSnapshot
from cloudtranscode.entitlements.explain.rank import rank
from cloudtranscode.entitlements.grant import OWNER_ACL, GrantOrder
from cloudtranscode.errors import BucketNotFound, ErrorReport, Side


class Result(StrEnum):
    """How an attempt ended. ``UNCLEAR``: a 403 that may also stand for a key that does not exist."""

    OK = "ok"
    DENIED = "denied"
    UNCLEAR = "unclear"
    MISSING = "missing"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt; ``error`` says more when it was neither success nor refusal.

    ``tried`` is the URI of the one object that was asked for, ``None`` when none was found to ask for.
    """

    result: Result
    error: ErrorReport | None = None
    tried: str | None = None


class Attempts(Protocol):
    """What the stack tries with its own credentials. None of it leaves a trace in the client's buckets."""

    def read_input(self) -> Outcome:
        """Read one byte of a named or found object.

        ``DENIED`` when the object is known to exist; ``UNCLEAR`` for a 403 when that is not known; ``MISSING`` when
        nothing is there to be read.
        """

    def write_output(self) -> Outcome:
        """Put an object on a condition that cannot be met: refused by the condition is ``OK``, 403 is ``DENIED``."""

    def client_can_read(self) -> Outcome:
        """Do as :meth:`write_output`, with the ACL ``bucket-owner-full-control``."""


class Status(StrEnum):
    """What a check proved."""

    PASS = "pass"  # noqa: S105  # not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``cause`` says why it came out so; ``remedy`` and ``side`` are empty when it passed."""

    name: str
    status: Status
    cause: str
    remedy: str = ""
    side: Side | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "name": self.name,
            "status": self.status.value,
            "cause": self.cause,
            "remedy": self.remedy,
            "side": self.side and self.side.value,
        }


def verify(attempts: Attempts, order: GrantOrder) -> tuple[Check, ...]:
    """Attempt what ``order`` grants: ``read-input``, ``write-output``, ``client-can-read-output``."""
    write = _write(attempts, order)
    return _read(attempts, order), write, _client_can_read(attempts, order, write)


def _read(attempts: Attempts, order: GrantOrder) -> Check:
    name, outcome = "read-input", attempts.read_input()
    match outcome.result:
        case Result.OK:
            return Check(name, Status.PASS, f"The stack read a byte of {outcome.tried or order.input.uri}.")
        case Result.DENIED:
            return _refused(name, order, Access.READ)
        case Result.UNCLEAR:
            return Check(
                name,
                Status.UNKNOWN,
                "S3 answered 403, which stands for a missing grant as well as for a missing key.",
                "Grant s3:ListBucket, or name a key that exists; attach the grant if it is not attached.",
                Side.CLIENT,
            )
        case Result.MISSING:
            return _missing(name, outcome, order)
    return _failed(name, outcome)


def _missing(name: str, outcome: Outcome, order: GrantOrder) -> Check:
    cause = f"There is no object under {order.input.uri} to be read."
    remedy = "Put an object there, or name one, and verify again."
    if outcome.tried:
        cause = f"{outcome.tried} does not exist, so reading is not proven."
        remedy = "Put the object there, or name one that exists, and verify again."
    return Check(name, Status.UNKNOWN, cause, remedy, Side.CLIENT)


def _write(attempts: Attempts, order: GrantOrder) -> Check:
    name, outcome = "write-output", attempts.write_output()
    match outcome.result:
        case Result.OK:
            return Check(name, Status.PASS, f"The stack may write under {order.output.uri}; nothing was written.")
        case Result.DENIED:
            return _refused(name, order, Access.WRITE)
    return _failed(name, outcome)


def _client_can_read(attempts: Attempts, order: GrantOrder, write: Check) -> Check:
    """Whether the bucket's owner gets the results: by the bucket's setting, or by an ACL that the stack may send."""
    name = "client-can-read-output"
    if write.status is not Status.PASS:
        return Check(name, Status.UNKNOWN, "Writing is not proven, so this was not tried.", write.remedy, write.side)
    if order.same_account:
        return Check(name, Status.PASS, "Stack and client share the account that owns the results.")
    if order.ownership_enforced:
        return Check(name, Status.PASS, "The bucket is BucketOwnerEnforced: it owns whatever is written into it.")
    outcome = attempts.client_can_read()
    match outcome.result:
        case Result.OK:
            return Check(name, Status.PASS, f"The stack may hand over what it writes with the ACL {OWNER_ACL}.")
        case Result.DENIED:
            return Check(
                name,
                Status.FAIL if order.ownership_enforced is False else Status.UNKNOWN,
                f"The stack may not send the ACL {OWNER_ACL}: unless the bucket is BucketOwnerEnforced, "
                "its owner cannot read the results.",
                "Set the bucket's object ownership to BucketOwnerEnforced, or grant s3:PutObjectAcl.",
                Side.CLIENT,
            )
    return _failed(name, outcome)


def _refused(name: str, order: GrantOrder, access: Access) -> Check:
    """The likeliest cause as far as a bare refusal tells; `ct explain` looks further."""
    target = order.input if access is Access.READ else order.output
    there = ObjectSnapshot(exists=True)  # a refusal is told from a missing key before
    causes, _ = rank(Evidence(order, access, target.child("*"), object=there))
    likeliest = causes[0]
    cause = f"S3 refuses {access.action} under {target}. The likeliest cause: {likeliest.cause}"
    remedy = f"{likeliest.remedy} `ct explain {order.client}` finds out more."
    return Check(name, Status.FAIL, cause, remedy, likeliest.side)


def _failed(name: str, outcome: Outcome) -> Check:
    """A fault that says nothing about the grant, or an answer that such an attempt cannot have.

    Only a bucket that does not exist is a proof: what is not there grants nothing.
    """
    if outcome.error is None:
        return Check(name, Status.UNKNOWN, f"The attempt ended with {outcome.result!r}.", "Try again.", Side.STACK)
    status = Status.FAIL if outcome.error.code == BucketNotFound.code else Status.UNKNOWN
    return Check(name, status, outcome.error.message, outcome.error.remedy, outcome.error.side)
