import hashlib

import boto3
import pytest

from cloudtranscode.entitlements.needs import PROBE_NAME
from cloudtranscode.errors import (
    AccessDenied,
    BucketNotFound,
    CloudTranscodeError,
    CredentialsExpired,
    SourceArchived,
    SourceChanged,
    SourceNotFound,
    StorageUnavailable,
    UploadLost,
)
from cloudtranscode.location import S3Location
from cloudtranscode.storage.port import Part, Pinned
from cloudtranscode.storage.s3 import Addressing, S3Store
from unit.storage.canned import Answer, Canned, refusal, xml

OUT = S3Location("ClientA_bucket_out", "film.mp4")
PINNED = Pinned(OUT, 100, '"e1"', "v1")
PART = Part(1, f'"{hashlib.md5(b"x", usedforsecurity=False).hexdigest()}"')
CREATED = Answer(200, xml("InitiateMultipartUploadResult", UploadId="u1"))
DENIED, NO_UPLOAD = refusal(403, "AccessDenied"), refusal(404, "NoSuchUpload")
SERVER_FAULT = [refusal(500, "InternalError")] * 4  # as often as the SDK asks
FAILED, NO_DIGEST, NO_MATCH = refusal(412, "PreconditionFailed"), refusal(400, "BadDigest"), refusal(404, "NoSuchKey")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK pauses between its attempts."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://storage.example.test:9000")
    return boto3.Session("access", "secret", region_name="us-east-1")


def store(session: boto3.Session, canned: Canned, *, owner: str | None = None, acl: str | None = None) -> S3Store:
    return S3Store(canned.client(session), expected_owner=owner, acl=acl)


def found(etag: str = '"e1"', **headers: str) -> Answer:
    return Answer(200, b"", {"etag": etag, "content-length": "100", **headers})


def part_of(data: bytes, etag: str = '"e1"', status: int = 206) -> Answer:
    return Answer(status, data, {"etag": etag})


@pytest.mark.parametrize(
    ("endpoint", "addressing", "bucket", "url"),
    [
        ("http://storage.test:9000", "auto", "client-in", "http://storage.test:9000/client-in/k"),
        ("http://storage.test:9000", "auto", "ClientA_bucket_in", "http://storage.test:9000/ClientA_bucket_in/k"),
        ("http://storage.test:9000", "virtual", "client-in", "http://client-in.storage.test:9000/k"),
        (None, "auto", "client-in", "https://client-in.s3.eu-west-1.amazonaws.com/k"),
        (None, "auto", "ClientA_bucket_in", "https://s3.eu-west-1.amazonaws.com/ClientA_bucket_in/k"),
        (None, "path", "client-in", "https://s3.eu-west-1.amazonaws.com/client-in/k"),
    ],
)
def test_buckets_are_addressed_so_that_every_name_works(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None, addressing: Addressing, bucket: str, url: str
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    canned = Canned(found())
    client = canned.client(boto3.Session("access", "secret", region_name="eu-west-1"), addressing=addressing)
    S3Store(client).pin(S3Location(bucket, "k"))
    assert canned.asked[0].url == url
    assert (canned.header("Authorization")[0] or "").startswith("AWS4-HMAC-SHA256 ")


def test_a_pin_holds_size_etag_and_version(session: boto3.Session) -> None:
    canned = Canned(found(**{"x-amz-version-id": "v1"}))
    assert store(session, canned).pin(OUT) == PINNED


@pytest.mark.parametrize(
    ("heads", "reason", "expected"),
    [
        ([403], DENIED, AccessDenied),
        ([404], refusal(404, "NoSuchBucket"), BucketNotFound),
        ([404], NO_MATCH, SourceNotFound),
        # The SDK looks for the bucket in other regions first.
        ([400, 400], refusal(400, "ExpiredToken"), CredentialsExpired),
        ([403], refusal(403, "InvalidObjectState"), SourceArchived),
        ([404], part_of(b"x"), SourceNotFound),
    ],
)
def test_a_bare_refusal_of_head_is_explained_by_asking_for_a_byte(
    session: boto3.Session, heads: list[int], reason: Answer, expected: type[CloudTranscodeError]
) -> None:
    canned = Canned(*[Answer(status) for status in heads], reason)
    with pytest.raises(expected):
        store(session, canned).pin(OUT)
    assert canned.header("Range") == [*[None] * len(heads), "bytes=0-0"]


def test_a_read_names_the_range_and_the_pinned_state(session: boto3.Session) -> None:
    canned = Canned(part_of(b"0123456789"))
    assert store(session, canned).read(PINNED, 90, 50) == b"0123456789"
    assert canned.lines == ["GET ClientA_bucket_out/film.mp4"]
    assert canned.header("Range") == ["bytes=90-99"]
    assert canned.header("If-Match") == ['"e1"']


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (FAILED, SourceChanged),
        (refusal(404, "NoSuchVersion"), SourceChanged),
        (refusal(416, "InvalidRange"), SourceChanged),
        (part_of(b"0123456789", etag='"e2"'), SourceChanged),
        (part_of(b"0" * 100, status=200), StorageUnavailable),
        (part_of(b"0"), StorageUnavailable),
        (DENIED, AccessDenied),
    ],
)
def test_a_read_never_returns_other_bytes(
    session: boto3.Session, answer: Answer, expected: type[CloudTranscodeError]
) -> None:
    with pytest.raises(expected):
        store(session, Canned(answer)).read(PINNED, 0, 10)


