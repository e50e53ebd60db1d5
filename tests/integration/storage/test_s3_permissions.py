"""What a stack with the two smallest grants can and cannot do on a real S3 server that enforces bucket policies."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from types_boto3_s3 import S3Client

from cloudtranscode.errors import AccessDenied, JobCancelled, StorageUnavailable, UploadLost
from cloudtranscode.location import S3Location
from cloudtranscode.storage.s3 import S3Store, s3_client
from cloudtranscode.storage.writer import Outgoing, Watch, upload_file
from support.ceph import Keys, Rgw
from support.ports import free_port

OUT = S3Location("ClientB_bucket_out", "job")
FILM = OUT.child("film.mp4")


@contextmanager
def as_user(endpoint: str, keys: Keys) -> Iterator[S3Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        client = s3_client(boto3.Session(keys.access, keys.secret, region_name="us-east-1"))
    yield client
    client.close()


@pytest.fixture(scope="module")
def owner(rgw: Rgw) -> Iterator[S3Client]:
    """The client, who owns the bucket."""
    with as_user(rgw.endpoint, rgw.create_user().keys) as client:
        client.create_bucket(Bucket=OUT.bucket)
        yield client


@pytest.fixture(scope="module")
def writer(rgw: Rgw, owner: S3Client) -> Iterator[S3Client]:
    """The stack, which the bucket's policy permits ``s3:PutObject`` and nothing else."""
    stack = rgw.create_user()
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": stack.arn},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{OUT.bucket}/*",
    }
    owner.put_bucket_policy(Bucket=OUT.bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    with as_user(rgw.endpoint, stack.keys) as client:
        yield client


def keys_in(owner: S3Client) -> list[str]:
    return [entry["Key"] for entry in owner.list_objects_v2(Bucket=OUT.bucket).get("Contents", [])]


def test_a_write_probe_tells_a_grant_from_none_and_leaves_nothing(rgw: Rgw, owner: S3Client, writer: S3Client) -> None:
    before = keys_in(owner)
    S3Store(writer).probe_write(OUT)
    with as_user(rgw.endpoint, rgw.create_user().keys) as stranger, pytest.raises(AccessDenied, match="s3:PutObject"):
        S3Store(stranger).probe_write(OUT)
    assert keys_in(owner) == before


def test_a_writer_may_not_read(owner: S3Client, writer: S3Client) -> None:
    owner.put_object(Bucket=OUT.bucket, Key="secret", Body=b"x")
    for key in ("secret", "missing"):
        with pytest.raises(AccessDenied, match=r"s3:GetObject on s3://ClientB_bucket_out/\w+ was denied"):
            S3Store(writer).pin(S3Location(OUT.bucket, key))


@pytest.mark.parametrize("acl", [None, "bucket-owner-full-control"])
def test_only_with_an_acl_can_the_owner_read_what_was_written(
    owner: S3Client, writer: S3Client, tmp_path: Path, acl: str | None
) -> None:
    path = tmp_path / "film"
    path.write_bytes(b"film")
    staged = upload_file(S3Store(writer, acl=acl), Outgoing(path, FILM, "video/mp4"))
    S3Store(writer).complete_upload(FILM, staged.upload, staged.parts)
    if acl:
        assert S3Store(owner).read(S3Store(owner).pin(FILM), 0, 10) == b"film"
    else:
        with pytest.raises(AccessDenied):
            S3Store(owner).pin(FILM)


def test_a_writer_can_complete_twice_but_not_what_was_aborted(owner: S3Client, writer: S3Client) -> None:
    store, target = S3Store(writer), OUT.child("once.mp4")
    upload = store.start_upload(target, "video/mp4")
    parts = [store.upload_part(target, upload, 1, b"one")]
    store.complete_upload(target, upload, parts)
    store.complete_upload(target, upload, parts)
    again = store.start_upload(target, "video/mp4")
    parts = [store.upload_part(target, again, 1, b"two")]
    S3Store(owner).abort_upload(target, again)
    with pytest.raises(UploadLost):
        store.complete_upload(target, again, parts)


def test_where_aborting_is_denied_the_first_error_wins_and_the_upload_can_be_filled_again(
    owner: S3Client, writer: S3Client, tmp_path: Path
) -> None:
    path, target = tmp_path / "film", OUT.child("again.mp4")
    uploads: list[str] = []
    path.write_bytes(b"film")
    file, store = Outgoing(path, target, "video/mp4"), S3Store(writer)
    with pytest.raises(JobCancelled):
        upload_file(store, file, Watch(started=uploads.append, stopped=lambda: True))
    assert S3Store(owner).open_uploads(target) == uploads
    staged = upload_file(store, file, resume=uploads[0])
    store.complete_upload(target, staged.upload, staged.parts)
    assert S3Store(owner).open_uploads(target) == []


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with as_user(f"http://127.0.0.1:{free_port()}", Keys("a", "b")) as client, pytest.raises(StorageUnavailable):
        S3Store(client).pin(FILM)
