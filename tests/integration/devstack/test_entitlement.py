from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cloudtranscode.devstack.scenario import ROLE_NAME, assume

if TYPE_CHECKING:
    from integration.devstack.conftest import World

Refused = Callable[..., str]


def test_a_bucket_policy_opens_and_closes_the_door(world: World, refused: Refused) -> None:
    key = {"Bucket": world.alpha.bucket_in, "Key": "film.mp4"}
    world.admin.put_object(**key, Body=b"film")
    assert refused(world.stack.get_object, **key) == "AccessDenied"
    world.grant(world.alpha.bucket_in, world.stack_statement("s3:GetObject", world.alpha.bucket_in))
    assert world.stack.get_object(**key)["Body"].read() == b"film"
    assert world.stack.get_object(**key, Range="bytes=1-2")["Body"].read() == b"il"
    world.admin.delete_bucket_policy(Bucket=world.alpha.bucket_in)
    assert refused(world.stack.get_object, **key) == "AccessDenied"


def test_the_reference_policies_work_once_the_account_is_real(world: World, refused: Refused) -> None:
    """The example that users start from, with version 2008-10-17; its 15-digit account is refused as on AWS."""

    def reference(principal: str) -> str:
        statement = world.stack_statement("s3:PutObject", world.alpha.bucket_out)
        statement |= {"Sid": "Stmt1400342869898", "Principal": {"AWS": principal}}
        return json.dumps({"Version": "2008-10-17", "Id": "Policy1400343104177", "Statement": [statement]})

    bucket = world.alpha.bucket_out
    wrong = reference(f"arn:aws:iam::000111333444555:role/{ROLE_NAME}")
    assert refused(world.admin.put_bucket_policy, Bucket=bucket, Policy=wrong) == "MalformedPolicy"
    user = reference(world.scenario.role_arn.replace(":role/", ":user/"))
    assert refused(world.admin.put_bucket_policy, Bucket=bucket, Policy=user) == "MalformedPolicy"
    world.admin.put_bucket_policy(Bucket=bucket, Policy=reference(world.scenario.role_arn))
    world.stack.put_object(Bucket=bucket, Key="film.mp4", Body=b"film")
    assert world.admin.get_object(Bucket=bucket, Key="film.mp4")["Body"].read() == b"film"


def test_one_client_does_not_entitle_to_another(world: World, refused: Refused) -> None:
    other = world.scenario.client("ClientB")
    world.grant(world.alpha.bucket_out, world.stack_statement("s3:PutObject", world.alpha.bucket_out))
    assert refused(world.stack.put_object, Bucket=other.bucket_out, Key="x", Body=b"x") == "AccessDenied"
    assert refused(world.admin.get_object, Bucket=other.bucket_in, Key="x") == "AccessDenied"


def test_both_sides_must_allow(world: World, refused: Refused) -> None:
    """The bucket's policy names a user whose own account grants nothing (rule 3)."""
    access, secret = world.devstack.backend.create_user(world.scenario.stack_account, "intern")
    intern = type(world.scenario.stack)(world.devstack.endpoint, access, secret)
    statement = world.stack_statement("s3:GetObject", world.alpha.bucket_in)
    statement["Principal"] = {"AWS": f"arn:aws:iam::{world.scenario.stack_account}:user/intern"}
    world.grant(world.alpha.bucket_in, statement)
    world.admin.put_object(Bucket=world.alpha.bucket_in, Key="film.mp4", Body=b"film")
    assert refused(world.s3(intern).get_object, Bucket=world.alpha.bucket_in, Key="film.mp4") == "AccessDenied"


def test_a_session_policy_narrows(world: World, refused: Refused) -> None:
    bucket = world.alpha.bucket_out
    world.grant(bucket, world.stack_statement("s3:PutObject", bucket))
    narrow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/jobs/7/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [narrow]})
    job = world.s3(assume(world.scenario.launcher, world.scenario.role_arn, "job-7", policy))
    job.put_object(Bucket=bucket, Key="jobs/7/a", Body=b"x")
    assert refused(job.put_object, Bucket=bucket, Key="jobs/8/a", Body=b"x") == "AccessDenied"


