from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudtranscode.errors import AccessDenied, SourceChanged, SourceNotFound, UploadLost
from cloudtranscode.location import S3Location
from cloudtranscode.storage.s3 import S3Store

if TYPE_CHECKING:
    from integration.devstack.conftest import World


def test_the_stacks_own_store_lives_on_the_reference_grants(world: World) -> None:
    source = S3Location(world.alpha.bucket_in, "films/a b.mp4")
    target = S3Location(world.alpha.bucket_out, "jobs/1/film.mp4")
    store = S3Store(world.stack, expected_owner=world.alpha.account)
    world.admin.put_object(Bucket=source.bucket, Key=source.key, Body=b"0123456789")
    with pytest.raises(AccessDenied):
        store.pin(source)
    with pytest.raises(AccessDenied):
        store.probe_write(target)
    world.grant(source.bucket, world.stack_statement("s3:GetObject", source.bucket))
    world.grant(target.bucket, world.stack_statement(["s3:PutObject", "s3:AbortMultipartUpload"], target.bucket))

    pinned = store.pin(source)
    assert (pinned.size, store.read(pinned, 3, 4)) == (10, b"3456")
    world.admin.put_object(Bucket=source.bucket, Key=source.key, Body=b"other film")
    with pytest.raises(SourceChanged):
        store.read(pinned, 0, 4)

    store.probe_write(target)
    upload = store.start_upload(target, "video/mp4")
    part = store.upload_part(target, upload, 1, b"film")
    store.complete_upload(target, upload, [part])
    store.complete_upload(target, upload, [part])
    assert world.admin.get_object(Bucket=target.bucket, Key=target.key)["Body"].read() == b"film"

    lost = store.start_upload(target.child("other"), "video/mp4")
    store.abort_upload(target.child("other"), lost)
    with pytest.raises(UploadLost):
        store.upload_part(target.child("other"), lost, 1, b"film")


def test_absence_is_told_to_who_may_list(world: World) -> None:
    bucket = world.alpha.bucket_in
    store = S3Store(world.stack)
    read = world.stack_statement("s3:GetObject", bucket)
    world.grant(bucket, read)
    with pytest.raises(AccessDenied):
        store.pin(S3Location(bucket, "none"))
    world.grant(bucket, read, world.stack_statement("s3:ListBucket", bucket) | {"Resource": f"arn:aws:s3:::{bucket}"})
    with pytest.raises(SourceNotFound):
        store.pin(S3Location(bucket, "none"))
