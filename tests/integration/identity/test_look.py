"""What can be seen of buckets, objects and the stack's principal, on the embedded S3 and on a RADOS Gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import boto3
import pytest

from cloudtranscode.devstack.scenario import STACK_ACCOUNT, ClientAccount, Credentials, Scenario, two_accounts
from cloudtranscode.devstack.server import Devstack
from cloudtranscode.entitlements.bucket import Ownership
from cloudtranscode.entitlements.explain.evidence import ObjectSnapshot
from cloudtranscode.identity.look import ask_organization, look_at_bucket, look_at_object, look_at_stack
from cloudtranscode.identity.session import open_session
from support.ceph import Keys, Rgw, remove_bucket

ROLE = f"arn:aws:iam::{STACK_ACCOUNT}:role/stack_prod"
LOOK = {"Effect": "Allow", "Action": ["iam:*", "s3:*"], "Resource": "*"}
KEY = "arn:aws:kms:us-east-1:444455556666:key/11111111-2222-3333-4444-555555555555"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture(scope="module")
def devstack() -> Iterator[Devstack]:
    with Devstack() as server:
        yield server


@pytest.fixture(scope="module")
def scenario(devstack: Devstack) -> Scenario:
    return two_accounts(devstack)


@pytest.fixture
def client(scenario: Scenario) -> ClientAccount:
    return scenario.client("ClientA")


@pytest.fixture
def owner(client: ClientAccount, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    return acting(client.admin.environment(), monkeypatch)


@pytest.fixture
def admin(owner: boto3.Session) -> Iterator[Any]:
    with closing(owner.client("s3")) as s3:
        yield s3


def acting(keys: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    return open_session()


@pytest.fixture(scope="module")
def keys(devstack: Devstack, scenario: Scenario) -> Credentials:
    """Keys of a user of the stack's account who may ask IAM everything."""
    return Credentials(devstack.endpoint, *devstack.backend.create_user(STACK_ACCOUNT, "curious", document(LOOK)))


@pytest.fixture
def curious(keys: Credentials, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    return acting(keys.environment(), monkeypatch)


class TestBucket:
    def test_one_as_it_is_created(self, owner: boto3.Session, client: ClientAccount) -> None:
        seen = look_at_bucket(owner, client.bucket_in, client.account)
        assert (seen.exists, seen.policy, seen.ownership, seen.kms_key) == (True, "", Ownership.ENFORCED, "")
        assert (seen.requester_pays, seen.account) == (False, client.account)

    def test_settings_and_policy(
        self, devstack: Devstack, owner: boto3.Session, admin: Any, client: ClientAccount
    ) -> None:
        text = document({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "*"})
        bucket = client.bucket_out
        admin.put_bucket_policy(Bucket=bucket, Policy=text)
        admin.put_public_access_block(
            Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True, "BlockPublicAcls": True}
        )
        admin.put_bucket_ownership_controls(
            Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
        )
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
        admin.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
        )
        devstack.backend.planted.requester_pays.add(bucket)
        seen = look_at_bucket(owner, bucket, client.account)
        assert (seen.policy, seen.ownership, seen.requester_pays) == (text, Ownership.PREFERRED, True)
        assert (seen.restricts_public, seen.kms_key, seen.kms_policy) == (True, KEY, None)

    def test_one_that_is_not_there(self, owner: boto3.Session) -> None:
        assert not look_at_bucket(owner, "nobodys-bucket").exists

    def test_another_account_sees_nothing_and_says_so(
        self, scenario: Scenario, client: ClientAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stack = acting(scenario.stack.environment(), monkeypatch)
        seen = look_at_bucket(stack, client.bucket_in, client.account)
        assert (seen.exists, seen.policy, seen.ownership, seen.restricts_public) == (True, None, None, None)


class TestObject:
    def test_an_ordinary_one(self, owner: boto3.Session, admin: Any, client: ClientAccount) -> None:
        admin.put_object(Bucket=client.bucket_in, Key="a/film.mov", Body=b"x")
        seen = look_at_object(owner, client.bucket_in, "a/film.mov", "a")
        assert (seen.exists, seen.opens, seen.foreign, seen.kms_key, seen.archived) == (True, True, False, "", False)

    def test_one_that_is_not_there_and_what_is_alike(
        self, owner: boto3.Session, admin: Any, client: ClientAccount
    ) -> None:
        admin.put_object(Bucket=client.bucket_in, Key="a/film.mov", Body=b"x")
        seen = look_at_object(owner, client.bucket_in, "a/FILM.mov", "a")
        assert seen == ObjectSnapshot(exists=False, similar=("a/film.mov",))
        assert look_at_object(owner, client.bucket_in, "a/other.mov", "a") == ObjectSnapshot(exists=False)

    def test_one_that_is_sealed_or_archived(self, owner: boto3.Session, admin: Any, client: ClientAccount) -> None:
        sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY}
        admin.put_object(Bucket=client.bucket_in, Key="sealed", Body=b"x", StorageClass="GLACIER", **sealed)
        seen = look_at_object(owner, client.bucket_in, "sealed")
        assert (seen.kms_key, seen.kms_policy, seen.archived) == (KEY, None, True)


