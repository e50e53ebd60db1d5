"""The one module that knows moto's insides: accounts, keys, identity policies, buckets and objects.

moto keeps all state in globals of the process, so one process has one devstack at a time; :meth:`Backend.reset`
empties it. Bucket policies and object holdings are kept here and never shown to moto, whose own reading of policies
ignores principals and conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from flask import Flask
from moto.core.base_backend import BackendDict
from moto.iam.models import Group, IAMBackend, Role, User, iam_backends
from moto.moto_server.werkzeug_app import create_backend_app
from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeBucket, FakeKey, s3_backends
from moto.sts.models import AssumedRole, sts_backends

from cloudtranscode.devstack.ownership import Holding, Ownership
from cloudtranscode.devstack.planted import Planted

_PARTITION = "aws"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key a request is signed with: ``arn`` is the user's, or the session's of the assumed ``role``."""

    arn: str
    account: str
    secret: str
    identity: tuple[str, ...]
    role: str | None = None
    token: str | None = None
    session_policy: str | None = None
    expires: datetime | None = None
    boundary: str | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """What the gate must know of a bucket; ``policy`` is the document as it was put."""

    name: str
    account: str
    ownership: Ownership
    policy: bytes | None
    region: str
    restricts_public: bool


class Backend:
    """moto's state, read and written in the words of this package."""

    def __init__(self) -> None:
        self._policies: WeakKeyDictionary[FakeBucket, bytes] = WeakKeyDictionary()
        self._holdings: WeakKeyDictionary[FakeKey, Holding] = WeakKeyDictionary()
        self._upload_acls: dict[str, str | None] = {}
        self.planted = Planted()

    def reset(self) -> None:
        """Forget every account, bucket and object of this process."""
        BackendDict.reset()
        for kept in (self._policies, self._holdings, self._upload_acls):
            kept.clear()
        self.planted.clear()

    def application(self, service: str) -> Flask:
        """Give moto's WSGI application for ``s3``, ``sts`` or ``iam``."""
        app = create_backend_app(service)  # type: ignore[arg-type]  # moto's literal of some 200 names
        app.url_map.merge_slashes = False  # a key may hold two slashes in a row
        return app

    # --- identities ---

    def caller(self, access_key: str) -> Caller | None:
        """Who ``access_key`` belongs to, over all accounts."""
        for account in list(iam_backends):
            for user in list(_iam(account).users.values()):
                for key in user.access_keys:
                    if key.access_key_id == access_key and key.status == "Active":
                        return Caller(user.arn, account, key.secret_access_key, tuple(_user_policies(user, account)))
            for session in sts_backends[account][_PARTITION].assumed_roles:
                if session.access_key_id == access_key:
                    return _session_caller(session, account)
        return None

    def create_user(self, account: str, name: str, policy: str | None = None) -> tuple[str, str]:
        """Create a user with an inline identity policy; returns its access key id and secret."""
        iam = _iam(account)
        iam.create_user("us-east-1", name)
        if policy is not None:
            iam.put_user_policy(name, "inline", policy)
        key = iam.create_access_key(name)
        return key.access_key_id, key.secret_access_key

    def create_role(self, account: str, name: str, trust: str, policy: str | None = None) -> str:
        """Create a role with a trust policy and an inline identity policy; returns its ARN."""
        iam = _iam(account)
        role = iam.create_role(name, trust, "/", None, "", [], "43200")
        if policy is not None:
            iam.put_role_policy(name, "inline", policy)
        return str(role.arn)

    def trust_policy(self, role_arn: str) -> str | None:
        """The trust policy of a role, ``None`` when there is no such role."""
        role = _role(role_arn)
        return role.assume_role_policy_document if role else None

    def principal_exists(self, arn: str) -> bool:
        """Whether ``arn`` is a user or role of this process, which S3 asks of a bucket policy's principals."""
        account = arn.split(":")[4]
        if account not in iam_backends:
            return False
        return _role(arn) is not None or any(user.arn == arn for user in _iam(account).users.values())

    # --- buckets and objects ---

    def bucket(self, name: str) -> Bucket | None:
        """The bucket called ``name`` in whichever account."""
        found = _bucket(name)
        if found is None:
            return None
        setting = Ownership(str(found.ownership_rule)) if found.ownership_rule else Ownership.WRITER
        block = found.public_access_block
        restricts = bool(block and block.restrict_public_buckets)
        return Bucket(name, found.account_id, setting, self._policies.get(found), found.region_name, restricts)

    def create_bucket(self, account: str, name: str) -> None:
        """Create a bucket as AWS does today: its owner owns every object in it."""
        bucket = s3_backends[account][_PARTITION].create_bucket(name, "us-east-1")
        bucket.ownership_rule = str(Ownership.ENFORCED)  # type: ignore[assignment]  # moto keeps a text, whatever it says

    def put_policy(self, name: str, document: bytes | None) -> None:
        """Attach ``document`` to a bucket, or take its policy away with ``None``."""
        found = _bucket(name)
        if found is not None and document is not None:
            self._policies[found] = document
        elif found is not None:
            self._policies.pop(found, None)

    def upload_exists(self, bucket: str, key: str, upload: str) -> bool:
        """Whether a multipart upload to ``key`` is open, or is the one that made the present object."""
        found = _bucket(bucket)
        started = found.multiparts.get(upload) if found else None
        if started is not None:
            return bool(started.key_name == key)
        done = _object(bucket, key)
        return bool(done and done.multipart and done.multipart.id == upload)

    def holding(self, bucket: str, key: str, version: str | None = None) -> Holding | None:
        """Who owns an object; ``None`` when it does not exist."""
        found = _object(bucket, key, version)
        return None if found is None else self._holdings.get(found, Holding(found.account_id))

    def kms_key(self, bucket: str, key: str) -> str | None:
        """The ARN of the KMS key that protects an object, ``None`` when none does."""
        found = _object(bucket, key)
        return found.kms_key_id if found and found.encryption == "aws:kms" else None

    def note_upload(self, upload: str, acl: str | None) -> None:
        """Remember the ACL that a multipart upload was started with."""
        self._upload_acls[upload] = acl

    def upload_acl(self, upload: str) -> str | None:
        """The ACL that a multipart upload was started with."""
        return self._upload_acls.get(upload)

    def note_holding(self, bucket: str, key: str, holding: Holding) -> None:
        """Record the owner of the object that was just written."""
        found = _object(bucket, key)
        if found is not None:
            self._holdings[found] = holding


