from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.s3bucket_path.utils import bucket_name_from_url, parse_key_name

from cloudtranscode.devstack.action import Need, needs
from cloudtranscode.devstack.call import Call

KNOWN = [
    ("GET /", "s3:ListAllMyBuckets"),
    ("PUT /b", "s3:CreateBucket"),
    ("HEAD /b", "s3:ListBucket"),
    ("GET /b?list-type=2&prefix=a%2F", "s3:ListBucket"),
    ("GET /b?uploads", "s3:ListBucketMultipartUploads"),
    ("PUT /b?policy", "s3:PutBucketPolicy"),
    ("GET /b?ownershipControls", "s3:GetBucketOwnershipControls"),
    ("GET /b/k", "s3:GetObject"),
    ("HEAD /b/k?partNumber=1", "s3:GetObject"),
    ("GET /b/k?versionId=1", "s3:GetObjectVersion"),
    ("GET /b/k?response-content-type=text%2Fplain&X-Amz-Expires=60", "s3:GetObject"),
    ("PUT /b/k", "s3:PutObject"),
    ("POST /b/k?uploads", "s3:PutObject"),
    ("PUT /b/k?partNumber=1&uploadId=u", "s3:PutObject"),
    ("POST /b/k?uploadId=u", "s3:PutObject"),
    ("DELETE /b/k?uploadId=u", "s3:AbortMultipartUpload"),
    ("GET /b/k?uploadId=u", "s3:ListMultipartUploadParts"),
    ("DELETE /b/k", "s3:DeleteObject"),
    ("DELETE /b/k?versionId=1", "s3:DeleteObjectVersion"),
    ("GET /b/k?acl&versionId=1", "s3:GetObjectVersionAcl"),
]
UNKNOWN = [
    "POST /b",  # a browser's form
    "POST /b/k?restore",
    "PATCH /b/k",
    "GET /b?website",
    "GET /b?inventory&id=1",
    "GET /b?acl&policy",  # which of the two would moto take?
    "DELETE /b/k?uploadId=",  # moto would delete the object
    "PUT /b/k?partNumber=1",
    "PUT /b/k?uploadId=u",
    "GET /b/k?uploadId=u&acl",
    "GET /b?uploadId=u",
    "GET //b/k",
    "GET /b;x/k",
    "GET /b%2Fx/k",
    "DELETE /",
]


def call(line: str, body: bytes = b"", **headers: str) -> Call:
    method, target = line.split(" ")
    return Call(method, target, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def actions(found: tuple[Need, ...]) -> list[tuple[str, str]]:
    return [(need.action, need.resource) for need in found]


@pytest.mark.parametrize(("line", "action"), KNOWN)
def test_an_operation_needs_its_own_permission(line: str, action: str) -> None:
    assert [need.action for need in needs(call(line))] == [action]


@pytest.mark.parametrize("line", UNKNOWN)
def test_what_is_not_known_has_no_permission_and_so_no_passage(line: str) -> None:
    assert needs(call(line)) == ()


def test_keys_and_resources_are_decoded_once() -> None:
    (need,) = needs(call("GET /ClientA_bucket_in/a%2520b/%C3%BC//c"))
    assert need.resource == "arn:aws:s3:::ClientA_bucket_in/a%20b/ü//c"


def test_listing_carries_its_condition_keys() -> None:
    (need,) = needs(call("GET /b?prefix=jobs%2F&delimiter=%2F&max-keys=5"))
    assert need.context == {"s3:prefix": "jobs/", "s3:delimiter": "/", "s3:max-keys": "5"}


def test_an_acl_needs_a_permission_of_its_own() -> None:
    found = needs(call("PUT /b/k", x_amz_acl="bucket-owner-full-control"))
    assert actions(found) == [("s3:PutObject", "arn:aws:s3:::b/k"), ("s3:PutObjectAcl", "arn:aws:s3:::b/k")]
    assert found[0].context == {"s3:x-amz-acl": "bucket-owner-full-control"}
    grants = needs(call("POST /b/k?uploads", x_amz_grant_read="id=1"))
    assert [need.action for need in grants] == ["s3:PutObject", "s3:PutObjectAcl"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/src/a%20b", ("s3:GetObject", "arn:aws:s3:::src/a b")),
        ("src/a?versionId=7", ("s3:GetObjectVersion", "arn:aws:s3:::src/a")),
        ("src/a#b", ("s3:GetObject", "arn:aws:s3:::src/a")),  # moto drops the fragment, too
    ],
)
@pytest.mark.parametrize("line", ["PUT /b/k", "PUT /b/k?partNumber=1&uploadId=u"])
def test_copying_needs_the_source(line: str, source: str, expected: tuple[str, str]) -> None:
    assert actions(needs(call(line, x_amz_copy_source=source)))[1] == expected


def test_deleting_many_needs_each() -> None:
    body = b"""<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a&amp;b</Key></Object>
    <Object><Key x="y">c</Key><VersionId>1</VersionId></Object></Delete>"""
    assert actions(needs(call("POST /b?delete", body))) == [
        ("s3:DeleteObject", "arn:aws:s3:::b/a&b"),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::b/c"),
    ]
    assert needs(call("POST /b?delete", b"no XML")) == ()


@given(st.text(alphabet="ab/%2F;#.+é ", min_size=1, max_size=12).map(lambda text: f"/{text}"))
def test_permission_is_asked_for_the_object_that_moto_acts_on(path: str) -> None:
    for need in needs(Call("GET", path, {})):
        assert need.bucket == (bucket_name_from_url(f"http://localhost{path}") or "")
        assert need.key == (parse_key_name(unquote(path)) if need.bucket else "")