class TestStack:
    def test_a_role_with_its_policies_and_boundary(self, devstack: Devstack, curious: boto3.Session) -> None:
        role = devstack.backend.create_role(STACK_ACCOUNT, "rich", document(LOOK), document(LOOK))
        with closing(curious.client("iam")) as iam:
            policy = iam.create_policy(PolicyName="more", PolicyDocument=document(LOOK))["Policy"]["Arn"]
            iam.attach_role_policy(RoleName="rich", PolicyArn=policy)
            iam.put_role_permissions_boundary(RoleName="rich", PermissionsBoundary=policy)
        seen = look_at_stack(curious, role)
        assert seen.identity is not None
        assert set(seen.identity) == {"inline", policy}
        assert json.loads(seen.identity[policy])["Statement"] == [LOOK]
        assert seen.boundary is not None
        assert json.loads(seen.boundary)["Statement"] == [LOOK]
        assert (seen.unique_id or "").startswith("AROA")

    def test_a_user_with_the_policies_of_its_groups(self, curious: boto3.Session) -> None:
        with closing(curious.client("iam")) as iam:
            iam.create_group(GroupName="readers")
            iam.put_group_policy(GroupName="readers", PolicyName="reading", PolicyDocument=document(LOOK))
            iam.add_user_to_group(GroupName="readers", UserName="launcher")
        seen = look_at_stack(curious, f"arn:aws:iam::{STACK_ACCOUNT}:user/launcher")
        assert seen.identity is not None
        assert set(seen.identity) == {"inline", "readers/reading"}
        assert seen.boundary == ""

    def test_a_role_of_that_name_in_another_account_is_another_one(self, curious: boto3.Session) -> None:
        seen = look_at_stack(curious, ROLE.replace(STACK_ACCOUNT, "999988887777"))
        assert (seen.identity, seen.unique_id) == (None, None)

    def test_who_may_not_look_sees_nothing(self, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
        seen = look_at_stack(acting(scenario.stack.environment(), monkeypatch), ROLE)
        assert (seen.identity, seen.unique_id is None) == (None, False)

    def test_what_the_organization_lets_it_do(self, devstack: Devstack, curious: boto3.Session) -> None:
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        no_writing = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
        devstack.backend.planted.scps[STACK_ACCOUNT] = [document(everything, no_writing)]
        try:
            actions = ("s3:GetObject", "s3:PutObject")
            answers = [ask_organization(curious, ROLE, action, "arn:aws:s3:::b/k") for action in actions]
        finally:
            devstack.backend.planted.clear()
        assert answers == [True, False]

    def test_a_simulator_that_may_not_be_asked(self, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
        stack = acting(scenario.stack.environment(), monkeypatch)
        assert ask_organization(stack, ROLE, "s3:GetObject", "arn:aws:s3:::b/k") is None


class TestGateway:
    def test_a_bucket_and_its_objects(self, rgw: Rgw, monkeypatch: pytest.MonkeyPatch) -> None:
        mine, theirs = rgw.create_user(), rgw.create_user()
        s3, other = rgw.s3(mine.keys), rgw.s3(theirs.keys)
        s3.create_bucket(Bucket="looked-at")
        upload = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::looked-at/*"}
        s3.put_bucket_policy(Bucket="looked-at", Policy=document(upload))
        s3.put_object(Bucket="looked-at", Key="mine", Body=b"x")
        other.put_object(Bucket="looked-at", Key="theirs", Body=b"x")
        try:
            session = acting(environment(rgw, mine.keys), monkeypatch)
            bucket = look_at_bucket(session, "looked-at", "tenant")
            own, foreign = (look_at_object(session, "looked-at", key) for key in ("mine", "theirs"))
            missing = look_at_object(session, "looked-at", "MINE")
            stack = look_at_stack(session, mine.arn)
        finally:
            other.close()
            remove_bucket(s3, "looked-at")
            s3.close()
        assert json.loads(bucket.policy or "")["Statement"] == [upload]
        assert (bucket.restricts_public, bucket.requester_pays, bucket.ownership) == (False, False, None)
        assert (own.exists, own.opens, own.foreign) == (True, True, False)
        assert (foreign.exists, foreign.opens, foreign.foreign) == (True, False, True)
        assert missing == ObjectSnapshot(exists=False, similar=("mine",))
        assert stack.identity is None

    def test_a_bucket_that_is_not_there(self, rgw: Rgw, monkeypatch: pytest.MonkeyPatch) -> None:
        session = acting(environment(rgw, rgw.create_user().keys), monkeypatch)
        assert not look_at_bucket(session, "nobodys-bucket").exists


def environment(rgw: Rgw, keys: Keys) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": keys.access, "AWS_SECRET_ACCESS_KEY": keys.secret, "AWS_ENDPOINT_URL": rgw.endpoint}
