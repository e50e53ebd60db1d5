"""What a real S3 server answers where the design relies on it: each test is one fact, with a put-only stack."""

import base64
import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from types_boto3_s3 import S3Client

from support.ceph import Rgw
from support.reference import INPUT, OUTPUT, Client, Stack, outcome, reference_policy

MIB = 1 << 20
DENIED = (403, "AccessDenied")
KEY = "film.mp4"


def allow(principal: str, actions: list[str], resource: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, "Resource": resource, **elements}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
def writer(client: Client, stack: Stack) -> S3Client:
    """The stack, entitled to WRITE and nothing else."""
    client.attach(OUTPUT, reference_policy(stack.arn, "s3:PutObject", OUTPUT))
    return stack.s3


@pytest.fixture
def reader(client: Client, stack: Stack) -> S3Client:
    """The stack, entitled to READ and nothing else."""
    client.attach(INPUT, reference_policy(stack.arn, "s3:GetObject", INPUT))
    return stack.s3


def start(s3: S3Client) -> dict[str, str]:
    created = s3.create_multipart_upload(Bucket=OUTPUT, Key=KEY, ACL="bucket-owner-full-control")
    return {"Bucket": OUTPUT, "Key": KEY, "UploadId": created["UploadId"]}


def send(s3: S3Client, upload: dict[str, str], number: int, body: bytes) -> dict[str, Any]:
    answer = s3.upload_part(
        Bucket=upload["Bucket"], Key=upload["Key"], UploadId=upload["UploadId"], PartNumber=number, Body=body
    )
    return {"PartNumber": number, "ETag": answer["ETag"]}


def complete(s3: S3Client, upload: dict[str, str], parts: Sequence[dict[str, Any]]) -> tuple[int, str]:
    listed = {"Parts": sorted(parts, key=lambda part: part["PartNumber"])}
    return outcome(s3.complete_multipart_upload, **upload, MultipartUpload=listed)


