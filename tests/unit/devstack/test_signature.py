from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cloudtranscode.devstack.call import Call
from cloudtranscode.devstack.signature import read_signature

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", SECRET, "token")


def as_call(request: AWSRequest, body: bytes) -> Call:
    prepared = request.prepare()
    url = urlsplit(prepared.url)
    headers = {name.lower(): str(value) for name, value in request.headers.items()} | {"host": url.netloc}
    return Call("PUT", f"{url.path}?{url.query}", headers, body)


def signed(auth: type[SigV4Auth], service: str) -> Call:
    body = b"" if auth is S3SigV4QueryAuth else b"body"
    request = AWSRequest("PUT", "http://127.0.0.1:9/b/a%20b/%C3%BC?partNumber=2&uploadId=u%2B1", data=body)
    auth(KEYS, service, "us-east-1").add_auth(request)
    return as_call(request, body)


@pytest.mark.parametrize(("auth", "service"), [(S3SigV4Auth, "s3"), (S3SigV4QueryAuth, "s3"), (SigV4Auth, "sts")])
def test_what_botocore_signs_is_verified(auth: type[SigV4Auth], service: str) -> None:
    call = signed(auth, service)
    signature = read_signature(call)
    assert signature is not None
    assert (signature.access_key, signature.service, signature.token) == (KEYS.access_key, service, "token")
    assert signature.matches(call, SECRET)
    assert not signature.matches(call, SECRET.lower())
    assert not signature.matches(replace(call, target=call.target.replace("uploadId=u", "uploadId=v")), SECRET)
    assert not signature.matches(replace(call, method="GET"), SECRET)


def test_a_signature_without_the_host_counts_for_nothing() -> None:
    call = signed(S3SigV4Auth, "s3")
    signature = read_signature(call)
    assert signature is not None
    assert not replace(signature, signed_headers=("x-amz-date",)).matches(call, SECRET)


@pytest.mark.parametrize("header", ["", "AWS key:signature", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host"])
def test_other_schemes_are_no_signature(header: str) -> None:
    assert read_signature(Call("GET", "/", {"authorization": header})) is None


def test_a_presigned_url_with_senseless_dates_has_expired() -> None:
    target = "/b/k?X-Amz-Signature=0&X-Amz-Credential=k/d/r/s3/aws4_request&X-Amz-Date=now&X-Amz-Expires=99999999999"
    signature = read_signature(Call("GET", target, {}))
    assert signature is not None
    assert signature.expires is not None
    assert signature.expires.year == 1
