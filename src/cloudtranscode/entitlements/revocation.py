"""A grant taken back: the edits that do it, and what attempts afterwards prove."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloudtranscode.entitlements import document
from cloudtranscode.entitlements.evaluate import evaluate
from cloudtranscode.entitlements.layers import PolicySet
from cloudtranscode.entitlements.order import GrantMode, GrantOrder
from cloudtranscode.entitlements.policy import Policy, Verdict
from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.principal import Principal
from cloudtranscode.entitlements.request import Request
from cloudtranscode.entitlements.sheet import Attachment, GrantSheet, Place
from cloudtranscode.entitlements.verify import Check, Outcome, Result, Status
from cloudtranscode.errors import Side
from cloudtranscode.location import S3Location

_REMEDY = "Take that away, too, and prove it again."
_GENEROUS = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


@dataclass(frozen=True, slots=True)
class Edit:
    """One policy without the grant: ``after`` is ``None`` when no statement is left, so that the policy goes."""

    place: Attachment
    before: str
    after: str | None

    @property
    def changes(self) -> bool:
        """Whether anything of the grant was there."""
        return self.after != self.before


def statements_of(order: GrantOrder, place: Attachment) -> tuple[document.Json, ...]:
    """The statements of the grant that may stand there: also either half of a seal."""
    seals = [seal for seal in order.seals if (place.place, seal.location.bucket) == (Place.BUCKET, place.target)]
    halves = (one for seal in seals for one in seal.statements(order.principal, order.partition))
    return (*place.document["Statement"], *halves)


def edits(order: GrantOrder, sheet: GrantSheet, present: Present) -> tuple[Edit, ...]:
    """Take the grant out of every policy that is known; all other statements keep their bytes.

    Errors: those of :func:`document.revoke`.
    """
    return tuple(_edits(order, sheet, present))


def _edits(order: GrantOrder, sheet: GrantSheet, present: Present) -> Iterator[Edit]:
    for place in sheet.at(Place.BUCKET, Place.KEY):
        text = present.text(place)
        if text is not None:
            yield Edit(place, text, document.revoke(text, statements_of(order, place)))


# --- what attempts prove ------------------------------------------------------------------------------------------


def refused(name: str, before: Outcome | None, after: Outcome, why: str) -> Check:
    """Judge an attempt made after the grant was taken back; ``why`` says what may still allow it.

    ``before`` is the same attempt made while it held. A refusal that may stand for a missing key proves something only
    where the key is known: because it was read before, or because somebody named it (``tried`` in both).
    """
    if after.result in {Result.OK, Result.MISSING}:
        what = "may" if after.result is Result.OK else "may list the bucket"
        return Check(name, Status.FAIL, f"The stack still {what}: {why}.", _REMEDY, Side.CLIENT)
    if after.error and after.result is Result.ERROR:
        return Check(name, Status.UNKNOWN, after.error.message, after.error.remedy, after.error.side)
    if after.result is Result.DENIED or (before and before.result is Result.OK):
        what = f" {after.tried}" if after.tried else ""
        return Check(name, Status.PASS, f"The stack asked for{what or ' it'} and was refused.")
    return Check(
        name,
        Status.UNKNOWN,
        "The stack was refused, as it would be for an object that does not exist.",
        "Name an object that is there with --key.",
        Side.STACK,
    )


def remaining(order: GrantOrder, text: str | None, action: str, location: S3Location) -> str:
    """Say what may still allow ``action`` under ``location``, by the text of the policy that is left there.

    ``text`` is ``""`` for a bucket without a policy, ``None`` where nobody could read it.
    """
    if order.mode is GrantMode.SAME_ACCOUNT:
        return f"the account is the stack's own, and the policies of {order.principal} allow it"
    if text is None:
        return "the bucket's policy could not be read, and may allow it; `--profile` reads it and names the statement"
    if text:
        if granting := _granting(order, Policy.parse(text), action, location):
            return f"{' and '.join(granting)} of the bucket's policy"
        return "the bucket's policy is not what allows it; an ACL or an access point can, or the change is too fresh"
    return "the bucket has no policy; an ACL or an access point can, or the change is too fresh"


def _granting(order: GrantOrder, policy: Policy, action: str, location: S3Location) -> list[str]:
    """The statements that allow it by themselves, were everything else to allow it."""
    resource = location.child("probe").arn(order.partition)
    request = Request(Principal.from_arn(order.principal), action, resource, order.client_account)
    world = PolicySet.closed(identity=(Policy.parse(_GENEROUS),), resource=policy)
    decision = evaluate(request, world)
    return [
        f"Statement[{number}]{f' ({one.sid})' if one.sid else ''}"
        for finding in decision.trace
        if finding.layer == "resource" and (number := finding.statement) is not None
        for one in [policy.statements[number]]
        if one.verdict is Verdict.ALLOW
    ]
