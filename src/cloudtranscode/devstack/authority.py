"""Every policy that has a say in a request, put before the evaluator of :mod:`cloudtranscode.entitlements`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from cloudtranscode.devstack.action import Need
from cloudtranscode.devstack.backend import Backend, Bucket, Caller
from cloudtranscode.devstack.ownership import Holding, Ownership
from cloudtranscode.entitlements.evaluate import PolicySet, Request, evaluate
from cloudtranscode.entitlements.policy import Policy, Verdict
from cloudtranscode.entitlements.principal import Principal
from cloudtranscode.errors import InvalidDocument, InvalidPolicy

OWN_ACCOUNT_ACTIONS = ("s3:CreateBucket", "s3:ListAllMyBuckets")  # asked of the caller's account, not of a bucket
_FREE = "sts:GetCallerIdentity"  # nobody can be denied it


class Authority:
    """Says whether a caller may; ``None`` is the anonymous caller. ``clock`` feeds aws:CurrentTime."""

    def __init__(self, backend: Backend, clock: Callable[[], datetime]) -> None:
        self._backend = backend
        self._planted = backend.planted
        self._clock = clock

    def permits(self, caller: Caller | None, need: Need) -> bool:
        """Whether S3 would let ``caller`` do what ``need`` names."""
        bucket = None if need.action in OWN_ACCOUNT_ACTIONS else self._backend.bucket(need.bucket)
        if bucket is None:
            return caller is not None and self._decide(caller, need, caller.account, None)
        policy = Policy.parse(bucket.policy.decode()) if bucket.policy else None
        held = self._foreign_holding(bucket, need)
        if held is None:
            return self._decide(caller, need, bucket.account, policy)
        return self._decide(caller, need, held.owner, _object_policy(policy, bucket, held))

    def permits_key(self, caller: Caller | None, action: str, key: str) -> bool:
        """Whether ``caller`` may use a KMS key whose policy is planted; any other key is anybody's."""
        text = self._planted.keys.get(key)
        return text is None or self._decide(caller, Need(action), key.split(":")[4], Policy.parse(text), key)

    def permits_query(self, caller: Caller, action: str, form: Mapping[str, str]) -> bool:
        """Whether ``caller`` may call STS or IAM (in the caller's own account, resources taken as one)."""
        if action == _FREE:
            return True
        if action == "sts:AssumeRole":
            return self._may_assume(caller, form)
        return action.startswith("iam:") and self._decide(caller, Need(action), caller.account, None)

    def organization_allows(self, caller: Caller, action: str, resource: str) -> bool:
        """Whether the service control policies over the caller's account allow ``action``, all else aside."""
        policies = PolicySet(
            identity=(Policy.parse(_EVERYTHING),),
            resource=(),
            boundary=(),
            session=(),
            endpoint=(),
            scps=self._planted.scps_of(caller.account),
            rcps=(),
        )
        request = Request(_principal(caller), action, resource, caller.account, self._context({}))
        return evaluate(request, policies).allowed

    def _foreign_holding(self, bucket: Bucket, need: Need) -> Holding | None:
        """Who owns the object, where that is not the bucket's owner (rule 27)."""
        if not need.reads_object or bucket.ownership is Ownership.ENFORCED:
            return None
        held = self._backend.holding(bucket.name, need.key, need.context.get("s3:VersionId"))
        return held if held and held.owner != bucket.account else None

    def _decide(self, caller: Caller | None, need: Need, owner: str, policy: Policy | None, resource: str = "") -> bool:
        try:
            policies = PolicySet(
                identity=tuple(Policy.parse(text) for text in caller.identity) if caller else (),
                resource=() if policy is None else (policy,),
                boundary=_parsed(caller.boundary if caller else None),
                session=_parsed(caller.session_policy if caller else None),
                scps=self._planted.scps_of(caller.account if caller else None),
                rcps=self._planted.rcps_of(owner) if need.action.startswith("s3:") else (),
                endpoint=self._planted.endpoint_policies if need.action.startswith("s3:") else (),
            )
            request = Request(
                _principal(caller), need.action, resource or need.resource, owner, self._context(need.context)
            )
        except (InvalidPolicy, InvalidDocument):  # what nobody can read grants nothing
            return False
        return evaluate(request, policies).allowed

    def _may_assume(self, caller: Caller, form: Mapping[str, str]) -> bool:
        """A role is assumed when its trust policy names the caller; an identity policy alone is never enough.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
        """
        role = form.get("RoleArn", "")
        trust = _trust_policy(self._backend.trust_policy(role))
        if trust is None:
            return False
        keys = {"sts:RoleSessionName": "RoleSessionName", "sts:ExternalId": "ExternalId"}
        context = {key: form[name] for key, name in keys.items() if name in form}
        actions = ("sts:AssumeRole", *(("sts:TagSession",) if "Tags.member.1.Key" in form else ()))
        trusted = replace(caller, identity=(_EVERYTHING,), session_policy=None)
        elsewhere = ""  # no account: as across accounts, the trust policy has to allow by itself
        return all(
            self._decide(trusted, need, elsewhere, trust, role)
            and self._decide(caller, need, role.split(":")[4], trust, role)
            for need in [Need(action, context=context) for action in actions]
        )

    def _context(self, own: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        now = self._clock()
        general = {
            "aws:SecureTransport": "false",
            "aws:SourceIp": "127.0.0.1",
            "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(now.timestamp())),
        }
        return {key: (value,) for key, value in {**general, **own}.items()}


_EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def _parsed(text: str | None) -> tuple[Policy, ...]:
    return (Policy.parse(text),) if text else ()


def _principal(caller: Caller | None) -> Principal:
    if caller is None:
        return Principal.anonymous()
    return Principal.session(caller.arn, caller.role) if caller.role else Principal.from_arn(caller.arn)


def _trust_policy(text: str | None) -> Policy | None:
    """A role's trust policy; what nobody can read trusts nobody."""
    try:
        return Policy.parse_trust(text) if text is not None else None
    except InvalidPolicy:
        return None


def _object_policy(policy: Policy | None, bucket: Bucket, held: Holding) -> Policy:
    """What governs an object that is not the bucket owner's: the bucket's denials, and the object's own ACL.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
    """
    readers = (held.owner, bucket.account) if held.bucket_owner_reads else (held.owner,)
    acl = Policy.parse(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": list(readers)},
                "Action": "s3:GetObject*",
                "Resource": f"arn:aws:s3:::{bucket.name}/*",
            },
        }
    )
    denials = [item for item in policy.statements if item.verdict is Verdict.DENY] if policy else []
    return replace(acl, statements=(*acl.statements, *denials))
