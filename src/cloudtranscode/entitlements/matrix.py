"""Requests that stand for all that policies tell apart: who, what, which resource, under which conditions.

A policy tells requests apart only by what it names. So a finite set is enough: everybody who is named, a stranger and
nobody; every action that is named and the usual calls; an instance of every resource and a neighbour of it; a context
that meets a statement's conditions, and for each condition one that fails it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.condition import Condition, Context
from cloudtranscode.entitlements.pattern import Template
from cloudtranscode.entitlements.policy import Policy, Statement
from cloudtranscode.entitlements.principal import PRINCIPAL_KEYS, Principal
from cloudtranscode.entitlements.request import Request
from cloudtranscode.errors import InvalidDocument

_STRANGER = "999999999999"
_S3_CALLS = (
    *("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"),
    *("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketPolicy", "s3:PutBucketPolicy"),
)
_KMS_CALLS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:PutKeyPolicy")
_ON_BUCKETS = ("s3:listbucket", "s3:getbucket", "s3:putbucket", "s3:deletebucket")
# One of these passes nearly every test there is, and one fails it; the values that a policy names come first.
_TRIALS = (
    *("cloudtranscode-other", "true", "false", "0", "1000000000", "192.0.2.1", "2001:db8::1"),
    *("1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "arn:aws:iam::999999999999:role/other"),
)

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where policies are compared: the resource they are attached to, its owner's account, and the time.

    ``arn`` is a bucket's or a key's; ``stack`` who is to be entitled; ``now`` an instant, as conditions write it.
    """

    arn: str
    account: str
    stack: str
    now: str

    @property
    def is_key(self) -> bool:
        """Whether it is a key."""
        return ":kms:" in self.arn


@dataclass(frozen=True, slots=True)
class Question:
    """One request; ``when`` are the condition keys that were chosen for it, beside those of every request."""

    request: Request
    when: Values

    @property
    def who(self) -> str:
        """The requester in words."""
        return self.request.principal.arn or "anonymous"

    @property
    def what(self) -> tuple[str, str, str]:
        """Who asks for what, whatever the conditions."""
        return self.who, self.request.action, self.request.resource


def questions(scene: Scene, policies: Iterable[Policy]) -> Iterator[Question]:
    """Yield the representative requests for all statements of ``policies``, each once.

    They are a product: there may be millions for a policy of a few kilobytes, so take no more than you need.
    """
    asked = set()
    for statement in dict.fromkeys(one for policy in policies for one in policy.statements):
        for question in _of(scene, statement):
            key = (question.what, tuple(sorted(question.when.items())))
            if key not in asked:
                asked.add(key)
                yield question


def _of(scene: Scene, statement: Statement) -> Iterator[Question]:
    calls = [one for one in product(_actions(scene, statement), _resources(scene, statement)) if _fits(*one)]
    asked = product(_principals(scene, statement), calls, _contexts(scene, statement))
    for principal, (action, resource), when in asked:
        context = _always(scene) | dict(when)
        yield Question(Request(principal, action, resource, scene.account, context), when)


# --- who ----------------------------------------------------------------------------------------------------------


def _principals(scene: Scene, statement: Statement) -> tuple[Principal, ...]:
    """Who is named, who is nearly the stack, one of the owner's own account, a stranger, and nobody."""
    stack, partition = Arn.parse(scene.stack), scene.arn.split(":")[1]
    near = f"arn:{partition}:iam::{stack.account}:role/cloudtranscode-other"
    own = f"arn:{partition}:iam::{scene.account}:role/cloudtranscode-own"
    stranger = f"arn:{partition}:iam::{_STRANGER}:role/cloudtranscode-stranger"
    element = statement.principals
    named = [one for text in (element.aws if element else ()) for one in _named(text, partition)]
    known = [one for arn in (scene.stack, near, own, stranger, *named) for one in _principal(arn)]
    return tuple(dict.fromkeys([*known, Principal.anonymous()]))


def _named(text: str, partition: str) -> Iterator[str]:
    """The ARNs that a member of ``Principal`` stands for: an account stands for its root and for whoever is in it."""
    if text.isdigit():
        text = f"arn:{partition}:iam::{text}:root"
    if text.startswith("arn:"):
        yield text
        if Arn.parse(text).is_root:
            yield text.removesuffix("root") + "role/cloudtranscode-any"


def _principal(text: str) -> Iterator[Principal]:
    try:
        yield Principal.from_arn(text)
    except InvalidDocument:  # a federated user, who makes no such requests
        return


# --- what -----------------------------------------------------------------------------------------------------------


def _actions(scene: Scene, statement: Statement) -> tuple[str, ...]:
    usual = _KMS_CALLS if scene.is_key else _S3_CALLS
    plain = [action for action in statement.actions if not set("*?") & set(action)]
    known = {action.lower(): action for action in usual}
    return tuple(dict.fromkeys([*usual, *(known.get(action, action) for action in plain)]))


def _resources(scene: Scene, statement: Statement) -> tuple[str, ...]:
    """An instance of each resource, what stands beside it, and what the policy is attached to."""
    instances = [text for one in statement.resources if (text := _instance(one))]
    beside = [f"{text}-beside" for text in instances if "/" in text and not scene.is_key]
    inside = () if scene.is_key else (f"{scene.arn}/cloudtranscode-elsewhere",)
    own = [text for text in (*instances, *beside) if text == scene.arn or text.startswith(f"{scene.arn}/")]
    return tuple(dict.fromkeys([scene.arn, *inside, *own]))


def _instance(template: Template) -> str:
    """One text that a pattern stands for; ``""`` where it has variables of the request."""
    return "" if template.keys else "".join(part if isinstance(part, str) else "x" for part in template.parts)


def _fits(action: str, resource: str) -> bool:
    """Whether such a request can be made: on a bucket, or on an object."""
    if not action.lower().startswith("s3:"):
        return True
    return action.lower().startswith(_ON_BUCKETS) != ("/" in resource)


# --- under which conditions -------------------------------------------------------------------------------------------


def _contexts(scene: Scene, statement: Statement) -> tuple[Values, ...]:
    """Nothing; what meets all conditions; and for each condition what fails it while the others are met."""
    tested = [one for one in statement.conditions if one.key not in PRINCIPAL_KEYS]
    keys = dict.fromkeys(one.key for one in tested)
    trials = (scene.now, *_TRIALS)
    met = {key: value for key in keys if (value := _trial([one for one in tested if one.key == key], True, trials))}
    failed = [met | {one.key: value} for one in tested if (value := _trial([one], False, trials))]
    absent = [{key: value for key, value in met.items() if key != left_out} for left_out in keys]
    unique = {tuple(sorted(values.items())): values for values in ({}, met, *failed, *absent)}
    return tuple(unique.values())


def _always(scene: Scene) -> dict[str, tuple[str, ...]]:
    """What every request carries."""
    return {"aws:currenttime": (scene.now,), "aws:securetransport": ("true",), "aws:userid": ("AIDAOTHER",)}


def _trial(conditions: Sequence[Condition], wanted: bool, trials: Iterable[str]) -> tuple[str, ...]:
    """The first value for which all conditions on one key come out as wanted; ``()`` where none is found."""
    own = [text for one in conditions for value in one.values if (text := _instance(value))]
    for text in (*own, *trials):
        if all(one.holds(Context({one.key: (text,)})) is wanted for one in conditions):
            return (text,)
    return ()
