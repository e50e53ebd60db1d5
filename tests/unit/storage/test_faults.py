import inspect
from typing import Any

import pytest
from botocore import exceptions as sdk
from urllib3.exceptions import SSLError

from cloudtranscode.errors import (
    AccessDenied,
    BucketNotFound,
    CloudTranscodeError,
    CredentialsExpired,
    CredentialsMissing,
    SourceArchived,
    SourceChanged,
    SourceNotFound,
    StorageUnavailable,
    UploadLost,
    WrongRegion,
)
from cloudtranscode.location import S3Location
from cloudtranscode.storage.faults import translate, translated

CLIP = S3Location("ClientA_bucket_in", "clip.mp4")

# What only a defect of ours or an impossible configuration raises: the base of the tree is its honest translation.
DEFECTS = frozenset(
    {
        "AliasConflictParameterError",
        "ApiVersionNotFoundError",
        "BotoCoreError",
        "DataNotFoundError",
        "EndpointProviderError",
        "EndpointResolutionError",
        "InvalidChecksumConfigError",
        "InvalidDNSNameError",
        "InvalidDefaultsMode",
        "InvalidEndpointConfigurationError",
        "InvalidEndpointDiscoveryConfigurationError",
        "InvalidExpressionError",
        "InvalidHostLabelError",
        "InvalidMaxRetryAttemptsError",
        "InvalidProxiesConfigError",
        "InvalidRetryConfigurationError",
        "InvalidRetryModeError",
        "InvalidS3AddressingStyleError",
        "InvalidS3UsEast1RegionalEndpointConfigError",
        "InvalidSTSRegionalEndpointsConfigError",
        "MD5UnavailableError",
        "MissingDependencyException",
        "MissingParametersError",
        "OperationNotPageableError",
        "PaginationError",
        "ParamValidationError",
        "RangeError",
        "StubAssertionError",
        "StubResponseError",
        "UnStubbedResponseError",
        "UnknownClientMethodError",
        "UnknownEndpointResolutionBuiltInName",
        "UnknownKeyError",
        "UnknownParameterError",
        "UnknownServiceError",
        "UnknownServiceStyle",
        "UnknownSignatureVersionError",
        "UnseekableStreamError",
        "UnsupportedOutpostResourceError",
        "UnsupportedS3AccesspointConfigurationError",
        "UnsupportedS3ArnError",
        "UnsupportedS3ConfigurationError",
        "UnsupportedS3ControlArnError",
        "UnsupportedS3ControlConfigurationError",
        "UnsupportedServiceProtocolsError",
        "UnsupportedSignatureVersionError",
        "ValidationError",
        "WaiterConfigError",
        "WaiterError",
    }
)


def answer(code: str, status: int, message: str | None = "") -> sdk.ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return sdk.ClientError(response, "GetObject")


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("AccessDenied", 403, AccessDenied),
        ("403", 403, AccessDenied),
        ("SomethingNew", 403, AccessDenied),
        ("KMS.DisabledException", 400, AccessDenied),
        ("InvalidObjectState", 403, SourceArchived),
        ("NoSuchKey", 404, SourceNotFound),
        ("404", 404, SourceNotFound),
        ("NoSuchBucket", 404, BucketNotFound),
        ("NoSuchUpload", 404, UploadLost),
        ("PreconditionFailed", 412, SourceChanged),
        ("412", 412, SourceChanged),
        ("ExpiredToken", 400, CredentialsExpired),
        ("TokenRefreshRequired", 400, CredentialsExpired),
        ("InvalidAccessKeyId", 403, CredentialsExpired),
        ("PermanentRedirect", 301, WrongRegion),
        ("301", 301, WrongRegion),
        ("AuthorizationHeaderMalformed", 400, WrongRegion),
        ("IllegalLocationConstraintException", 400, WrongRegion),
        ("SlowDown", 503, StorageUnavailable),
        ("InternalError", 500, StorageUnavailable),
        ("502", 502, StorageUnavailable),
        ("TooManyRequests", 429, StorageUnavailable),
        ("EntityTooSmall", 400, CloudTranscodeError),
        ("", 0, CloudTranscodeError),
    ],
)
def test_an_answer_of_the_server_has_its_place_in_the_tree(
    code: str, status: int, expected: type[CloudTranscodeError]
) -> None:
    error = translate(answer(code, status, None), "s3:GetObject", CLIP)
    assert type(error) is expected
    assert CLIP.uri in error.message


def test_a_denial_names_action_location_and_code() -> None:
    error = translate(answer("AccessDenied", 403, "Access Denied"), "s3:GetObject", CLIP)
    assert error.message == "s3:GetObject on s3://ClientA_bucket_in/clip.mp4 was denied (AccessDenied)."


def test_a_denial_keeps_the_reason_that_the_server_gives() -> None:
    reason = "User: arn:aws:iam::111122223333:role/stack is not authorized because no session policy allows it"
    assert reason in translate(answer("AccessDenied", 403, reason), "s3:GetObject", CLIP).message


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (sdk.NoCredentialsError(), CredentialsMissing),
        (sdk.ProfileNotFound(profile="x"), CredentialsMissing),
        (sdk.UnauthorizedSSOTokenError(), CredentialsExpired),
        (sdk.NoRegionError(), WrongRegion),
        (sdk.EndpointConnectionError(endpoint_url="http://x"), StorageUnavailable),
        (sdk.ReadTimeoutError(endpoint_url="http://x"), StorageUnavailable),
        (sdk.IncompleteReadError(actual_bytes=1, expected_bytes=2), StorageUnavailable),
        (SSLError("bad record"), StorageUnavailable),
        (ConnectionResetError("reset"), StorageUnavailable),
    ],
)
def test_an_exception_of_the_sdk_has_its_place_in_the_tree(
    error: Exception, expected: type[CloudTranscodeError]
) -> None:
    with pytest.raises(expected) as caught, translated("s3:GetObject", CLIP):
        raise error
    assert type(caught.value) is expected
    assert caught.value.__cause__ is error


def test_every_exception_of_the_sdk_is_mapped_or_known_to_be_a_defect() -> None:
    kinds = [kind for _, kind in inspect.getmembers(sdk, inspect.isclass) if issubclass(kind, sdk.BotoCoreError)]
    bare = {kind for kind in kinds if type(translate(kind.__new__(kind), "s3:GetObject", CLIP)) is CloudTranscodeError}
    assert {kind.__name__ for kind in bare} == DEFECTS