class TestMultipart:
    def test_parts_in_any_order_with_one_sent_twice_become_one_object(self, client: Client, writer: S3Client) -> None:
        upload = start(writer)
        bodies = {3: b"tail", 1: b"1" * 5 * MIB, 2: b"2" * 5 * MIB}
        send(writer, upload, 2, b"first attempt" * MIB)
        parts = [send(writer, upload, number, body) for number, body in bodies.items()]
        assert not client.has(OUTPUT, KEY)

        assert complete(writer, upload, parts) == (200, "")

        content = client.s3.get_object(Bucket=OUTPUT, Key=KEY)["Body"].read()
        assert content == bodies[1] + bodies[2] + bodies[3]

    def test_completing_again_is_harmless(self, client: Client, writer: S3Client) -> None:
        upload = start(writer)
        parts = [send(writer, upload, 1, b"whole")]
        assert complete(writer, upload, parts) == (200, "")

        assert complete(writer, upload, parts) == (200, "")

        assert client.s3.get_object(Bucket=OUTPUT, Key=KEY)["Body"].read() == b"whole"

    def test_completing_again_fails_once_the_object_was_replaced(self, client: Client, writer: S3Client) -> None:
        upload = start(writer)
        parts = [send(writer, upload, 1, b"whole")]
        assert complete(writer, upload, parts) == (200, "")
        client.s3.put_object(Bucket=OUTPUT, Key=KEY, Body=b"newer")

        assert complete(writer, upload, parts) == (500, "InternalError")
        assert client.s3.get_object(Bucket=OUTPUT, Key=KEY)["Body"].read() == b"newer"

    def test_every_part_that_was_sent_must_be_listed(self, writer: S3Client) -> None:
        """AWS drops parts that are not listed; this server refuses, so a writer must never send a part too many."""
        upload = start(writer)
        parts = [send(writer, upload, number, b"x" * 5 * MIB) for number in (1, 2)]

        assert complete(writer, upload, parts[:1]) == (400, "InvalidPart")
        assert complete(writer, upload, parts) == (200, "")

    def test_small_parts_are_refused_at_the_end(self, writer: S3Client) -> None:
        upload = start(writer)
        parts = [send(writer, upload, number, b"small") for number in (1, 2)]

        assert complete(writer, upload, parts) == (400, "EntityTooSmall")

    def test_a_damaged_part_is_refused_and_tells_whether_the_upload_lives(self, writer: S3Client) -> None:
        """With PutObject alone, a part with a wrong MD5 is the question that changes nothing: it is never stored."""
        other = base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
        upload = start(writer)
        parts = [send(writer, upload, 1, b"whole")]
        damaged = {**upload, "PartNumber": 10_000, "Body": b"part", "ContentMD5": other}

        assert outcome(writer.upload_part, **damaged) == (400, "BadDigest")
        assert complete(writer, upload, parts) == (200, "")
        assert outcome(writer.upload_part, **damaged) == (404, "NoSuchUpload")

    def test_abort_is_a_permission_of_its_own(self, client: Client, stack: Stack, writer: S3Client) -> None:
        """AWS lets the initiator abort; this server does not, so the least policy names AbortMultipartUpload."""
        upload = start(writer)
        assert outcome(writer.abort_multipart_upload, **upload) == DENIED

        actions = ["s3:PutObject", "s3:AbortMultipartUpload"]
        client.attach(OUTPUT, policy(allow(stack.arn, actions, f"arn:aws:s3:::{OUTPUT}/*")))

        assert outcome(writer.abort_multipart_upload, **upload) == (204, "")
        assert outcome(writer.abort_multipart_upload, **upload) == (404, "NoSuchUpload")

    def test_an_aborted_upload_cannot_appear(self, client: Client, writer: S3Client) -> None:
        """The fence. The server's own words for a lost upload differ: completing gets a 500 instead of NoSuchUpload."""
        upload = start(writer)
        parts = [send(writer, upload, 1, b"whole")]
        client.s3.abort_multipart_upload(Bucket=upload["Bucket"], Key=upload["Key"], UploadId=upload["UploadId"])

        assert complete(writer, upload, parts) == (500, "InternalError")
        assert outcome(writer.upload_part, **upload, PartNumber=1, Body=b"") == (404, "NoSuchUpload")
        assert not client.has(OUTPUT, KEY)


PROBE: dict[str, Any] = {"Bucket": OUTPUT, "Key": KEY, "Body": b"", "IfMatch": '"bogus"'}


class TestWriteProbe:
    def test_allowed_is_a_failed_precondition_and_leaves_nothing(self, client: Client, writer: S3Client) -> None:
        assert outcome(writer.put_object, **PROBE) == (412, "PreconditionFailed")
        assert not client.has(OUTPUT, KEY)

    def test_does_not_touch_an_object_that_is_there(self, client: Client, writer: S3Client) -> None:
        client.s3.put_object(Bucket=OUTPUT, Key=KEY, Body=b"precious")

        assert outcome(writer.put_object, **PROBE) == (412, "PreconditionFailed")
        assert client.s3.get_object(Bucket=OUTPUT, Key=KEY)["Body"].read() == b"precious"

    def test_denied_is_denied(self, client: Client, stack: Stack) -> None:
        assert outcome(stack.s3.put_object, **PROBE) == DENIED

    def test_no_bucket_is_no_bucket(self, stack: Stack) -> None:
        nowhere = {**PROBE, "Bucket": "no-such-bucket"}

        assert outcome(stack.s3.put_object, **nowhere) == (404, "NoSuchBucket")


