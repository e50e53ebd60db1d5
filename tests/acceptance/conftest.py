"""The parties of the reference example, on a real S3 server."""

import uuid
from collections.abc import Iterator

import pytest

from support.ceph import Rgw, User, remove_bucket
from support.reference import INPUT, OUTPUT, Client, Stack


@pytest.fixture(scope="session")
def client_user(rgw: Rgw) -> User:
    """The user that owns the client's buckets."""
    return rgw.create_user()


@pytest.fixture
def client(rgw: Rgw, client_user: User) -> Iterator[Client]:
    """A client with its two buckets, empty and without policies; they are gone after the test."""
    s3 = rgw.s3(client_user.keys)
    for bucket in (INPUT, OUTPUT):
        s3.create_bucket(Bucket=bucket)
    yield Client(client_user, s3)
    for bucket in (INPUT, OUTPUT):
        remove_bucket(s3, bucket)


@pytest.fixture(params=["user", "role"], scope="session")
def stack(request: pytest.FixtureRequest, rgw: Rgw) -> Stack:
    """A stack that runs as a user with keys, and one that runs under a role."""
    user = rgw.create_user()
    if request.param == "user":
        return Stack(user.arn, user.keys, rgw.s3(user.keys))
    arn = rgw.create_role(f"stackprod-{uuid.uuid4().hex[:8]}", user)
    keys = rgw.assume(user, arn)
    return Stack(arn, keys, rgw.s3(keys))
