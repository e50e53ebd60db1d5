from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.parsers import ResponseParserError

from cloudtranscode.errors import (
    AccessDenied,
    BucketNotFound,
    CloudTranscodeError,
    CredentialsExpired,
    CredentialsMissing,
    InvalidPolicy,
    StorageUnavailable,
    WrongRegion,
)
from cloudtranscode.identity.attach import translate


def answer(status: int, code: str = "") -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "text"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]  # the other metadata is not looked at
        "PutBucketPolicy",
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (answer(403, "AccessDenied"), AccessDenied),
        (answer(405, "MethodNotAllowed"), AccessDenied),
        (answer(403, "NeverHeardOf"), AccessDenied),
        (answer(403), AccessDenied),
        (answer(404, "NoSuchBucket"), BucketNotFound),
        (answer(400, "MalformedPolicy"), InvalidPolicy),
        (answer(400, "InvalidArgument"), InvalidPolicy),
        (answer(400, "ExpiredToken"), CredentialsExpired),
        (answer(403, "InvalidAccessKeyId"), CredentialsExpired),
        (answer(301, "PermanentRedirect"), WrongRegion),
        (answer(409, "NeverHeardOf"), StorageUnavailable),
        (NoCredentialsError(), CredentialsMissing),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), StorageUnavailable),
        (ResponseParserError("not XML"), StorageUnavailable),
    ],
)
def test_each_refusal_has_its_error(error: Exception, expected: type[CloudTranscodeError]) -> None:
    fault = translate(error, "Writing the policy of bucket")

    assert type(fault) is expected
    assert fault.message.startswith("Writing the policy of bucket failed: ")


def test_the_servers_words_are_kept_and_a_missing_message_is_not_made_up() -> None:
    assert translate(answer(403, "AccessDenied"), "Reading").message == "Reading failed: AccessDenied: text"
    silent = ClientError({"Error": {"Code": "AccessDenied"}}, "GetBucketPolicy")
    assert translate(silent, "Reading").message == "Reading failed: AccessDenied"
