"""The gate in front of moto: who calls, what they need, and whether every policy lets them.

The order is AWS's: the signature, then the permissions, and only then what would tell a stranger something about the
bucket (preconditions, digests, uploads).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cloudtranscode.devstack import refusal
from cloudtranscode.devstack.action import Need, needs
from cloudtranscode.devstack.authority import OWN_ACCOUNT_ACTIONS, Authority
from cloudtranscode.devstack.backend import Backend, Caller
from cloudtranscode.devstack.bucket_policy import check_policy
from cloudtranscode.devstack.call import Call
from cloudtranscode.devstack.ownership import acl_permitted
from cloudtranscode.devstack.refusal import Refusal
from cloudtranscode.devstack.signature import Signature, read_signature
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.public import is_public

_SHA256 = re.compile(r"[0-9a-f]{64}")
_OWNERS_ONLY = ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate decided: ``caller`` is ``None`` when nobody proved to be one, ``refusal`` when all is permitted."""

    service: str
    caller: Caller | None = None
    needs: tuple[Need, ...] = ()
    refusal: Refusal | None = None


class Gate:
    """Decides on each request. ``clock`` gives the present time, with its zone.

    ``if_match_needs_read``: see :class:`cloudtranscode.devstack.server.Devstack`.
    """

    def __init__(self, backend: Backend, clock: Callable[[], datetime], *, if_match_needs_read: bool) -> None:
        self._backend = backend
        self._authority = Authority(backend, clock)
        self._clock = clock
        self._if_match_needs_read = if_match_needs_read

    def judge(self, call: Call) -> Judgement:
        """Decide on ``call``; nothing is changed."""
        signature = read_signature(call)
        if signature is None:
            signed = "authorization" in call.headers or {"X-Amz-Signature", "AWSAccessKeyId"} & call.query.keys()
            return Judgement("s3", refusal=refusal.OTHER_SIGNATURE) if signed else self._judge_s3(call, None)
        caller = self._backend.caller(signature.access_key)
        failed = self._authenticate(call, signature, caller)
        if failed is not None or caller is None:
            return Judgement(signature.service, refusal=failed or refusal.UNKNOWN_KEY)
        if signature.service == "s3":
            elsewhere = self._lives_elsewhere(call, signature.region)
            return Judgement("s3", caller, refusal=refusal.ELSEWHERE) if elsewhere else self._judge_s3(call, caller)
        return self._judge_query(call, signature.service, caller)

    def _authenticate(self, call: Call, signature: Signature, caller: Caller | None) -> Refusal | None:
        if caller is None:
            return refusal.UNKNOWN_KEY
        if not hmac.compare_digest((signature.token or "").encode(), (caller.token or "").encode()):
            return refusal.INVALID_TOKEN
        if not signature.matches(call, caller.secret):
            return refusal.BAD_SIGNATURE
        return self._expired(signature, caller) or _body_mismatch(call)

    def _expired(self, signature: Signature, caller: Caller) -> Refusal | None:
        now = self._clock()
        if caller.expires is not None and now >= caller.expires:
            return refusal.EXPIRED_TOKEN
        return refusal.EXPIRED_REQUEST if signature.expires is not None and now >= signature.expires else None

    def _lives_elsewhere(self, call: Call, region: str) -> bool:
        bucket = self._backend.bucket(call.bucket) if call.bucket else None
        return bucket is not None and bucket.region != region

    # --- STS and IAM ---

    def _judge_query(self, call: Call, service: str, caller: Caller) -> Judgement:
        """STS and IAM: forms posted to ``/``, as every SDK sends them."""
        form = call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        if service not in ("sts", "iam") or not form or (call.method, call.target) != ("POST", "/"):
            return Judgement(service, caller, refusal=refusal.UNMAPPED)
        need = Need(f"{service}:{call.form.get('Action', '')}")
        allowed = self._authority.permits_query(caller, need.action, call.form)
        return Judgement(service, caller, (need,), None if allowed else refusal.ACCESS_DENIED)

    def organization_allows(self, caller: Caller, action: str, resource: str) -> bool:
        """What IAM's simulator says of the service control policies over the caller's account."""
        return self._authority.organization_allows(caller, action, resource)

    # --- S3 ---

    def _judge_s3(self, call: Call, caller: Caller | None) -> Judgement:
        wanted = needs(call)
        if self._if_match_needs_read and wanted and wanted[0].action == "s3:PutObject" and "if-match" in call.headers:
            wanted += (Need("s3:GetObject", call.bucket, call.key),)
        failed = refusal.UNMAPPED if not wanted else self._refuse_s3(call, caller, wanted)
        return Judgement("s3", caller, wanted, failed)

    def _refuse_s3(self, call: Call, caller: Caller | None, wanted: tuple[Need, ...]) -> Refusal | None:
        own = wanted[0]
        for need in wanted:
            if need.action not in OWN_ACCOUNT_ACTIONS and self._backend.bucket(need.bucket) is None:
                return refusal.NO_SUCH_BUCKET
        if not self._expected_owner(call, wanted):
            return refusal.ACCESS_DENIED
        if not all(self._authority.permits(caller, need) for need in wanted):
            return refusal.ACCESS_DENIED
        if not self._settings_permit(call, caller, own):
            return refusal.ACCESS_DENIED
        if self._hides_absence(call, caller, own):
            return refusal.ACCESS_DENIED
        return self._refuse_policy(call, caller, own) or self._refuse_write(call, own)

    def _settings_permit(self, call: Call, caller: Caller | None, own: Need) -> bool:
        """Whether public access block, Requester Pays and the object's KMS key let another account through."""
        bucket = None if own.action in OWN_ACCOUNT_ACTIONS else self._backend.bucket(own.bucket)
        if bucket is None:
            return True
        if caller is None or caller.account != bucket.account:
            policy = Policy.parse(bucket.policy.decode()) if bucket.policy else None
            if bucket.restricts_public and policy is not None and is_public(policy) is not False:
                return False
            pays = caller is not None and call.headers.get("x-amz-request-payer") == "requester"
            if bucket.name in self._backend.planted.requester_pays and not pays:
                return False
        key = self._backend.kms_key(own.bucket, own.key) if own.action == "s3:GetObject" else None
        return key is None or self._authority.permits_key(caller, "kms:Decrypt", key)

    def _expected_owner(self, call: Call, wanted: tuple[Need, ...]) -> bool:
        """Whether the buckets belong to whom the caller thinks (and says) they do."""
        for header, need in (
            ("x-amz-expected-bucket-owner", wanted[0]),
            ("x-amz-source-expected-bucket-owner", wanted[-1]),
        ):
            bucket = self._backend.bucket(need.bucket)
            if header in call.headers and bucket is not None and bucket.account != call.headers[header]:
                return False
        return True

    def _hides_absence(self, call: Call, caller: Caller | None, own: Need) -> bool:
        """Without s3:ListBucket a missing key looks like a missing grant.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
        """
        if not own.reads_object or call.method not in ("GET", "HEAD"):
            return False
        if self._backend.holding(own.bucket, own.key, call.query.get("versionId")) is not None:
            return False
        return not self._authority.permits(caller, Need("s3:ListBucket", own.bucket))

    def _refuse_policy(self, call: Call, caller: Caller | None, own: Need) -> Refusal | None:
        """Only the owner's account handles a bucket's policy, whatever the policy itself grants."""
        if own.action not in _OWNERS_ONLY:
            return None
        bucket = self._backend.bucket(own.bucket)
        if bucket is None or caller is None or caller.account != bucket.account:
            return refusal.NOT_OWNER
        if own.action == "s3:PutBucketPolicy":
            return check_policy(call.body, self._backend.principal_exists)
        return refusal.NO_SUCH_POLICY if own.action == "s3:GetBucketPolicy" and bucket.policy is None else None

    def _refuse_write(self, call: Call, own: Need) -> Refusal | None:
        bucket = self._backend.bucket(own.bucket)
        if bucket is None:
            return None
        if call.method in ("PUT", "POST") and own.key and not acl_permitted(bucket.ownership, call.headers):
            return refusal.ACL_NOT_SUPPORTED
        upload = call.query.get("uploadId")
        if upload is not None and not self._backend.upload_exists(own.bucket, own.key, upload):
            return refusal.NO_SUCH_UPLOAD
        return None if _digest_matches(call) else refusal.BAD_DIGEST


def _body_mismatch(call: Call) -> Refusal | None:
    """Refuse a body that is not the one whose hash was signed."""
    claimed = call.headers.get("x-amz-content-sha256", "")
    signed = _SHA256.fullmatch(claimed) is not None
    return refusal.BODY_MISMATCH if signed and hashlib.sha256(call.body).hexdigest() != claimed else None


def _digest_matches(call: Call) -> bool:
    """Whether Content-MD5, where given, fits the body (a chunk-signed body has its frames still in it)."""
    claimed = call.headers.get("content-md5")
    if claimed is None or call.headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        return True
    return base64.b64encode(hashlib.md5(call.body, usedforsecurity=False).digest()).decode() == claimed
