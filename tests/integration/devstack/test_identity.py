from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cloudtranscode.devstack.scenario import Credentials, assume

if TYPE_CHECKING:
    from integration.devstack.conftest import World

Refused = Callable[..., str]


def test_everybody_learns_who_they_are(world: World) -> None:
    stack, admin = (
        world.sts(world.scenario.stack).get_caller_identity(),
        world.sts(world.alpha.admin).get_caller_identity(),
    )
    assert stack["Arn"] == "arn:aws:sts::111122223333:assumed-role/stack_prod/worker"
    assert admin["Arn"] == "arn:aws:iam::444455556666:user/admin"
    assert (stack["Account"], admin["Account"]) == ("111122223333", "444455556666")


def test_only_whom_the_trust_policy_names_assumes_the_role(world: World, refused: Refused) -> None:
    role = {"RoleArn": world.scenario.role_arn, "RoleSessionName": "thief"}
    assert refused(world.sts(world.alpha.admin).assume_role, **role) == "AccessDenied"
    trusted_nowhere = world.devstack.backend.create_user(
        world.scenario.stack_account,
        "powerful",
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    )
    powerful = Credentials(world.devstack.endpoint, *trusted_nowhere)
    assert refused(world.sts(powerful).assume_role, **role) == "AccessDenied"
    assert assume(world.scenario.launcher, world.scenario.role_arn, "job-1").session_token


def test_a_wrong_secret_an_unknown_key_and_a_wrong_token(world: World, refused: Refused) -> None:
    admin, stack = world.alpha.admin, world.scenario.stack
    wrong = replace(admin, secret_key="0" * 40)
    unknown = replace(admin, access_key="AKIA0000000000000000")
    forged = replace(stack, session_token="forged")
    assert refused(world.s3(wrong).list_buckets) == "SignatureDoesNotMatch"
    assert refused(world.s3(unknown).list_buckets) == "InvalidAccessKeyId"
    assert refused(world.s3(forged).list_buckets) == "InvalidToken"
    assert {record.principal for record in world.devstack.requests[-3:]} == {"anonymous"}
    assert refused(world.sts(wrong).get_caller_identity) == "SignatureDoesNotMatch"
    assert refused(world.sts(unknown).get_caller_identity) == "InvalidClientTokenId"


def test_a_session_expires(world: World, refused: Refused) -> None:
    world.clock.ahead = timedelta(hours=12, minutes=1)
    assert refused(world.stack.list_objects_v2, Bucket=world.alpha.bucket_in) == "ExpiredToken"
    world.admin.list_objects_v2(Bucket=world.alpha.bucket_in)


def test_presigned_urls_are_verified_and_expire(world: World) -> None:
    key = {"Bucket": world.alpha.bucket_in, "Key": "a b/ü.txt"}
    world.admin.put_object(**key, Body=b"text")
    url = world.admin.generate_presigned_url("get_object", Params=key, ExpiresIn=60)
    assert fetch(url) == (200, b"text")
    assert fetch(url.replace("Signature=", "Signature=0"))[0] == 403
    assert fetch(f"{world.devstack.endpoint}/{world.alpha.bucket_in}/a%20b/%C3%BC.txt")[0] == 403
    world.clock.ahead = timedelta(seconds=61)
    assert fetch(url)[0] == 403


def test_the_world_may_read_what_a_policy_gives_to_the_world(world: World) -> None:
    bucket = world.alpha.bucket_in
    world.admin.put_object(Bucket=bucket, Key="open.txt", Body=b"text")
    url = f"{world.devstack.endpoint}/{bucket}/open.txt"
    assert fetch(url)[0] == 403
    world.grant(bucket, world.stack_statement("s3:GetObject", bucket) | {"Principal": "*"})
    assert fetch(url) == (200, b"text")


def test_a_body_that_was_changed_on_the_way_is_refused(world: World, refused: Refused) -> None:
    def tamper(request: Any, **_: Any) -> None:
        request.body = b"forged"

    world.admin.meta.events.register("before-send.s3.PutObject", tamper)
    key = {"Bucket": world.alpha.bucket_in, "Key": "x"}
    assert refused(world.admin.put_object, **key, Body=b"honest") == "XAmzContentSHA256Mismatch"


def test_a_header_does_not_choose_the_account(world: World) -> None:
    def pretend(request: Any, **_: Any) -> None:
        request.headers["x-moto-account-id"] = world.scenario.client("ClientB").account

    world.admin.meta.events.register("before-send.s3.ListBuckets", pretend)
    names = [bucket["Name"] for bucket in world.admin.list_buckets()["Buckets"]]
    assert names == [world.alpha.bucket_in, world.alpha.bucket_out]


def fetch(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # the devstack's own http:// URL
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b""