def test_a_body_that_breaks_off_can_be_retried(session: boto3.Session) -> None:
    cut = Answer(206, b"01234", {"etag": '"e1"', "content-length": "10"})
    with pytest.raises(StorageUnavailable) as caught:
        store(session, Canned(cut)).read(PINNED, 0, 10)
    assert caught.value.retryable


@pytest.mark.parametrize("answers", [[FAILED], [NO_MATCH], [NO_DIGEST], [DENIED, NO_DIGEST]])
def test_a_write_probe_is_content_with_any_refusal_but_a_denial(session: boto3.Session, answers: list[Answer]) -> None:
    canned = Canned(*answers)
    store(session, canned).probe_write(S3Location("out", "prefix"))
    assert set(canned.lines) == {f"PUT out/prefix/{PROBE_NAME}"}
    assert None not in canned.header("Content-MD5")


@pytest.mark.parametrize("answer", [FAILED, NO_DIGEST, refusal(400, "AccessControlListNotSupported")])
def test_a_write_probe_can_ask_for_handing_over_as_well(session: boto3.Session, answer: Answer) -> None:
    canned = Canned(answer)
    store(session, canned).probe_write(OUT, hand_over=True)
    assert canned.header("x-amz-acl") == ["bucket-owner-full-control"]


def test_a_grant_without_acls_fails_the_probe_for_handing_over_only(session: boto3.Session) -> None:
    canned = Canned(DENIED, NO_DIGEST, DENIED, DENIED)
    stack = store(session, canned, acl="bucket-owner-full-control")
    stack.probe_write(OUT)
    with pytest.raises(AccessDenied):
        stack.probe_write(OUT, hand_over=True)
    assert canned.header("x-amz-acl") == [None, None, *["bucket-owner-full-control"] * 2]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([DENIED, DENIED], AccessDenied),
        ([refusal(404, "NoSuchBucket")], BucketNotFound),
    ],
)
def test_a_write_probe_that_is_refused_names_the_folder(
    session: boto3.Session, answers: list[Answer], expected: type[CloudTranscodeError]
) -> None:
    with pytest.raises(expected, match=r"s3://out/prefix/\*"):
        store(session, Canned(*answers)).probe_write(S3Location("out", "prefix"))


def test_a_write_probe_tells_what_it_left_behind(session: boto3.Session) -> None:
    with pytest.raises(CloudTranscodeError, match=f"s3://out/prefix/{PROBE_NAME}") as caught:
        store(session, Canned(Answer(200, b"", {"etag": '"e"'}))).probe_write(S3Location("out", "prefix"))
    assert caught.value.code == "internal"


def test_an_acl_is_given_up_where_the_bucket_or_the_grant_refuses_it(session: boto3.Session) -> None:
    for refused in (refusal(400, "AccessControlListNotSupported"), DENIED):
        canned = Canned(refused, CREATED)
        acl = "bucket-owner-full-control"
        assert store(session, canned, acl=acl).start_upload(OUT, "video/mp4") == "u1"
        assert canned.header("x-amz-acl") == [acl, None]
        assert canned.header("Content-Type") == ["video/mp4"] * 2


def test_a_denied_upload_without_an_acl_is_not_asked_for_twice(session: boto3.Session) -> None:
    canned = Canned(DENIED)
    with pytest.raises(AccessDenied):
        store(session, canned).start_upload(OUT, "video/mp4")
    assert len(canned.asked) == 1


