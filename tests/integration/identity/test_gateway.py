"""The stack and its clients on a RADOS Gateway, which is S3 and STS but not all of AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cloudtranscode.errors import AccessDenied, BucketNotFound, IdentityUnknown, InvalidPolicy
from cloudtranscode.identity.attach import get_bucket_policy, put_bucket_policy
from cloudtranscode.identity.session import open_session
from cloudtranscode.identity.whoami import who_am_i
from support.ceph import Keys, Rgw, User, remove_bucket

BUCKET = "ClientA_bucket_in"


@pytest.fixture
def client(rgw: Rgw, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    """The owner of the bucket, who is also who acts."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", rgw.endpoint)
    owner = rgw.create_user()
    act_as(owner.keys, monkeypatch)
    s3 = rgw.s3(owner.keys)
    s3.create_bucket(Bucket=BUCKET)
    yield owner
    remove_bucket(s3, BUCKET)
    s3.close()


def act_as(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys.access)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret)


def policy(stack: User) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [stack.arn]},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=3)


def test_the_gateway_cannot_tell_who_is_calling(client: User) -> None:
    with pytest.raises(IdentityUnknown, match="MethodNotAllowed"):
        who_am_i(open_session())

    assert who_am_i(open_session(), client.arn).arn == f"arn:aws:iam:::user/{client.name}"


def test_the_owner_reads_and_replaces_the_policy_byte_for_byte(rgw: Rgw, client: User) -> None:
    session, text = open_session(), policy(rgw.create_user())

    assert get_bucket_policy(session, BUCKET) is None
    put_bucket_policy(session, BUCKET, text)
    assert get_bucket_policy(session, BUCKET) == text


def test_a_policy_that_the_gateway_cannot_read_is_invalid(client: User) -> None:
    with pytest.raises(InvalidPolicy):
        put_bucket_policy(open_session(), BUCKET, "{not a policy")


def test_a_bucket_that_does_not_exist(client: User) -> None:
    with pytest.raises(BucketNotFound):
        get_bucket_policy(open_session(), "no-such-bucket")


def test_somebody_else_may_neither_read_nor_replace_the_policy(
    rgw: Rgw, client: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = rgw.create_user()
    act_as(stranger.keys, monkeypatch)

    with pytest.raises(AccessDenied, match=BUCKET):
        get_bucket_policy(open_session(), BUCKET)
    with pytest.raises(AccessDenied, match=BUCKET):
        put_bucket_policy(open_session(), BUCKET, policy(stranger))
