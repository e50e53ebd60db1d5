"""Drift: what changed, in meaning, between two looks at what a client has entitled the stack to.

Two kinds of change are told apart: a *fact* (the policy was rewritten, the bucket's ownership is another one) and an
*effect* (the stack can no longer write). A fact may have no effect, and then nobody needs to act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.bucket import FULL_CONTROL, Bucket, Encryption
from cloudtranscode.entitlements.evaluate import Effect, Policies, PolicySet
from cloudtranscode.entitlements.needs import Need
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.principal import Principal
from cloudtranscode.entitlements.public import is_public
from cloudtranscode.entitlements.s3 import Call, decide
from cloudtranscode.entitlements.snapshot import BucketSnapshot, StackSnapshot
from cloudtranscode.entitlements.truth import any_of
from cloudtranscode.errors import InvalidPolicy, Side
from cloudtranscode.location import S3Location, parse_s3

NOTICE_S = 7 * 24 * 3600.0  # how long before a grant runs out it is reported
_SOME_KEY = "cloudtranscode-watch"


class Weight(StrEnum):
    """What a change means for the jobs: some will fail, something got worse, or nothing."""

    BREAKS = "breaks"
    WEAKENS = "weakens"
    NOTES = "notes"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: ``kind`` is a stable word, ``where`` a bucket or the stack's ARN, ``message`` a sentence."""

    kind: str
    where: str
    weight: Weight
    message: str
    remedy: str = ""
    side: Side = Side.CLIENT

    def to_dict(self) -> dict[str, str]:
        """Return plain JSON data."""
        return {name: str(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class View:
    """What was seen for one client at one time: ``at`` in seconds since the epoch.

    ``checks`` maps the name of each live check (``read-input``…) to ``pass``, ``fail`` or ``unknown``.
    """

    client: str
    at: float
    input: S3Location
    output: S3Location
    stack: StackSnapshot
    source: BucketSnapshot
    target: BucketSnapshot
    checks: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        own = {name: getattr(self, name).to_dict() for name in ("stack", "source", "target")}
        places = {"input": self.input.uri, "output": self.output.uri}
        return {"client": self.client, "at": self.at, "checks": dict(self.checks), **places, **own}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> View:
        """Read what :meth:`to_dict` returned."""
        return cls(
            client=data["client"],
            at=data["at"],
            input=parse_s3(data["input"]),
            output=parse_s3(data["output"]),
            stack=StackSnapshot.from_dict(data["stack"]),
            source=BucketSnapshot.from_dict(data["source"]),
            target=BucketSnapshot.from_dict(data["target"]),
            checks=data["checks"],
        )

    def since(self, before: View) -> View:
        """This view, with what could be seen before and cannot be seen now taken to be as it was."""
        return replace(
            self,
            stack=_filled(self.stack, before.stack),
            source=_filled(self.source, before.source),
            target=_filled(self.target, before.target),
        )

    @property
    def buckets(self) -> tuple[BucketSnapshot, ...]:
        """Each bucket once."""
        return (self.source,) if self.source.name == self.target.name else (self.source, self.target)


def changes(before: View, after: View) -> tuple[Change, ...]:
    """Return what changed, effects first; what only one of the two could see is no change, but where it says so."""
    known, now = before.since(after), after.since(before)
    effects = (*_of_checks(before, after), *_of_access(known, now))
    facts = (
        *_of_principal(known.stack, now.stack),
        *(change for pair in zip(known.buckets, now.buckets, strict=True) for change in _of_bucket(*pair)),
        *(change for pair in zip(before.buckets, after.buckets, strict=True) for change in _of_sight(*pair)),
    )
    order = list(Weight)
    return tuple(sorted((*effects, *facts), key=lambda change: order.index(change.weight)))


# --- effects: what the stack may do -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Access:
    """Something that the stack does, for instance by ``need``; ``vital`` when jobs fail without it."""

    words: str
    need: Need
    on_input: bool = False

    @property
    def vital(self) -> bool:
        return not self.need.optional


def _accesses(view: View) -> tuple[_Access, ...]:
    source, target = view.input.child(_SOME_KEY), view.output.child(_SOME_KEY)
    return (
        _Access("read the sources", Need("GetObject", source, ""), on_input=True),
        _Access(
            "tell a missing source from a missing grant",
            Need("ListObjectsV2", source, "", optional=True),
            on_input=True,
        ),
        _Access("write the results", Need("PutObject", target, "")),
        _Access("take back the parts of a crashed job", Need("AbortMultipartUpload", target, "", optional=True)),
        _Access(
            "hand the results over to the bucket's owner",
            Need("PutObject", target, "", acl=FULL_CONTROL, optional=True),
        ),
    )


def _of_checks(before: View, after: View) -> Iterator[Change]:
    """What the live checks proved before and do not prove now, and the other way round."""
    for name, status in after.checks.items():
        was, where = before.checks.get(name), (after.source if "input" in name else after.target).name
        if was == "pass" and status == "fail":
            remedy = f"`ct explain {after.client}` says why and who must act."
            yield Change("check_failed", where, Weight.BREAKS, f"The check {name} passed before and fails now.", remedy)
        elif was == "fail" and status == "pass":
            yield Change("check_passed", where, Weight.NOTES, f"The check {name} failed before and passes now.")


def _of_access(before: View, after: View) -> Iterator[Change]:
    for earlier, access in zip(_accesses(before), _accesses(after), strict=True):
        where = (after.source if access.on_input else after.target).name
        was, now = effect(before, earlier.need), effect(after, access.need)
        if was is now and now is Effect.ALLOW and not _runs_out(before, earlier) and _runs_out(after, access):
            message = f"The grant to {access.words} runs out within {NOTICE_S / 86400:.0f} days."
            remedy = f"Attach the renewed policy: `ct grant {after.client}`."
            yield Change("grant_runs_out", where, Weight.WEAKENS, message, remedy)
        elif was is Effect.ALLOW and now in {Effect.IMPLICIT_DENY, Effect.EXPLICIT_DENY}:
            weight = Weight.BREAKS if access.vital else Weight.WEAKENS
            message = f"The stack may no longer {access.words}: {_words(now)}."
            yield Change("access_lost", where, weight, message, f"`ct explain {after.client}` names the statement.")
        elif was is Effect.ALLOW and now is Effect.UNKNOWN:
            message = f"Whether the stack may {access.words} now depends on what cannot be seen from here."
            yield Change("access_uncertain", where, Weight.WEAKENS, message, f"`ct verify {after.client}` tries it.")
        elif was is not Effect.ALLOW and now is Effect.ALLOW:
            yield Change("access_gained", where, Weight.NOTES, f"The stack may now {access.words}.")


def _words(effect: Effect) -> str:
    return "a statement denies it" if effect is Effect.EXPLICIT_DENY else "no statement allows it"


def _runs_out(view: View, access: _Access) -> bool:
    return effect(replace(view, at=view.at + NOTICE_S), access.need) is not Effect.ALLOW


def first_lost(view: View, needs: Iterable[Need]) -> Need | None:
    """Return the first of a job's needs that it cannot do without and that what was seen certainly refuses."""
    refused = {Effect.IMPLICIT_DENY, Effect.EXPLICIT_DENY}
    return next((need for need in needs if not need.optional and effect(view, need) in refused), None)


def effect(view: View, need: Need) -> Effect:
    """What the policies and settings that were seen say, were everything that was not seen to allow it."""
    seen = view.source if need.location.bucket == view.source.name else view.target
    carried = _context(view.at) | ({"s3:prefix": (need.location.key,)} if need.operation.on_bucket else {})
    try:
        policies = _generous(view.stack, seen)
        call = Call(
            need.call,
            Principal.from_arn(view.stack.arn),
            need.resource.arn(Arn.parse(view.stack.arn).partition),
            carried,
            unknown_keys=policies.keys - carried.keys() - {"s3:x-amz-acl", "sts:externalid"},
            acl=need.acl,
        )
        return decide(call, policies, _settled(seen)).effect
    except InvalidPolicy:
        return Effect.UNKNOWN


def _context(at: float) -> dict[str, tuple[str, ...]]:
    instant = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"aws:currenttime": (instant,), "aws:epochtime": (str(int(at)),), "aws:securetransport": ("true",)}


def _generous(stack: StackSnapshot, seen: BucketSnapshot) -> PolicySet:
    policies = stack.policies(seen)
    return PolicySet(
        identity=policies.identity if policies.identity is not None else _allowing(),
        resource=policies.resource if policies.resource is not None else _allowing(stack.arn),
        boundary=policies.boundary or (),
        session=(),
        endpoint=(),
        scps=(),
        rcps=(),
    )


def _allowing(*principals: str) -> Policies:
    principal = {"Principal": {"AWS": list(principals)}} if principals else {}
    return (Policy.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", **principal}}),)


def _settled(seen: BucketSnapshot) -> Bucket:
    """The bucket's settings, with the harmless value for what could not be seen."""
    usual, bucket = Bucket.plain(seen.account), seen.bucket
    encryption = bucket.encryption if bucket.encryption and bucket.encryption.policy is not None else Encryption()
    return Bucket(
        account=seen.account,
        ownership=bucket.ownership or usual.ownership,
        restricts_public=bucket.restricts_public or False,
        requester_pays=bucket.requester_pays or False,
        encryption=encryption,
        object_owner=seen.account,
        object_readers=(),
    )


# --- facts ------------------------------------------------------------------------------------------------------


def _of_principal(before: StackSnapshot, after: StackSnapshot) -> Iterator[Change]:
    if before.arn != after.arn:
        yield Change(
            "principal_changed",
            after.arn,
            Weight.BREAKS,
            f"The stack ran as {before.arn} and runs as {after.arn} now.",
            "Run the stack as before, or have every client name the new ARN (`ct grant`).",
            Side.STACK,
        )
    elif before.unique_id != after.unique_id:
        yield Change(
            "principal_renewed",
            after.arn,
            Weight.BREAKS,
            f"{after.arn} was deleted and made anew: grants made to the old {before.unique_id} name nobody any more.",
            "Every client attaches its policies again (`ct grant`), even though the ARN reads the same.",
        )
    for name in ("identity", "boundary"):
        if getattr(before, name) != getattr(after, name):
            message = f"The stack's own {name} policies are others than before."
            yield Change("own_policies_changed", after.arn, Weight.NOTES, message, side=Side.STACK)


def _of_bucket(before: BucketSnapshot, after: BucketSnapshot) -> Iterator[Change]:
    if before.exists != after.exists:
        yield _existence(after)
        return
    if before.policy != after.policy:
        words = {"": "was removed"}.get(after.policy or "", "was attached" if before.policy == "" else "was rewritten")
        yield Change("policy_changed", after.name, Weight.NOTES, f"The bucket's policy {words}.")
        if _public(after) and not _public(before):
            yield _became_public(after.name)
    for name, words in _SETTINGS.items():
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            said = f"The bucket's {words} was {_value(was)} and is {_value(now)} now."
            yield Change(f"{name}_changed", after.name, Weight.NOTES, said)


_SETTINGS = {
    "ownership": "object ownership",
    "restricts_public": "RestrictPublicBuckets",
    "requester_pays": "requester-pays setting",
    "kms_key": "default KMS key",
    "kms_policy": "KMS key's policy",
}


def _existence(after: BucketSnapshot) -> Change:
    if after.exists:
        return Change("bucket_returned", after.name, Weight.NOTES, "The bucket is there again.")
    remedy = "Make the bucket again, or register the client with another one."
    return Change("bucket_gone", after.name, Weight.BREAKS, "The bucket does not exist any more.", remedy)


def _became_public(name: str) -> Change:
    return Change(
        "policy_public",
        name,
        Weight.WEAKENS,
        "The bucket's policy has become public; with RestrictPublicBuckets it cuts off every grant to other accounts.",
        'Remove the statement whose principal is "*", or narrow it by a condition.',
    )


def _public(seen: BucketSnapshot) -> bool:
    try:
        return bool(any_of(is_public(policy) for policy in seen.resource or ()))
    except InvalidPolicy:
        return False


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    text = str(value or "none")
    return "changed text" if text.lstrip().startswith("{") else text


def _of_sight(before: BucketSnapshot, after: BucketSnapshot) -> Iterator[Change]:
    if before.policy is not None and after.policy is None and after.exists:
        message = "The bucket's policy could be read before and cannot be read now."
        yield Change("policy_hidden", after.name, Weight.NOTES, message)


# --- small parts ------------------------------------------------------------------------------------------------

_Seen = TypeVar("_Seen", StackSnapshot, BucketSnapshot)


def _filled(seen: _Seen, other: _Seen) -> _Seen:
    """Fill in what ``seen`` could not see from what ``other`` saw of the same thing."""
    names = [field.name for field in fields(seen) if getattr(seen, field.name) is None]
    gaps: dict[str, Any] = {name: getattr(other, name) for name in names}
    return replace(seen, **gaps)
