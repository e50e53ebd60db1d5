"""What the stack needs of a client's buckets, and whether a bucket policy gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cloudtranscode.entitlements.evaluate import Decision, Effect, Finding, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.grant import OWNER_ACL
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.public import is_public
from cloudtranscode.entitlements.s3 import combine

_SAMPLE = "any-object"  # stands for every key below a location
_STACK_POLICY = Policy.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
_OWNER_ACL: Mapping[str, tuple[str, ...]] = {"s3:x-amz-acl": (OWNER_ACL,)}
# Rule 28. New buckets have the setting on; whether this one has, its policy does not tell.
_CUT_OFF = Finding(
    "restrict-public-buckets",
    "the policy is public, and with RestrictPublicBuckets S3 cuts off every other account",
    Effect.UNKNOWN,
)
_BEST_FIRST = (Effect.ALLOW, Effect.UNKNOWN, Effect.IMPLICIT_DENY, Effect.EXPLICIT_DENY)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that the stack will make: an action on an ARN, with the condition keys that it surely carries."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """Something that jobs do in ``bucket``. Any of ``ways`` will do; every request of a way has to be allowed.

    ``required`` is false for what jobs can do without.
    """

    name: str
    title: str
    why: str
    bucket: str
    ways: tuple[tuple[Ask, ...], ...]
    required: bool = True

    @property
    def ask(self) -> Ask:
        """The request that stands for the need; of several the last, which tells it from the others."""
        return self.ways[0][-1]


@dataclass(frozen=True, slots=True)
class Answer:
    """A need, and what one policy says to it; ``None`` where the policy cannot be read."""

    need: Need
    decision: Decision | None

    @property
    def effect(self) -> str:
        """``Allow``, ``ExplicitDeny``, ``ImplicitDeny``, ``Unknown``, or ``Unreadable``."""
        return self.decision.effect.value if self.decision else "Unreadable"

    @property
    def cut_off(self) -> bool:
        """Whether it depends on the setting RestrictPublicBuckets, because the policy is public."""
        return self.decision is not None and _CUT_OFF in self.decision.trace

    @property
    def deciding(self) -> tuple[dict[str, Any], ...]:
        """The statements of the bucket's policy that decided: ``{path, sid, how}``, each once."""
        found = [one for one in (self.decision.trace if self.decision else ()) if one.layer == "resource"]
        listed = {one.statement: one for one in found if one.statement is not None}
        return tuple(
            {"path": f"Statement[{place}]", "sid": one.sid, "how": one.how} for place, one in sorted(listed.items())
        )


def needs(order: GrantOrder) -> tuple[Need, ...]:
    """List what jobs of this client do in its buckets, reading first."""
    return tuple(_needs(order))


def answer(need: Need, order: GrantOrder, policy: Policy | None, now: str | None = None) -> Answer:
    """Decide a need by the bucket's policy alone: the stack's own policies are taken to allow everything."""
    policies = PolicySet.closed(identity=(_STACK_POLICY,), resource=policy)
    surely = {"aws:SecureTransport": ("true",)} | ({"aws:CurrentTime": (now,)} if now else {})
    ways = [combine([_decide(ask, order, policies, surely) for ask in way]) for way in need.ways]
    best = min(ways, key=lambda one: _BEST_FIRST.index(one.effect))
    perhaps_cut_off = best.allowed and not order.same_account and policy and is_public(policy) is not False
    return Answer(
        need, Decision(Effect.UNKNOWN, (*best.trace, _CUT_OFF), (_CUT_OFF.layer,)) if perhaps_cut_off else best
    )


def _decide(ask: Ask, order: GrantOrder, policies: PolicySet, surely: Mapping[str, tuple[str, ...]]) -> Decision:
    """Decide one request; of keys that policies ask for and nobody can tell here, the values stay unknown."""
    context = {**surely, **ask.context}
    unknown = policies.keys - {key.lower() for key in context} - {"s3:x-amz-acl"}
    principal = Principal.from_arn(order.principal)
    return evaluate(Request(principal, ask.action, ask.resource, order.client_account, context, unknown), policies)


def _needs(order: GrantOrder) -> Iterator[Need]:
    source, target = order.input, order.output
    yield Need(
        "read",
        "Read the sources",
        "Jobs read the sources by ranges.",
        source.bucket,
        ((Ask("s3:GetObject", source.child(_SAMPLE).arn(order.partition)),),),
    )
    yield Need(
        "look",
        "Tell a missing source from a missing grant",
        "Without it S3 answers 403 to both.",
        source.bucket,
        ((Ask("s3:ListBucket", _bucket(order, source.bucket), {"s3:prefix": (_folder(source.key),)}),),),
        required=False,
    )
    plain = Ask("s3:PutObject", target.child(_SAMPLE).arn(order.partition))
    handed = (replace(plain, context=_OWNER_ACL), Ask("s3:PutObjectAcl", plain.resource, _OWNER_ACL))
    # The stack sends the ACL along, and does without it where the bucket refuses it.
    yield Need("write", "Write the results", "Jobs write the results in parts.", target.bucket, ((plain,), handed))
    yield Need(
        "take-back",
        "Take back unfinished parts",
        "The parts of a job that crashed or was cancelled would stay on your bill.",
        target.bucket,
        ((Ask("s3:AbortMultipartUpload", plain.resource),),),
    )
    yield Need(
        "sweep",
        "Find the parts that a killed worker left",
        "They can be taken back only when they are found.",
        target.bucket,
        ((Ask("s3:ListBucketMultipartUploads", _bucket(order, target.bucket)),),),
        required=False,
    )
    if not (order.ownership_enforced or order.same_account):
        yield Need(
            "hand-over",
            "Hand the results over to you",
            f"Unless the bucket is BucketOwnerEnforced, you can read the results only if the stack may send the ACL "
            f"{OWNER_ACL}.",
            target.bucket,
            (handed,),
            required=order.ownership_enforced is False,
        )


def _bucket(order: GrantOrder, name: str) -> str:
    return f"arn:{order.partition}:s3:::{name}"


def _folder(key: str) -> str:
    return f"{key.rstrip('/')}/" if key else ""
