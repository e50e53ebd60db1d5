"""Presigned URLs of a real S3 server as sources: another party's bucket, without any grant to the stack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from types_boto3_s3 import S3Client

from cloudtranscode.errors import OriginDenied, SourceChanged, SourceNotFound
from cloudtranscode.location import parse_http
from cloudtranscode.origin import Origins
from cloudtranscode.storage.http_fetch import Fetcher
from cloudtranscode.storage.http_store import HttpStore
from support.ceph import Rgw, remove_bucket

BUCKET, KEY = "presigned-sources", "films/Ein Film, 東京.mp4"
DATA = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def s3(rgw: Rgw) -> Iterator[S3Client]:
    client = rgw.s3(rgw.create_user().keys)
    client.create_bucket(Bucket=BUCKET)
    yield client
    remove_bucket(client, BUCKET)


@pytest.fixture
def store(tmp_path: Path) -> HttpStore:
    return HttpStore(Fetcher(Origins.parse("127.0.0.0/8, localhost")), lambda: tmp_path)


def presigned(s3: S3Client, key: str = KEY) -> str:
    return s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key}, ExpiresIn=60)


def test_it_is_read_by_ranges_in_the_state_that_s3_tells(s3: S3Client, store: HttpStore) -> None:
    etag = s3.put_object(Bucket=BUCKET, Key=KEY, Body=DATA)["ETag"]
    pinned = store.pin(parse_http(presigned(s3)))
    assert (pinned.size, pinned.etag) == (len(DATA), etag)
    assert store.read(pinned, 1000, 5000) == DATA[1000:6000]
    assert urlsplit(pinned.to_dict()["uri"]).query == "***"
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=DATA[::-1])
    with pytest.raises(SourceChanged):
        store.read(pinned, 1000, 5000)


def test_a_wrong_signature_is_refused_and_a_missing_object_not_found(s3: S3Client, store: HttpStore) -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=DATA)
    with pytest.raises(OriginDenied) as refused:
        store.pin(parse_http(presigned(s3)[:-4] + "0000"))
    assert "Signature" not in refused.value.message
    with pytest.raises(SourceNotFound):
        store.pin(parse_http(presigned(s3, "nothing")))


def test_an_empty_object_is_pinned(s3: S3Client, store: HttpStore) -> None:
    s3.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    assert store.pin(parse_http(presigned(s3, "empty"))).size == 0