def test_a_part_carries_its_md5_and_no_trailer(session: boto3.Session) -> None:
    canned = Canned(Answer(200, b"", {"etag": PART.etag}))
    assert store(session, canned).upload_part(OUT, "u1", 1, b"x") == PART
    assert canned.header("Content-MD5") == ["ndTkYSaMgDT1yFZOFVxnpg=="]
    assert canned.header("x-amz-trailer") == [None]


def test_a_damaged_part_is_noticed_unless_the_etag_is_no_md5(session: boto3.Session) -> None:
    other = f'"{"0" * 32}"'
    with pytest.raises(StorageUnavailable, match="damaged"):
        store(session, Canned(Answer(200, b"", {"etag": other}))).upload_part(OUT, "u1", 1, b"x")
    encrypted = Answer(200, b"", {"etag": other, "x-amz-server-side-encryption": "aws:kms"})
    assert store(session, Canned(encrypted)).upload_part(OUT, "u1", 1, b"x").etag == other
    assert store(session, Canned(Answer(200, b"", {"etag": '"opaque"'}))).upload_part(OUT, "u1", 1, b"x")


WHOLE = hashlib.md5(hashlib.md5(b"x", usedforsecurity=False).digest(), usedforsecurity=False).hexdigest()
KMS = {"x-amz-server-side-encryption": "aws:kms"}


@pytest.mark.parametrize(
    "answers",
    [
        [NO_UPLOAD, found(f'"{WHOLE}-1"')],
        [NO_UPLOAD, found('"opaque-1"', **KMS)],
        [NO_UPLOAD, Answer(403), NO_MATCH, FAILED],
    ],
)
def test_an_upload_that_is_gone_is_completed_when_its_object_is_there(
    session: boto3.Session, answers: list[Answer]
) -> None:
    store(session, Canned(*answers)).complete_upload(OUT, "u1", [PART])


@pytest.mark.parametrize(
    "answers",
    [
        [NO_UPLOAD, Answer(404)],
        [NO_UPLOAD, found('"another-1"')],
        [NO_UPLOAD, found('"opaque-2"', **KMS)],
        [NO_UPLOAD, Answer(403), NO_MATCH, NO_MATCH],
        [NO_UPLOAD, Answer(403), DENIED],
        [NO_UPLOAD, Answer(403), FAILED],
        [*SERVER_FAULT, NO_UPLOAD, Answer(404)],
    ],
)
def test_an_upload_that_is_gone_is_lost_when_its_object_is_not_known_to_be_there(
    session: boto3.Session, answers: list[Answer]
) -> None:
    with pytest.raises(UploadLost):
        store(session, Canned(*answers)).complete_upload(OUT, "u1", [PART])


def test_a_server_that_ignores_conditions_is_never_asked_about_the_object_itself(session: boto3.Session) -> None:
    canned = Canned(NO_UPLOAD, Answer(403), Answer(200, b"", {"etag": '"e"'}))
    with pytest.raises(UploadLost):
        store(session, canned).complete_upload(OUT, "u1", [PART])
    assert "PUT ClientA_bucket_out/film.mp4" not in canned.lines


def test_a_fault_of_the_server_with_the_upload_alive_can_be_retried(session: boto3.Session) -> None:
    canned = Canned(*SERVER_FAULT, NO_DIGEST)
    with pytest.raises(StorageUnavailable):
        store(session, canned).complete_upload(OUT, "u1", [PART])


def test_an_abort_that_is_denied_says_so(session: boto3.Session) -> None:
    with pytest.raises(AccessDenied, match=r"s3:AbortMultipartUpload on s3://ClientA_bucket_out/film\.mp4 was denied"):
        store(session, Canned(DENIED)).abort_upload(OUT, "u1")


def test_every_request_names_the_expected_owner(session: boto3.Session) -> None:
    part = Answer(200, b"", {"etag": PART.etag})
    empty = Answer(200, xml("Result"))
    answers = [found(), part_of(b"x"), empty, DENIED, NO_DIGEST, CREATED, part, empty, empty, NO_UPLOAD]
    canned = Canned(*answers)
    owned = store(session, canned, owner="111122223333")
    owned.pin(OUT)
    owned.read(PINNED, 0, 1)
    owned.first_object(OUT)
    owned.probe_write(OUT)
    owned.start_upload(OUT, "video/mp4")
    owned.upload_part(OUT, "u1", 1, b"x")
    owned.complete_upload(OUT, "u1", [PART])
    owned.open_uploads(OUT)
    owned.abort_upload(OUT, "u1")
    assert canned.header("x-amz-expected-bucket-owner") == ["111122223333"] * len(answers)