def test_an_explicit_deny_wins_even_over_the_owner(world: World, refused: Refused) -> None:
    bucket = world.alpha.bucket_in
    world.admin.put_object(Bucket=bucket, Key="film.mp4", Body=b"film")
    deny: dict[str, Any] = world.stack_statement("s3:GetObject", bucket, "Deny") | {"Principal": "*"}
    world.grant(bucket, world.stack_statement("s3:GetObject", bucket), deny)
    assert refused(world.stack.get_object, Bucket=bucket, Key="film.mp4") == "AccessDenied"
    assert refused(world.admin.get_object, Bucket=bucket, Key="film.mp4") == "AccessDenied"


def test_moto_does_not_judge_by_its_own_reading(world: World) -> None:
    """Moto takes any Deny as meant for everybody, whatever its Principal and Condition."""
    bucket = world.alpha.bucket_in
    world.admin.put_object(Bucket=bucket, Key="film.mp4", Body=b"film")
    world.grant(bucket, world.stack_statement("s3:GetObject", bucket, "Deny"))
    assert world.admin.get_object(Bucket=bucket, Key="film.mp4")["Body"].read() == b"film"


def test_a_missing_key_hides_without_the_right_to_list(world: World, refused: Refused) -> None:
    bucket = world.alpha.bucket_in
    read = world.stack_statement("s3:GetObject", bucket)
    world.grant(bucket, read)
    assert refused(world.stack.get_object, Bucket=bucket, Key="none") == "AccessDenied"
    assert refused(world.stack.head_object, Bucket=bucket, Key="none") == "403"
    listing = world.stack_statement("s3:ListBucket", bucket) | {"Resource": f"arn:aws:s3:::{bucket}"}
    world.grant(bucket, read, listing)
    assert refused(world.stack.get_object, Bucket=bucket, Key="none") == "NoSuchKey"
    assert refused(world.stack.head_object, Bucket=bucket, Key="none") == "404"


def test_the_bucket_must_belong_to_whom_the_caller_expects(world: World, refused: Refused) -> None:
    key = {"Bucket": world.alpha.bucket_in, "Key": "film.mp4"}
    world.admin.put_object(**key, Body=b"film", ExpectedBucketOwner=world.alpha.account)
    wrong = world.scenario.client("ClientB").account
    assert refused(world.admin.get_object, **key, ExpectedBucketOwner=wrong) == "AccessDenied"
    assert refused(world.admin.put_object, **key, Body=b"x", ExpectedBucketOwner=wrong) == "AccessDenied"


def test_a_policy_is_the_owners_business(world: World, refused: Refused) -> None:
    bucket = world.alpha.bucket_in
    assert refused(world.admin.get_bucket_policy, Bucket=bucket) == "NoSuchBucketPolicy"
    policy = world.stack_statement("s3:GetObject", bucket)
    world.grant(bucket, policy)
    assert json.loads(world.admin.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"] == [policy]
    assert refused(world.stack.get_bucket_policy, Bucket=bucket) == "AccessDenied"


def test_a_missing_bucket_is_missing_for_everybody(world: World, refused: Refused) -> None:
    assert refused(world.stack.get_object, Bucket="nobodys-bucket", Key="x") == "NoSuchBucket"


def test_an_operation_without_a_known_permission_is_refused(world: World, refused: Refused) -> None:
    assert refused(world.admin.get_bucket_website, Bucket=world.alpha.bucket_in) == "NotImplemented"
    assert refused(world.admin.get_object_torrent, Bucket=world.alpha.bucket_in, Key="x") == "NotImplemented"


def test_copying_needs_to_read_the_source(world: World, refused: Refused) -> None:
    other = world.scenario.client("ClientB")
    theirs = world.s3(other.admin)
    theirs.put_object(Bucket=other.bucket_in, Key="secret", Body=b"secret")
    source = {"Bucket": other.bucket_in, "Key": "secret"}
    copy = {"Bucket": world.alpha.bucket_in, "Key": "copy", "CopySource": source}
    assert refused(world.admin.copy_object, **copy) == "AccessDenied"
    theirs.copy_object(Bucket=other.bucket_out, Key="copy", CopySource=source)
