"""Whether a call of the S3 API is allowed: policies, and what S3 adds to them.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.bucket import FULL_CONTROL, Bucket, Ownership
from cloudtranscode.entitlements.compiled import CompiledPolicies, compile_policies
from cloudtranscode.entitlements.evaluate import Decision, Effect, Finding, PolicySet, Request
from cloudtranscode.entitlements.operation import Operation, operation
from cloudtranscode.entitlements.policy import Policy, Principals, Statement, Verdict
from cloudtranscode.entitlements.principal import Principal, PrincipalKind
from cloudtranscode.entitlements.truth import Truth, all_of
from cloudtranscode.errors import InvalidDocument

_PUBLIC_ACLS = {"public-read", "public-read-write", "authenticated-read"}
_GRAVEST = (Effect.EXPLICIT_DENY, Effect.IMPLICIT_DENY, Effect.UNKNOWN, Effect.ALLOW)
# Keys that are the same in a call to S3 and in the one that S3 makes to KMS: those of the caller, and the time.
_FOLLOWING = ("aws:principal", "aws:currenttime", "aws:epochtime")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: an API name (``HeadObject``) on a bucket's or object's ARN; headers that decide are fields.

    ``initiator``: whether the caller began the multipart upload (``None``: not known); ``source``: how the reading of
    a copy's source was decided. ``context`` and ``unknown_keys`` are those of a :class:`Request`.
    Errors: :class:`InvalidDocument` for a call that cannot be made on such a resource.
    """

    name: str
    principal: Principal
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown_keys: frozenset[str] = frozenset()
    acl: str | None = None
    pays: bool = False
    expected_owner: str | None = None
    initiator: bool | None = None
    source: Decision | None = None

    def __post_init__(self) -> None:
        arn = Arn.parse(self.resource)
        named_whole = (arn.service, arn.region, arn.account) == ("s3", "", "")
        if not named_whole or self.operation.on_bucket == ("/" in arn.resource):
            wanted = "a bucket: arn:aws:s3:::bucket" if self.operation.on_bucket else "a key: arn:aws:s3:::bucket/key"
            raise InvalidDocument(f"{self.name} is not made on {self.resource!r}.", remedy=f"Name {wanted}.")

    @property
    def operation(self) -> Operation:
        """What the call needs."""
        return operation(self.name, on_bucket="/" not in self.resource)

    @property
    def permissions(self) -> tuple[str, ...]:
        """The S3 permissions it takes; an ACL and tags sent along take one each of their own."""
        tagged = any(key.lower().startswith("s3:requestobjecttag") for key in self.context)
        sent = {"s3:PutObjectAcl": self.acl is not None, "s3:PutObjectTagging": tagged}
        more = (name for name, is_sent in sent.items() if is_sent and self.operation.writes)
        return (*self.operation.permissions, *more)


def decide(call: Call, policies: PolicySet | CompiledPolicies, bucket: Bucket) -> Decision:
    """Decide ``call``: ``Allow`` only when every permission it takes is allowed and nothing else refuses it.

    Who has many calls to decide compiles the policies first.
    """
    ready = policies if isinstance(policies, CompiledPolicies) else compile_policies(policies)
    decisions = [_permission(call, name, ready, bucket) for name in call.permissions]
    decisions += [_of_key(call, name, ready, bucket) for name in call.operation.kms]
    decisions += _objections(call, ready, bucket)
    if call.operation.copies:
        decisions.append(call.source or _unknown("source", "whether the source may be read is not known"))
    return combine(decisions)


def combine(decisions: list[Decision]) -> Decision:
    """Take several decisions that all have to be ``Allow`` for one; the trace keeps those that decided."""
    effect = min((decision.effect for decision in decisions), key=_GRAVEST.index)
    deciding = [decision for decision in decisions if decision.effect is effect]
    unknown = dict.fromkeys(name for decision in decisions for name in decision.unknown)
    return Decision(effect, tuple(finding for one in deciding for finding in one.trace), tuple(unknown))


def missing_key_status(read: Decision, listing: Decision) -> int | None:
    """Return what S3 answers for a key that does not exist: 404 only to who may list (rule 22); ``None``: not known.

    ``read`` decides the call itself, ``listing`` s3:ListBucket on the bucket.
    """
    allowed = all_of(_truth(decision) for decision in (read, listing))
    return None if allowed is None else 404 if allowed else 403


def _truth(decision: Decision) -> Truth:
    return None if decision.effect is Effect.UNKNOWN else decision.allowed


def _unknown(layer: str, how: str) -> Decision:
    return Decision(Effect.UNKNOWN, (Finding(layer, how, Effect.UNKNOWN),), (layer,))


