from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING

from cloudtranscode.devstack.scenario import Credentials
from cloudtranscode.devstack.server import Devstack
from integration.devstack.conftest import client

if TYPE_CHECKING:
    from integration.devstack.conftest import World

Refused = Callable[..., str]
MIB = 1024 * 1024
WRITE_ONLY = """{"Version": "2012-10-17",
 "Statement": {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::out/*"}}"""


def keys(world: World, bucket: str) -> list[str]:
    return [item["Key"] for item in world.admin.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_the_write_probe_tells_without_a_trace(world: World, refused: Refused) -> None:
    probe = {"Bucket": world.alpha.bucket_out, "Key": "probe", "Body": b"", "IfMatch": "bogus"}
    assert refused(world.stack.put_object, **probe) == "AccessDenied"
    world.grant(world.alpha.bucket_out, world.stack_statement("s3:PutObject", world.alpha.bucket_out))
    assert refused(world.stack.put_object, **probe) == "NoSuchKey"
    assert keys(world, world.alpha.bucket_out) == []
    world.stack.put_object(Bucket=world.alpha.bucket_out, Key="probe", Body=b"kept")
    assert refused(world.stack.put_object, **probe) == "PreconditionFailed"
    assert world.admin.get_object(Bucket=world.alpha.bucket_out, Key="probe")["Body"].read() == b"kept"


def test_a_server_may_ask_for_reading_before_it_compares(refused: Refused) -> None:
    """AWS documents s3:GetObject as needed for If-Match: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html."""
    with Devstack(if_match_needs_read=True) as devstack:
        keys = devstack.backend.create_user("444455556666", "writer", WRITE_ONLY)
        devstack.backend.create_bucket("444455556666", "out")
        writer = client("s3", Credentials(devstack.endpoint, *keys))
        assert refused(writer.put_object, Bucket="out", Key="probe", Body=b"", IfMatch="bogus") == "AccessDenied"
        writer.put_object(Bucket="out", Key="probe", Body=b"")


def test_a_wrong_digest_is_told_only_to_who_may_write(world: World, refused: Refused) -> None:
    probe = {"Bucket": world.alpha.bucket_out, "Key": "probe", "Body": b"", "ContentMD5": "AAAAAAAAAAAAAAAAAAAAAA=="}
    assert refused(world.stack.put_object, **probe) == "AccessDenied"
    world.grant(world.alpha.bucket_out, world.stack_statement("s3:PutObject", world.alpha.bucket_out))
    assert refused(world.stack.put_object, **probe) == "BadDigest"
    assert keys(world, world.alpha.bucket_out) == []


def test_the_client_cannot_read_what_the_stack_wrote_into_a_writers_bucket(world: World, refused: Refused) -> None:
    bucket = world.alpha.bucket_out
    rules = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    world.admin.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=rules)
    world.grant(bucket, world.stack_statement(["s3:PutObject", "s3:PutObjectAcl"], bucket))
    world.stack.put_object(Bucket=bucket, Key="trap", Body=b"x")
    assert refused(world.admin.get_object, Bucket=bucket, Key="trap") == "AccessDenied"
    assert world.stack.get_object(Bucket=bucket, Key="trap")["Body"].read() == b"x"
    world.stack.put_object_acl(Bucket=bucket, Key="trap", ACL="bucket-owner-full-control")
    assert world.admin.get_object(Bucket=bucket, Key="trap")["Body"].read() == b"x"
    world.stack.put_object(Bucket=bucket, Key="given", Body=b"x", ACL="bucket-owner-full-control")
    assert world.admin.get_object(Bucket=bucket, Key="given")["Body"].read() == b"x"
    upload = world.stack.create_multipart_upload(Bucket=bucket, Key="parts", ACL="bucket-owner-full-control")
    part = {"Bucket": bucket, "Key": "parts", "UploadId": upload["UploadId"]}
    etag = world.stack.upload_part(**part, PartNumber=1, Body=b"x")["ETag"]
    world.stack.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert world.admin.get_object(Bucket=bucket, Key="parts")["Body"].read() == b"x"
    world.admin.delete_object(Bucket=bucket, Key="trap")


def test_new_buckets_are_the_owners_and_know_no_other_acl(world: World, refused: Refused) -> None:
    bucket = world.alpha.bucket_out
    controls = world.admin.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert controls == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    write = {"Bucket": bucket, "Key": "x", "Body": b"x"}
    assert refused(world.admin.put_object, **write, ACL="public-read") == "AccessControlListNotSupported"
    world.admin.put_object(**write, ACL="bucket-owner-full-control")
    world.grant(bucket, world.stack_statement("s3:PutObject", bucket))
    assert refused(world.stack.put_object, **write, ACL="bucket-owner-full-control") == "AccessDenied"


def test_bucket_names_are_taken_once_in_all_accounts(world: World, refused: Refused) -> None:
    world.admin.create_bucket(Bucket="films")
    assert world.admin.get_bucket_ownership_controls(Bucket="films")["OwnershipControls"]["Rules"]
    other = world.s3(world.scenario.client("ClientB").admin)
    assert refused(other.create_bucket, Bucket="films") == "BucketAlreadyExists"
    world.admin.delete_bucket(Bucket="films")
    other.create_bucket(Bucket="films")


