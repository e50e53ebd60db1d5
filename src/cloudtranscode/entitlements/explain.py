"""A refused read or write: what most likely caused it, who must act, and the policy to attach.

S3 answers a request from another account with a bare "Access Denied"; everything said here is reasoned from the
order, from the policies as far as they can be read, and from a decision where one was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.evaluate import Decision, Effect, Finding, Layer, PolicySet, Request, evaluate
from cloudtranscode.entitlements.grant import GrantOrder, grant_sheet, merge
from cloudtranscode.entitlements.policy import Policy, Verdict
from cloudtranscode.entitlements.principal import Principal
from cloudtranscode.errors import InvalidPolicy, Side
from cloudtranscode.location import S3Location

_CLIENT_LAYERS = {Layer.RESOURCE, Layer.RCP, Layer.ENDPOINT}
_STACK_LAYERS = {Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION, Layer.SCP}


class Access(StrEnum):
    """What was refused."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Cause:
    """One possible cause in one sentence, what mends it, and who has to."""

    cause: str
    remedy: str
    side: Side

    def to_dict(self) -> dict[str, str]:
        """Return plain JSON data."""
        return {"cause": self.cause, "remedy": self.remedy, "side": self.side.value}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Causes, the likeliest first, and for each bucket the text of the policy that mends it."""

    causes: tuple[Cause, ...]
    documents: Mapping[str, str]

    def render(self) -> str:
        """Return plain text for a terminal."""
        lines = []
        for rank, cause in enumerate(self.causes, start=1):
            lines += [f"{rank}. [{cause.side}] {cause.cause}", f"   {cause.remedy}"]
        for bucket, text in self.documents.items():
            lines += ["", f"Bucket policy to attach to {bucket}:", text]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"causes": [cause.to_dict() for cause in self.causes], "documents": dict(self.documents)}


def explain(
    decision: Decision | None,
    order: GrantOrder,
    access: Access,
    policies: Mapping[str, str | None] | None = None,
) -> Explanation:
    """Explain why ``access`` was refused.

    ``policies`` maps a bucket to its policy's text: ``""`` when it has none, ``None`` (or no entry) when it cannot be
    read. ``decision`` is what :func:`evaluate` said, where it was asked.
    """
    bucket = _location(order, access).bucket
    text = (policies or {}).get(bucket)
    causes = [*_decided(decision), *_from_policy(order, access, text), *_beyond_policy(order, access)]
    return Explanation(tuple(dict.fromkeys(causes)), _documents(order, bucket, text))


def _location(order: GrantOrder, access: Access) -> S3Location:
    return order.input if access is Access.READ else order.output


def _documents(order: GrantOrder, bucket: str, text: str | None) -> Mapping[str, str]:
    statements = grant_sheet(order).of(bucket)
    if not statements:
        return {}
    try:
        return {bucket: merge(text or None, statements)}
    except InvalidPolicy:
        return {bucket: merge(None, statements)}


# --- from a decision ----------------------------------------------------------------------------------------------


def _decided(decision: Decision | None) -> Iterator[Cause]:
    for finding in decision.trace if decision else ():
        if finding.effect is Effect.EXPLICIT_DENY:
            yield _denied_by(finding)
        elif finding.effect is Effect.IMPLICIT_DENY and finding.layer in _STACK_LAYERS:
            yield Cause(
                f"The stack's own policies do not allow it: no statement of the layer {finding.layer!r} matches.",
                "Allow it there: across accounts the stack's side and the bucket's policy both have to.",
                Side.STACK,
            )


def _denied_by(finding: Finding) -> Cause:
    name = f"statement {finding.statement}" + (f" ({finding.sid})" if finding.sid else "")
    if finding.layer == Layer.RESOURCE:
        return Cause(
            f"The bucket's policy denies it: {name} matches the stack, and a Deny outranks every Allow.",
            f"Exempt the stack from {name} of the bucket's policy, or remove it.",
            Side.CLIENT,
        )
    side = Side.CLIENT if finding.layer in _CLIENT_LAYERS else Side.STACK
    return Cause(f"A policy of the layer {finding.layer!r} denies it: {name}.", f"Change {name} of that policy.", side)


# --- from the bucket's policy --------------------------------------------------------------------------------------


def _from_policy(order: GrantOrder, access: Access, text: str | None) -> Iterator[Cause]:
    where = _location(order, access)
    attach = f"Attach the policy that `ct grant` prints to {where.bucket}; keep the statements that are there already."
    missing = Cause(f"The bucket's policy does not entitle {order.principal} to {access} {where}.", attach, Side.CLIENT)
    if not text:
        if not order.same_account:
            yield missing
        if text is None:
            yield from _unread(order, attach)
        return
    try:
        policy = Policy.parse(text)
    except InvalidPolicy as error:
        yield Cause(f"The bucket's policy cannot be understood. {error.message}", error.remedy, Side.CLIENT)
        return
    decision = _policy_alone(order, access, policy)
    if decision.effect is Effect.IMPLICIT_DENY:
        yield from _near_misses(order, policy)
        yield missing
    elif decision.effect is Effect.UNKNOWN:
        yield Cause(
            "The bucket's policy entitles or denies the stack only under conditions that cannot be judged from here.",
            "Compare the conditions of the bucket's policy with where and how the stack sends its requests.",
            Side.CLIENT,
        )
    yield from _decided(decision)


def _policy_alone(order: GrantOrder, access: Access, policy: Policy) -> Decision:
    """What the bucket's policy says about some object there, were everything else to allow it."""
    action = "s3:GetObject" if access is Access.READ else "s3:PutObject"
    generous = Policy.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    resource = _location(order, access).child("probe").arn(order.partition)
    request = Request(Principal.from_arn(order.stack_arn), action, resource, order.client_account)
    return evaluate(request, PolicySet.closed(identity=(generous,), resource=policy))