# --- permissions ------------------------------------------------------------------------------------------------


def _permission(call: Call, name: str, policies: CompiledPolicies, bucket: Bucket) -> Decision:
    request = Request(call.principal, name, call.resource, bucket.account, call.context, call.unknown_keys)
    decision = policies.decide(request)
    if call.operation.reads and _is_foreign(bucket) is not False:
        decision = _perhaps_foreign(decision, _of_foreign_object(call, request, policies, bucket), bucket)
    if call.operation.by_initiator and decision.effect is Effect.IMPLICIT_DENY and call.initiator is not False:
        decision = _for_initiator(call, request, policies)
    return _about(decision, name)


def _for_initiator(call: Call, request: Request, policies: CompiledPolicies) -> Decision:
    """Rule 23: who began an upload may list and abort it, unless something denies that or a cap leaves it out.

    AWS excepts endpoint policies by name and is silent about boundaries and the like, so all caps are kept.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
    """
    implied = policies.variant("initiator", _open_to_initiator).decide(request)
    if call.initiator or not implied.allowed:
        return implied
    return _unknown("initiator", "whether the caller began the upload is not known")


def _open_to_initiator(policies: PolicySet) -> PolicySet:
    sid = "S3's own rule for who began the upload"
    return replace(
        policies,
        identity=None if policies.identity is None else (*policies.identity, _everything(sid)),
        resource=None if policies.resource is None else (*policies.resource, _everything(sid, "*")),
    )


def _everything(sid: str, *principals: str) -> Policy:
    principal = {"Principal": {"AWS": list(principals)}} if principals else {}
    return Policy.parse({"Statement": {"Sid": sid, "Effect": "Allow", "Action": "*", "Resource": "*", **principal}})


def _about(decision: Decision, action: str) -> Decision:
    return replace(decision, trace=tuple(replace(finding, action=action) for finding in decision.trace))


# --- objects that the bucket's owner does not own ------------------------------------------------------------------


def _is_foreign(bucket: Bucket) -> Truth:
    """Whether the object belongs to another account than the bucket; under BucketOwnerEnforced none does."""
    if bucket.ownership is Ownership.ENFORCED:
        return False
    return None if bucket.object_owner is None or bucket.account is None else bucket.object_owner != bucket.account


def _perhaps_foreign(own: Decision, foreign: Decision, bucket: Bucket) -> Decision:
    """Choose between an object of the bucket's owner and a foreign one; not known which counts where it matters."""
    if _is_foreign(bucket):
        return foreign
    if own.effect is foreign.effect:
        return own
    open_ = _unknown("object-ownership", "whether the object belongs to the bucket's owner is not known")
    return replace(open_, trace=(*own.trace, *open_.trace), unknown=(*own.unknown, *open_.unknown))


def _of_foreign_object(call: Call, request: Request, policies: CompiledPolicies, bucket: Bucket) -> Decision:
    """Rule 27: of the bucket's policy only the denials count; the object's ACL takes the place of its grants.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
    """
    readers = _in_acl(call.principal, bucket)
    decision = policies.variant(("acl", readers), partial(_under_acl, readers)).decide(request)
    left_out = _not_in_acl(call, bucket)
    how = "the object belongs to another account, and its ACL leaves the caller out"
    return decision if left_out is False else combine([decision, _objection("object-ownership", left_out, how)])


def _in_acl(principal: Principal, bucket: Bucket) -> tuple[str, ...]:
    """Return the accounts that the object's ACL lets read; an ACL not known is taken to name the caller."""
    readers = (bucket.object_owner, *(bucket.object_readers or ()))
    if bucket.object_owner is None or bucket.object_readers is None:
        readers = (principal.account,)
    return tuple(filter(None, readers))


def _under_acl(readers: tuple[str, ...], policies: PolicySet) -> PolicySet:
    """Put the object's ACL in the place of the bucket policy's grants."""
    if policies.resource is None:
        return policies
    denials = tuple(
        replace(policy, statements=tuple(map(_without_grant, policy.statements))) for policy in policies.resource
    )
    return replace(policies, resource=(*denials, _everything("The object's ACL", *readers)))


def _without_grant(statement: Statement) -> Statement:
    """Leave a Deny as it is and let an Allow name nobody, so that every statement keeps its number."""
    return statement if statement.verdict is Verdict.DENY else replace(statement, principals=Principals())


def _not_in_acl(call: Call, bucket: Bucket) -> Truth:
    """Whether a foreign object's ACL leaves the caller out; ``None`` also where another right than READ is asked."""
    if call.principal.account is not None and call.principal.account == bucket.object_owner:
        return False
    if bucket.object_readers is None:
        return None
    listed = call.principal.account in bucket.object_readers
    return None if listed and call.name.lower() not in {"getobject", "headobject", "getobjectversion"} else not listed


