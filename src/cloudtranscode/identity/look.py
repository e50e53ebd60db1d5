"""Look at a bucket and at the stack's own principal, as far as the credentials allow. Nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.bucket import Ownership
from cloudtranscode.entitlements.explain.evidence import ObjectSnapshot
from cloudtranscode.entitlements.snapshot import BucketSnapshot, StackSnapshot
from cloudtranscode.identity.attach import s3_of
from cloudtranscode.identity.faults import SDK_ERRORS, error_code, status

if TYPE_CHECKING:  # the stubs are no runtime dependency
    from types_boto3_iam import IAMClient
    from types_boto3_s3 import S3Client

# IAM, KMS and S3 Control may be out of reach on purpose: "could not be read" must come within seconds.
_QUICK = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
_AWS_ACCOUNT_DIGITS = 12
_ARCHIVES = {"GLACIER", "DEEP_ARCHIVE"}
_FORBIDDEN, _NOT_FOUND = 403, 404
Value = TypeVar("Value")

# What says that the thing asked for is not set, which is an answer.
_NOT_SET = frozenset(
    {
        "NoSuchBucketPolicy",
        "NoSuchPublicAccessBlockConfiguration",
        "OwnershipControlsNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)


def look_at_bucket(session: boto3.Session, bucket: str, account: str | None = None) -> BucketSnapshot:
    """Read what governs ``bucket``; what is refused, or unknown to the server, is ``None`` in the snapshot.

    ``account`` is the id of the account that owns it. Errors: as :func:`get_bucket_policy` when no credentials work.
    """
    with s3_of(session, f"Looking at {bucket}") as client:
        if _missing(client, bucket):
            return BucketSnapshot(bucket, account, exists=False)
        key = _read(lambda: _kms_key(client, bucket), unset="")
        kms_key, kms_policy = _kms(session, key) if key else (key, None)
        return BucketSnapshot(
            name=bucket,
            account=account,
            policy=_read(lambda: client.get_bucket_policy(Bucket=bucket)["Policy"], unset=""),
            ownership=_read(lambda: _ownership(client, bucket), unset=Ownership.WRITER),
            restricts_public=_restricts_public(session, client, bucket, account),
            requester_pays=_read(lambda: client.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"),
            kms_key=kms_key,
            kms_policy=kms_policy,
        )


def look_at_stack(session: boto3.Session, arn: str) -> StackSnapshot:
    """Read the policies of the role or user ``arn``, which needs ``iam:Get…`` and ``iam:List…`` on itself."""
    principal = Arn.parse(arn)
    with closing(session.client("iam", config=_QUICK)) as iam:
        reader = _RoleReader(iam, principal.name) if principal.is_role else _UserReader(iam, principal.name)
        about = _read(reader.about)
        if about is None or Arn.parse(about.get("Arn", arn)).account != principal.account:
            return StackSnapshot(arn)  # IAM knows names of the caller's own account, and one may be there as well
        boundary = about.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return StackSnapshot(
            arn=arn,
            unique_id=about.get("RoleId") or about.get("UserId"),
            identity=_read(reader.documents),
            boundary=_read(lambda: _managed(iam, boundary)) if boundary else "",
        )


def look_at_object(session: boto3.Session, bucket: str, key: str, prefix: str = "") -> ObjectSnapshot:
    """Look at an object with the bucket owner's credentials, and under ``prefix`` for keys of other capitals.

    Errors: as :func:`look_at_bucket`.
    """
    with s3_of(session, f"Looking at s3://{bucket}/{key}") as client:
        try:
            head = client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            return _unopened(client, bucket, key, prefix, error)
        archived = head.get("StorageClass") in _ARCHIVES and 'ongoing-request="false"' not in head.get("Restore", "")
        kms_key, kms_policy = _kms(session, head["SSEKMSKeyId"]) if "SSEKMSKeyId" in head else ("", None)
        foreign = _is_foreign(client, bucket, key)
        return ObjectSnapshot(True, True, foreign, kms_key, kms_policy, archived)


def ask_organization(session: boto3.Session, arn: str, action: str, resource: str) -> bool | None:
    """Ask IAM's simulator whether the organization of ``arn`` lets it do ``action``; ``None`` when it does not tell.

    Needs ``iam:SimulatePrincipalPolicy``, and an account that is in an organization.
    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    with closing(session.client("iam", config=_QUICK)) as iam:
        answer = _read(
            lambda: iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource])
        )
    results = answer.get("EvaluationResults", []) if answer else []
    return results[0].get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") if results else None


def _unopened(client: S3Client, bucket: str, key: str, prefix: str, error: ClientError) -> ObjectSnapshot:
    """What a listing tells about an object that its bucket's owner cannot open: mostly that it is not there."""
    found = _read(lambda: _keys(client, bucket, key, 1))
    if found is None:
        return ObjectSnapshot(exists=False if status(error) == _NOT_FOUND else None)
    if key in found:
        opens = False if status(error) == _FORBIDDEN else None
        return ObjectSnapshot(exists=True, opens=opens, foreign=_is_foreign(client, bucket, key) or None)
    around = _read(lambda: _keys(client, bucket, f"{prefix.rstrip('/')}/" if prefix else "", 1000)) or []
    return ObjectSnapshot(exists=False, similar=tuple(one for one in around if one.lower() == key.lower()))


def _keys(client: S3Client, bucket: str, prefix: str, most: int) -> list[str]:
    listed = client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=most)
    return [entry["Key"] for entry in listed.get("Contents", ())]