def test_an_object_may_call_itself_a_form(world: World) -> None:
    target = {"Bucket": world.alpha.bucket_in, "Key": "form"}
    world.admin.put_object(**target, Body=b"key=other&versionId=1", ContentType="application/x-www-form-urlencoded")
    assert world.admin.get_object(**target)["Body"].read() == b"key=other&versionId=1"


def test_multipart_in_any_order_with_s3s_part_size(world: World, refused: Refused) -> None:
    bucket = world.alpha.bucket_out
    world.grant(bucket, world.stack_statement("s3:PutObject", bucket))
    big, small = b"a" * (5 * MIB), b"b"
    target = {"Bucket": bucket, "Key": "film.mp4"}
    part = {**target, "UploadId": world.stack.create_multipart_upload(**target)["UploadId"]}
    last = world.stack.upload_part(**part, PartNumber=2, Body=small)["ETag"]
    first = world.stack.upload_part(**part, PartNumber=1, Body=small)["ETag"]
    both = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": last}]
    complete = world.stack.complete_multipart_upload
    assert refused(complete, **part, MultipartUpload={"Parts": both}) == "EntityTooSmall"
    both[0]["ETag"] = world.stack.upload_part(**part, PartNumber=1, Body=big)["ETag"]
    assert [item["Key"] for item in world.admin.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["film.mp4"]
    complete(**part, MultipartUpload={"Parts": both})
    complete(**part, MultipartUpload={"Parts": both})
    assert "Uploads" not in world.admin.list_multipart_uploads(Bucket=bucket)
    assert world.admin.get_object(**target)["Body"].read() == big + small


def test_an_aborted_upload_is_gone(world: World, refused: Refused) -> None:
    bucket = world.alpha.bucket_out
    world.grant(bucket, world.stack_statement("s3:PutObject", bucket))
    target = {"Bucket": bucket, "Key": "film.mp4"}
    part = {**target, "UploadId": world.stack.create_multipart_upload(**target)["UploadId"]}
    etag = world.stack.upload_part(**part, PartNumber=1, Body=b"x")["ETag"]
    assert refused(world.stack.abort_multipart_upload, **part) == "AccessDenied"
    world.admin.abort_multipart_upload(**part)
    whole = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    assert refused(world.stack.upload_part, **part, PartNumber=2, Body=b"x") == "NoSuchUpload"
    assert refused(world.stack.complete_multipart_upload, **part, MultipartUpload=whole) == "NoSuchUpload"
    assert keys(world, bucket) == []


def test_an_upload_belongs_to_its_key(world: World, refused: Refused) -> None:
    """Who may write to one key cannot write to another through the other's upload."""
    bucket = world.alpha.bucket_out
    upload = world.admin.create_multipart_upload(Bucket=bucket, Key="theirs")["UploadId"]
    statement = world.stack_statement("s3:PutObject", bucket)
    world.grant(bucket, statement | {"Resource": f"arn:aws:s3:::{bucket}/mine"})
    part = {"Bucket": bucket, "Key": "mine", "UploadId": upload, "PartNumber": 1}
    assert refused(world.stack.upload_part, **part, Body=b"x") == "NoSuchUpload"


def test_versions_and_difficult_keys(world: World, refused: Refused) -> None:
    bucket = world.alpha.bucket_in
    world.admin.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    target = {"Bucket": bucket, "Key": "a//b c/ü+%25&x=y.mp4"}
    first = world.admin.put_object(**target, Body=b"1", Metadata={"under_score": "kept"})["VersionId"]
    world.admin.put_object(**target, Body=b"2")
    assert keys(world, bucket) == [target["Key"]]
    assert world.admin.get_object(**target, VersionId=first)["Body"].read() == b"1"
    assert world.admin.get_object(**target)["Body"].read() == b"2"
    world.grant(bucket, world.stack_statement("s3:GetObject", bucket))
    assert world.stack.get_object(**target)["Body"].read() == b"2"
    assert refused(world.stack.get_object, **target, VersionId=first) == "AccessDenied"


def test_deleting_many_asks_for_each(world: World, refused: Refused) -> None:
    bucket = world.alpha.bucket_out
    for key in ("mine/1", "mine/2", "theirs"):
        world.admin.put_object(Bucket=bucket, Key=key, Body=b"x")
    statement = world.stack_statement("s3:DeleteObject", bucket, "Deny")
    world.grant(bucket, statement | {"Principal": "*", "Resource": f"arn:aws:s3:::{bucket}/theirs"})
    every = {"Objects": [{"Key": "mine/1"}, {"Key": "theirs"}]}
    assert refused(world.admin.delete_objects, Bucket=bucket, Delete=every) == "AccessDenied"
    world.admin.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/1"}, {"Key": "mine/2"}]})
    assert keys(world, bucket) == ["theirs"]


def test_the_audit_tells_who_asked_for_what(world: World, refused: Refused) -> None:
    refused(world.stack.get_object, Bucket=world.alpha.bucket_in, Key="film.mp4")
    url = f"{world.devstack.endpoint}/_devstack/requests"
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # the devstack's own http:// URL
        last = json.load(answer)[-1]
    assert last["principal"].endswith("assumed-role/stack_prod/worker")
    assert last["actions"] == ["s3:GetObject"]
    assert last["resources"] == [f"arn:aws:s3:::{world.alpha.bucket_in}/film.mp4"]
    assert (last["decision"], last["status"]) == ("AccessDenied", 403)
    assert last["number"] == len(world.devstack.requests)
