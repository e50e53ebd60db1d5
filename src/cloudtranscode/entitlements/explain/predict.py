"""What the documents that can be read say about a request: each layer by itself, and all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from cloudtranscode.entitlements.bucket import FULL_CONTROL, Bucket, Encryption
from cloudtranscode.entitlements.evaluate import Decision, Effect, Policies, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.explain.evidence import Access, Evidence
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.s3 import Call, decide
from cloudtranscode.entitlements.snapshot import BucketSnapshot
from cloudtranscode.errors import InvalidDocument, InvalidPolicy

GENEROUS = Policy.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
_EVERYONE = Policy.parse({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}})
_ALL_OF_S3 = Policy.parse({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
# Headers that the stack never sends; any other key that a policy tests and that is not told here is not known.
_NOT_SENT = (
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-copy-source",
    "s3:x-amz-grant-",
    "s3:x-amz-metadata-directive",
    "s3:x-amz-storage-class",
    "s3:x-amz-acl",
    "s3:object-lock",
    "s3:requestobjecttag",
    "s3:versionid",
    "s3:prefix",
    "s3:delimiter",
    "s3:max-keys",
    "sts:",
)


def request(evidence: Evidence, keys: Iterable[str]) -> Request:
    """Return the request as conditions see it; of ``keys``, those that nobody here can know stay unknown."""
    known = context(evidence)
    unknown = {key for key in keys if key not in known and not key.startswith(_NOT_SENT)}
    order = evidence.order
    return Request(
        Principal.from_arn(order.stack_arn),
        evidence.access.action,
        evidence.target.arn(order.partition),
        order.client_account,
        known,
        frozenset(unknown),
    )


def context(evidence: Evidence) -> Mapping[str, tuple[str, ...]]:
    """Return the condition keys whose values are known, in lower case."""
    known: dict[str, tuple[str, ...]] = {}
    if evidence.tls is not None:
        known["aws:securetransport"] = (str(evidence.tls).lower(),)
    if evidence.at is not None:
        known["aws:currenttime"] = (evidence.at.strftime("%Y-%m-%dT%H:%M:%SZ"),)
        known["aws:epochtime"] = (str(int(evidence.at.timestamp())),)
    if evidence.access is Access.CLIENT_READ:
        known["s3:x-amz-acl"] = (FULL_CONTROL,)
    return known


def by_bucket_policy(evidence: Evidence, policy: Policy) -> Decision:
    """Decide as if everything but this bucket policy allowed it; within one account only its denials count."""
    policies = PolicySet.closed(identity=(GENEROUS,), resource=policy)
    return evaluate(request(evidence, policies.keys), policies)


def by_statement(evidence: Evidence, statement: Mapping[str, Any], version: str | None) -> Effect:
    """Decide by one statement of a bucket policy; what cannot be parsed grants nothing."""
    document = {"Statement": [statement]} | ({"Version": version} if version else {})
    try:
        return by_bucket_policy(evidence, Policy.parse(document)).effect
    except InvalidPolicy:
        return Effect.IMPLICIT_DENY


def by_own(evidence: Evidence, own: Policies) -> Decision:
    """Decide as if everything but the stack's own policies (identity, boundary or session) allowed it."""
    resource = None if evidence.order.same_account else _EVERYONE
    policies = PolicySet.closed(identity=own, resource=resource)
    return evaluate(request(evidence, policies.keys), policies)


def by_key(evidence: Evidence, key: str, text: str | None) -> Decision:
    """Decide as if everything but the KMS key allowed it; ``text`` is the key's policy, ``None`` when not known."""
    identity = evidence.stack.identity if evidence.stack else None
    own = (GENEROUS,) if identity is None else (_ALL_OF_S3, *map(Policy.parse, identity.values()))
    policies = PolicySet.closed(identity=own, resource=_EVERYONE)
    known = None if text is None else (Policy.parse(text),)
    settings = replace(Bucket.plain(evidence.order.client_account), restricts_public=False)
    return decide(call(evidence), policies, replace(settings, encryption=Encryption(key, known)))


def predict(evidence: Evidence) -> Decision | None:
    """Decide by all that could be seen, and as if what could not be seen allowed it.

    ``None`` when the bucket's policy could not be seen or understood: then there is nothing to go by.
    """
    bucket = evidence.bucket
    if bucket is None or bucket.policy is None:
        return None
    try:
        policies, settings = _as_seen(evidence, bucket)
        return decide(call(evidence, policies.keys), policies, settings)
    except (InvalidPolicy, InvalidDocument):
        return None


def call(evidence: Evidence, keys: Iterable[str] = ()) -> Call:
    """Return the call of the S3 API that was refused."""
    asked = request(evidence, keys)
    return Call(
        "GetObject" if evidence.access is Access.READ else "PutObject",
        asked.principal,
        asked.resource,
        asked.context,
        asked.unknown_keys,
        acl=FULL_CONTROL if evidence.access is Access.CLIENT_READ else None,
    )


def _as_seen(evidence: Evidence, bucket: BucketSnapshot) -> tuple[PolicySet, Bucket]:
    stack = evidence.stack
    seen = stack.policies(bucket) if stack else PolicySet(resource=bucket.resource)
    policies = PolicySet(
        identity=(GENEROUS,) if seen.identity is None else seen.identity,
        resource=seen.resource,
        boundary=seen.boundary or (),
        session=(),
        endpoint=(),
        scps=(),
        rcps=(),
    )
    settings, plain = bucket.bucket, Bucket.plain(evidence.order.client_account)
    known = Bucket(
        account=evidence.order.client_account,
        ownership=settings.ownership or plain.ownership,
        restricts_public=bool(settings.restricts_public),
        requester_pays=bool(settings.requester_pays),
        encryption=plain.encryption if settings.encryption is None else settings.encryption,
        object_owner=None,
        object_readers=None,
    )
    foreign = evidence.object is not None and evidence.object.foreign
    return policies, known if foreign else replace(known, object_owner=known.account)