class TestRead:
    def test_a_range_of_a_pinned_state(self, client: Client, reader: S3Client) -> None:
        etag = client.s3.put_object(Bucket=INPUT, Key=KEY, Body=b"0123456789")["ETag"]

        pinned = reader.get_object(Bucket=INPUT, Key=KEY, Range="bytes=2-4", IfMatch=etag)
        client.s3.put_object(Bucket=INPUT, Key=KEY, Body=b"changed")

        assert pinned["Body"].read() == b"234"
        changed = {"Bucket": INPUT, "Key": KEY, "Range": "bytes=2-4", "IfMatch": etag}
        assert outcome(reader.get_object, **changed) == (412, "PreconditionFailed")

    def test_naming_a_version_needs_another_permission(self, client: Client, reader: S3Client) -> None:
        """Also on AWS: a VersionId in the request asks for s3:GetObjectVersion, which READ does not grant."""
        client.s3.put_bucket_versioning(Bucket=INPUT, VersioningConfiguration={"Status": "Enabled"})
        version = client.s3.put_object(Bucket=INPUT, Key=KEY, Body=b"x")["VersionId"]

        assert reader.head_object(Bucket=INPUT, Key=KEY)["VersionId"] == version
        assert outcome(reader.get_object, Bucket=INPUT, Key=KEY, VersionId=version) == DENIED

    def test_only_listing_tells_a_missing_key(self, client: Client, stack: Stack) -> None:
        read = allow(stack.arn, ["s3:GetObject"], f"arn:aws:s3:::{INPUT}/*")
        listing = allow(stack.arn, ["s3:ListBucket"], f"arn:aws:s3:::{INPUT}")
        client.attach(INPUT, policy(read, listing))

        assert outcome(stack.s3.get_object, Bucket=INPUT, Key=KEY) == (404, "NoSuchKey")

    def test_listing_of_one_prefix(self, client: Client, stack: Stack) -> None:
        client.s3.put_object(Bucket=INPUT, Key="mine/a", Body=b"")
        only = {"Condition": {"StringLike": {"s3:prefix": "mine/*"}}}
        client.attach(INPUT, policy(allow(stack.arn, ["s3:ListBucket"], f"arn:aws:s3:::{INPUT}", **only)))

        found = stack.s3.list_objects_v2(Bucket=INPUT, Prefix="mine/")

        assert [entry["Key"] for entry in found["Contents"]] == ["mine/a"]
        assert outcome(stack.s3.list_objects_v2, Bucket=INPUT, Prefix="yours/") == DENIED
        assert outcome(stack.s3.list_objects_v2, Bucket=INPUT) == DENIED

    def test_the_expected_owner_is_not_looked_at(self, client: Client, reader: S3Client) -> None:
        """AWS answers 403; a server that ignores it must not be trusted to keep clients apart by it."""
        client.s3.put_object(Bucket=INPUT, Key=KEY, Body=b"")
        wrong = {"Bucket": INPUT, "Key": KEY, "ExpectedBucketOwner": "123456789012"}

        assert outcome(reader.get_object, **wrong) == (200, "")


class TestAcl:
    def test_full_control_for_the_owner_needs_no_permission_but_put(self, client: Client, stack: Stack) -> None:
        """AWS asks for s3:PutObjectAcl when a request carries an ACL; here even a Deny of it does not matter."""
        put = allow(stack.arn, ["s3:PutObject"], f"arn:aws:s3:::{OUTPUT}/*")
        no_acl = {**allow(stack.arn, ["s3:PutObjectAcl"], f"arn:aws:s3:::{OUTPUT}/*"), "Effect": "Deny"}
        client.attach(OUTPUT, policy(put, no_acl))
        write = {"Bucket": OUTPUT, "Key": KEY, "Body": b"", "ACL": "bucket-owner-full-control"}

        assert outcome(stack.s3.put_object, **write) == (200, "")
        assert outcome(client.s3.get_object, Bucket=OUTPUT, Key=KEY) == (200, "")