def _unread(order: GrantOrder, attach: str) -> Iterator[Cause]:
    """What may stand in a policy that nobody could show."""
    other = "role" if Arn.parse(order.principal).is_user else "user"
    if not order.same_account:
        yield Cause(
            f"The policy may name another principal: the stack is {order.principal}, and a grant to a {other} of that "
            "name, to an account id with a slip, or to a principal that was deleted and made anew never matches.",
            attach,
            Side.CLIENT,
        )
    yield Cause(
        "A Deny in the bucket's policy may match the stack; it outranks every Allow.",
        f"Look for statements with the effect Deny, and exempt {order.principal} from them.",
        Side.CLIENT,
    )


def _near_misses(order: GrantOrder, policy: Policy) -> Iterator[Cause]:
    """Principals of the same name that are somebody else: a user for a role, another account."""
    name = Arn.parse(order.principal).name
    for text in _allowed_arns(policy):
        if text != order.principal and Arn.parse(text).name == name:
            yield Cause(
                f"The bucket's policy names {text}, but the stack is {order.principal}: another principal.",
                f"Name {order.principal} in the policy.",
                Side.CLIENT,
            )


def _allowed_arns(policy: Policy) -> Iterable[str]:
    for statement in policy.statements:
        if statement.verdict is Verdict.ALLOW and statement.principals:
            yield from (text for text in statement.principals.aws if text.startswith("arn:"))


# --- what no policy of the bucket shows ------------------------------------------------------------------------


def _beyond_policy(order: GrantOrder, access: Access) -> Iterator[Cause]:
    where = _location(order, access)
    if access is Access.READ:
        yield Cause(
            "The object does not exist: S3 answers 403 instead of 404 to who may not list the bucket.",
            f"Check the key under {where.uri}; granting s3:ListBucket tells the two apart.",
            Side.SOURCE,
        )
    action = "s3:GetObject" if access is Access.READ else "s3:PutObject"
    yield Cause(
        f"The stack's own identity policy, its boundary or its organization does not allow {action} there.",
        f"Allow {action} on {where.arn(order.partition)} in the policies of {order.principal}.",
        Side.STACK,
    )
    yield Cause(
        "The objects are encrypted with a KMS key that the stack may not use.",
        f"Allow kms:{'Decrypt' if access is Access.READ else 'GenerateDataKey and kms:Decrypt'} to {order.principal} "
        "in the key's policy, and in the stack's identity policy.",
        Side.CLIENT,
    )
    if not order.same_account:
        yield Cause(
            "Public access to the bucket is restricted, and one public statement in its policy cuts off every grant "
            "to other accounts; or a policy of the client's organization denies it.",
            "Remove statements with the principal \"*\" from the bucket's policy, or ask the organization's admin.",
            Side.CLIENT,
        )