def _iam(account: str) -> IAMBackend:
    return iam_backends[account][_PARTITION]


def _role(arn: str) -> Role | None:
    account = arn.split(":")[4] if arn.count(":") >= 5 else ""  # noqa: PLR2004  # the six parts of an ARN
    roles = _iam(account).roles.values() if account in iam_backends else ()
    return next((role for role in roles if role.arn == arn), None)


def _bucket(name: str) -> FakeBucket | None:
    if name not in s3_backends.bucket_accounts:
        return None
    partition, account = s3_backends.bucket_accounts[name]
    try:
        return s3_backends[account][partition].get_bucket(name)
    except MissingBucket:
        return None


def _object(bucket: str, key: str, version: str | None = None) -> FakeKey | None:
    found = _bucket(bucket)
    if found is None:
        return None
    return s3_backends[found.account_id][_PARTITION].get_object(bucket, key, version_id=version)


def _session_caller(session: AssumedRole, account: str) -> Caller:
    role = _role(session.role_arn)
    return Caller(
        arn=session.arn,
        account=account,
        secret=session.secret_access_key,
        identity=tuple(_documents(role)) if role else (),
        role=session.role_arn,
        token=session.session_token,
        session_policy=session.policy or None,
        expires=session.expiration.replace(tzinfo=UTC),
        boundary=_managed(role.permissions_boundary_arn, account) if role and role.permissions_boundary_arn else None,
    )


def _managed(arn: str, account: str) -> str:
    """The document in force of a managed policy."""
    policy = _iam(account).managed_policies[arn]
    return next(one.document for one in policy.versions if one.version_id == policy.default_version_id)


def _user_policies(user: User, account: str) -> Iterator[str]:
    yield from _documents(user)
    for group in _iam(account).groups.values():
        if user in group.users:
            yield from _documents(group)


def _documents(holder: User | Role | Group) -> Iterator[str]:
    """The inline and attached policy documents of a user, role or group."""
    yield from holder.policies.values()
    for policy in holder.managed_policies.values():
        for version in policy.versions:
            if version.version_id == policy.default_version_id:
                yield version.document