# --- KMS --------------------------------------------------------------------------------------------------------


def _of_key(call: Call, action: str, policies: CompiledPolicies, bucket: Bucket) -> Decision:
    """Rule 24: whether the key's policy, and the caller's own, allow ``action`` on the key by way of S3."""
    if bucket.encryption is None:
        return _unknown("encryption", "whether a KMS key protects the object is not known")
    if bucket.encryption.key is None:
        return Decision(Effect.ALLOW, ())
    key = Arn.parse(bucket.encryption.key)
    if call.principal.kind is PrincipalKind.ANONYMOUS:
        return _objection("key", True, "an unsigned request cannot use a KMS key")
    same_owner = key.account == bucket.account
    change = partial(_of_key_owner, bucket.encryption.policy, same_owner)
    layers = policies.variant(("key", bucket.encryption.policy, same_owner), change)
    decision = layers.decide(_key_request(call, action, key, layers.keys))
    renamed = tuple(replace(one, layer="key") if one.layer == "resource" else one for one in decision.trace)
    unknown = tuple("key" if name == "resource" else name for name in decision.unknown)
    return _about(replace(decision, trace=renamed, unknown=unknown), action)


def _of_key_owner(resource: tuple[Policy, ...] | None, same_owner: bool, policies: PolicySet) -> PolicySet:
    # S3 calls KMS, not the caller: no endpoint.
    return replace(policies, resource=resource, endpoint=(), rcps=policies.rcps if same_owner else None)


def _key_request(call: Call, action: str, key: Arn, tested: frozenset[str]) -> Request:
    """What KMS sees of a call by way of S3; the keys that it may see and that are not known here stay unknown.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    carried = {name: values for name, values in call.context.items() if name.lower().startswith(_FOLLOWING)}
    account = (call.principal.account,) if call.principal.account else ()
    domain = "amazonaws.com.cn" if key.partition == "aws-cn" else "amazonaws.com"
    carried |= {"kms:CallerAccount": account, "kms:ViaService": (f"s3.{key.region}.{domain}",)}
    unknown = {name for name in tested if not name.startswith(_FOLLOWING)} | call.unknown_keys
    return Request(call.principal, action, str(key), key.account, carried, frozenset(unknown))


# --- what refuses a call whatever policies say ------------------------------------------------------------------------


def _objections(call: Call, policies: CompiledPolicies, bucket: Bucket) -> Iterator[Decision]:
    for layer, refused, how in _refusals(call, policies, bucket):
        if refused is not False:
            yield _objection(layer, refused, how)


def _objection(layer: str, refused: Truth, how: str) -> Decision:
    if refused is None:
        return _unknown(layer, f"not known: whether {how}")
    return Decision(Effect.IMPLICIT_DENY, (Finding(layer, how, Effect.IMPLICIT_DENY),))


def _refusals(call: Call, policies: CompiledPolicies, bucket: Bucket) -> Iterator[tuple[str, Truth, str]]:
    """Name each reason, whether it applies, and what it says."""
    anonymous = call.principal.kind is PrincipalKind.ANONYMOUS
    other = True if anonymous else None if bucket.account is None else call.principal.account != bucket.account
    yield (
        "restrict-public-buckets",
        all_of([bucket.restricts_public, policies.public, other]),
        "the bucket's policy is public, and RestrictPublicBuckets cuts off every other account",
    )
    yield (
        "requester-pays",
        all_of([bucket.requester_pays, other, anonymous or not call.pays]),
        "the requester pays, and has not agreed to",
    )
    wrong_owner = None if bucket.account is None else call.expected_owner != bucket.account
    yield (
        "expected-bucket-owner",
        all_of([call.expected_owner is not None, wrong_owner]),
        "the bucket belongs to another account than expected",
    )
    yield "object-ownership", _acl_refused(call, bucket), "the bucket is BucketOwnerEnforced and takes no such ACL"
    blocked = None if call.acl in _PUBLIC_ACLS else False
    yield "block-public-acls", blocked, "the bucket takes ACLs that make public"


def _acl_refused(call: Call, bucket: Bucket) -> Truth:
    """Rule 25: BucketOwnerEnforced takes no ACL but bucket-owner-full-control."""
    enforced = None if bucket.ownership is None else bucket.ownership is Ownership.ENFORCED
    sets_acl = call.name.lower() == "putobjectacl"
    sent = sets_acl if call.acl is None else None if sets_acl and call.acl == FULL_CONTROL else call.acl != FULL_CONTROL
    return all_of([enforced, sent])