class TestIdentity:
    def test_the_server_does_not_know_who_asks(self, rgw: Rgw, stack: Stack) -> None:
        assert outcome(rgw.sts(stack.keys).get_caller_identity) == (405, "MethodNotAllowed")

    def test_a_session_policy_narrows_a_role(self, rgw: Rgw, client: Client) -> None:
        user = rgw.create_user()
        role = rgw.create_role(f"narrowed-{uuid.uuid4().hex[:8]}", user)
        client.attach(INPUT, reference_policy(role, "s3:GetObject", INPUT))
        for key in ("mine/a", "yours/a"):
            client.s3.put_object(Bucket=INPUT, Key=key, Body=b"")
        mine = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{INPUT}/mine/*"}
        narrow = json.dumps({"Version": "2012-10-17", "Statement": [mine]}, separators=(",", ":"))

        s3 = rgw.s3(rgw.assume(user, role, policy=narrow))

        assert outcome(s3.get_object, Bucket=INPUT, Key="mine/a") == (200, "")
        assert outcome(s3.get_object, Bucket=INPUT, Key="yours/a") == DENIED

    def test_a_session_policy_has_no_blanks(self, rgw: Rgw) -> None:
        """The server takes the form's ``+`` for a plus sign, so a policy with blanks is malformed to it."""
        user = rgw.create_user()
        role = rgw.create_role(f"blanks-{uuid.uuid4().hex[:8]}", user)
        narrowed = {"RoleArn": role, "RoleSessionName": "test", "Policy": '{"Version": "2012-10-17", "Statement": []}'}

        assert outcome(rgw.sts(user.keys).assume_role, **narrowed) == (400, "MalformedPolicyDocument")

    def test_a_policy_of_the_role_itself_reaches_every_bucket(self, rgw: Rgw, client: Client) -> None:
        """On AWS a role of another account needs the bucket's policy besides; here one of the two is enough."""
        client.s3.put_object(Bucket=INPUT, Key=KEY, Body=b"")
        user = rgw.create_user()
        name = f"mighty-{uuid.uuid4().hex[:8]}"
        role = rgw.create_role(name, user)
        everything = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}
        rgw.put_role_policy(name, policy(everything))

        assert outcome(rgw.s3(rgw.assume(user, role)).get_object, Bucket=INPUT, Key=KEY) == (200, "")


@pytest.mark.parametrize("checksums", ["when_required", "when_supported"])
def test_both_checksum_settings_of_the_sdk_work(
    rgw: Rgw, client: Client, stack: Stack, writer: S3Client, checksums: str
) -> None:
    s3 = rgw.s3(stack.keys, request_checksum_calculation=checksums, response_checksum_validation=checksums)
    upload = start(s3)

    assert complete(s3, upload, [send(s3, upload, 1, b"part")]) == (200, "")
    assert client.s3.get_object(Bucket=OUTPUT, Key=KEY)["Body"].read() == b"part"


@pytest.mark.parametrize("style", ["auto", "path"])
def test_a_bucket_name_with_capitals_and_underscores_needs_no_setting(rgw: Rgw, client: Client, style: str) -> None:
    s3 = rgw.s3(client.user.keys, s3={"addressing_style": style})

    assert outcome(s3.head_bucket, Bucket=INPUT) == (200, "")


class TestRoles:
    @pytest.mark.parametrize(
        ("operator", "key", "value", "opens"),
        [
            ("StringEquals", "sts:ExternalId", "the-clients", False),
            ("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z", False),
            ("DateLessThan", "aws:CurrentTime", "2999-01-01T00:00:00Z", True),
        ],
    )
    def test_trust_policies_know_the_time_and_no_external_id(
        self, rgw: Rgw, operator: str, key: str, value: str, opens: bool
    ) -> None:
        """A role that asks for an ExternalId lets nobody in, whoever says it: assume-role needs another server."""
        user = rgw.create_user()
        trusted = {"Effect": "Allow", "Principal": {"AWS": [user.arn]}, "Action": ["sts:AssumeRole"]}
        name, trust = f"trust-{uuid.uuid4().hex[:8]}", policy(trusted | {"Condition": {operator: {key: value}}})
        role = rgw.admin("role", "create", "--role-name", name, "--assume-role-policy-doc", trust)
        said = {"RoleArn": role["Arn"], "RoleSessionName": "test", "ExternalId": "the-clients"}
        assert (outcome(rgw.sts(user.keys).assume_role, **said)[0] == 200) is opens