def _is_foreign(client: S3Client, bucket: str, key: str) -> bool | None:
    """Whether the listing's owner of an object is another one than the bucket's; ``None`` when either is not told."""
    own = _read(lambda: client.get_bucket_acl(Bucket=bucket)["Owner"]["ID"])
    listed = _read(lambda: client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1, FetchOwner=True)["Contents"])
    owner = listed[0].get("Owner", {}).get("ID") if listed and listed[0]["Key"] == key else None
    return None if own is None or owner is None else own != owner


class _RoleReader:
    """IAM's calls about a role."""

    def __init__(self, iam: IAMClient, name: str) -> None:
        self._iam, self._name = iam, name

    def about(self) -> Mapping[str, Any]:
        return self._iam.get_role(RoleName=self._name)["Role"]

    def documents(self) -> dict[str, str]:
        inline = self._iam.get_paginator("list_role_policies").paginate(RoleName=self._name)
        names = [name for page in inline for name in page["PolicyNames"]]
        own = {
            name: _text(self._iam.get_role_policy(RoleName=self._name, PolicyName=name)["PolicyDocument"])
            for name in names
        }
        attached = self._iam.get_paginator("list_attached_role_policies").paginate(RoleName=self._name)
        arns = [one["PolicyArn"] for page in attached for one in page["AttachedPolicies"]]
        return own | {arn: _managed(self._iam, arn) for arn in arns}


class _UserReader:
    """IAM's calls about a user; the policies of its groups count as its own."""

    def __init__(self, iam: IAMClient, name: str) -> None:
        self._iam, self._name = iam, name

    def about(self) -> Mapping[str, Any]:
        return self._iam.get_user(UserName=self._name)["User"]

    def documents(self) -> dict[str, str]:
        iam, name = self._iam, self._name
        inline = iam.get_paginator("list_user_policies").paginate(UserName=name)
        found = {
            policy: _text(iam.get_user_policy(UserName=name, PolicyName=policy)["PolicyDocument"])
            for page in inline
            for policy in page["PolicyNames"]
        }
        attached = iam.get_paginator("list_attached_user_policies").paginate(UserName=name)
        arns = [one["PolicyArn"] for page in attached for one in page["AttachedPolicies"]]
        for group in iam.list_groups_for_user(UserName=name)["Groups"]:
            found |= self._of_group(group["GroupName"])
        return found | {arn: _managed(iam, arn) for arn in arns}

    def _of_group(self, group: str) -> dict[str, str]:
        inline = self._iam.get_paginator("list_group_policies").paginate(GroupName=group)
        found = {
            f"{group}/{name}": _text(self._iam.get_group_policy(GroupName=group, PolicyName=name)["PolicyDocument"])
            for page in inline
            for name in page["PolicyNames"]
        }
        attached = self._iam.get_paginator("list_attached_group_policies").paginate(GroupName=group)
        arns = [one["PolicyArn"] for page in attached for one in page["AttachedPolicies"]]
        return found | {arn: _managed(self._iam, arn) for arn in arns}


def _read(ask: Callable[[], Value], *, unset: Value | None = None) -> Value | None:
    """Ask once; ``None`` when it cannot be read, ``unset`` when the server says that nothing is set."""
    try:
        return ask()
    except SDK_ERRORS as error:
        return unset if error_code(error) in _NOT_SET else None
    except KeyError:  # a server that leaves out what AWS always sends
        return None


def _missing(client: S3Client, bucket: str) -> bool:
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        return error_code(error) in {"404", "NoSuchBucket"}
    return False


def _ownership(client: S3Client, bucket: str) -> Ownership:
    rules = client.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    return Ownership(rules[0]["ObjectOwnership"]) if rules else Ownership.WRITER


def _restricts_public(session: boto3.Session, client: S3Client, bucket: str, account: str | None) -> bool | None:
    """RestrictPublicBuckets as it works: the stricter of the bucket's and its account's."""
    own = _read(lambda: _restricts(client.get_public_access_block(Bucket=bucket)), unset=False)
    if own or account is None or not (account.isdigit() and len(account) == _AWS_ACCOUNT_DIGITS):
        return own
    with closing(session.client("s3control", config=_QUICK)) as control:
        whole = _read(lambda: _restricts(control.get_public_access_block(AccountId=account)), unset=False)
    return True if whole else None if whole is None else own


def _restricts(answer: Mapping[str, Any]) -> bool:
    return bool(answer["PublicAccessBlockConfiguration"].get("RestrictPublicBuckets", False))


def _kms_key(client: S3Client, bucket: str) -> str:
    """The key as the bucket names it: an ARN, an id or an alias; ``""`` for none."""
    rules = client.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    for rule in rules:
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        if default.get("SSEAlgorithm", "").startswith("aws:kms"):
            return default.get("KMSMasterKeyID", "alias/aws/s3")
    return ""


def _kms(session: boto3.Session, key: str) -> tuple[str | None, str | None]:
    """The key's ARN and policy; a key that is named by id or alias in another account has no ARN that we can know."""
    with closing(session.client("kms", config=_QUICK)) as kms:
        arn = key if ":key/" in key else _read(lambda: kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"])
        return arn, _read(lambda: kms.get_key_policy(KeyId=arn or key, PolicyName="default")["Policy"])


def _managed(iam: IAMClient, arn: str) -> str:
    """The text of a managed policy's version in force."""
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return _text(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def _text(document: Any) -> str:
    """IAM's documents come parsed, but for what the SDK cannot parse."""
    return document if isinstance(document, str) else json.dumps(document)
