"""What the AWS SDK raises, in the words of the error tree: the only place that knows both vocabularies.

S3's codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList. An answer to ``HEAD``
has no body, so the SDK gives its bare status as the code; other servers invent codes of their own. Therefore a code
that is not known falls back to its status, and an exception that is not known to the base of the tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore import exceptions as sdk
from urllib3.exceptions import HTTPError

from cloudtranscode.errors import (
    AccessDenied,
    BucketNotFound,
    CloudTranscodeError,
    CredentialsExpired,
    CredentialsMissing,
    InvalidLocation,
    SourceArchived,
    SourceChanged,
    SourceNotFound,
    StorageUnavailable,
    UploadLost,
    WrongRegion,
)
from cloudtranscode.location import Location

Fault = type[CloudTranscodeError]

SDK_ERRORS = (sdk.ClientError, sdk.BotoCoreError, HTTPError, OSError)

_BY_CODE: Mapping[str, Fault] = {
    "AccessDenied": AccessDenied,
    "AllAccessDisabled": AccessDenied,
    "AuthorizationHeaderMalformed": WrongRegion,
    "ExpiredToken": CredentialsExpired,
    "ExpiredTokenException": CredentialsExpired,
    "IllegalLocationConstraintException": WrongRegion,
    "IncorrectEndpoint": WrongRegion,
    "InvalidAccessKeyId": CredentialsExpired,
    "InvalidBucketName": InvalidLocation,
    "InvalidObjectState": SourceArchived,
    "InvalidPart": UploadLost,
    "InvalidToken": CredentialsExpired,
    "KeyTooLongError": InvalidLocation,
    "NoSuchBucket": BucketNotFound,
    "NoSuchKey": SourceNotFound,
    "NoSuchUpload": UploadLost,
    "NoSuchVersion": SourceNotFound,
    "PermanentRedirect": WrongRegion,
    "PreconditionFailed": SourceChanged,
    "RequestTimeTooSkewed": CredentialsExpired,
    "RequestTimeout": StorageUnavailable,
    "SignatureDoesNotMatch": CredentialsExpired,
    "SlowDown": StorageUnavailable,
    "TemporaryRedirect": WrongRegion,
    "TokenRefreshRequired": CredentialsExpired,
}

_BY_STATUS: Mapping[int, Fault] = {
    301: WrongRegion,
    307: WrongRegion,
    403: AccessDenied,
    404: SourceNotFound,
    408: StorageUnavailable,
    412: SourceChanged,
    429: StorageUnavailable,
}

_BY_EXCEPTION: tuple[tuple[type[Exception], Fault], ...] = (
    (sdk.NoCredentialsError, CredentialsMissing),
    (sdk.PartialCredentialsError, CredentialsMissing),
    (sdk.CredentialRetrievalError, CredentialsMissing),
    (sdk.MetadataRetrievalError, CredentialsMissing),
    (sdk.NoAuthTokenError, CredentialsMissing),
    (sdk.UnknownCredentialError, CredentialsMissing),
    (sdk.UnknownTokenProviderError, CredentialsMissing),
    (sdk.ProfileNotFound, CredentialsMissing),
    (sdk.ConfigNotFound, CredentialsMissing),
    (sdk.ConfigParseError, CredentialsMissing),
    (sdk.InvalidConfigError, CredentialsMissing),
    (sdk.InvalidIMDSEndpointError, CredentialsMissing),
    (sdk.InvalidIMDSEndpointModeError, CredentialsMissing),
    (sdk.TokenRetrievalError, CredentialsExpired),
    (sdk.SSOError, CredentialsExpired),
    (sdk.LoginError, CredentialsExpired),
    (sdk.RefreshWithMFAUnsupportedError, CredentialsExpired),
    (sdk.NoRegionError, WrongRegion),
    (sdk.InvalidRegionError, WrongRegion),
    (sdk.UnknownRegionError, WrongRegion),
    (sdk.ServiceNotInRegionError, WrongRegion),
    (sdk.BaseEndpointResolverError, WrongRegion),
    (sdk.ConnectionError, StorageUnavailable),
    (sdk.HTTPClientError, StorageUnavailable),
    (sdk.IncompleteReadError, StorageUnavailable),
    (sdk.ChecksumError, StorageUnavailable),
    (sdk.FlexibleChecksumError, StorageUnavailable),
    (sdk.AwsChunkedWrapperError, StorageUnavailable),
    (sdk.CapacityNotAvailableError, StorageUnavailable),
    (HTTPError, StorageUnavailable),
    (OSError, StorageUnavailable),
)

_KMS_REMEDY = "The bucket's owner must enable the KMS key and let the stack use it in the key's own policy."
_CLOCK_REMEDY = "Set this machine's clock: requests that are signed more than 15 minutes apart are refused."


@contextmanager
def translated(action: str, location: Location) -> Iterator[None]:
    """Raise what the SDK raises inside the block as an error of the tree that names ``action`` and ``location``."""
    try:
        yield
    except SDK_ERRORS as error:
        raise translate(error, action, location) from error


def translate(error: Exception, action: str, location: Location) -> CloudTranscodeError:
    """Say in one sentence what the storage or the SDK answered to ``action`` (an IAM action) on ``location``."""
    if isinstance(error, sdk.ClientError):
        return _from_answer(error, action, location)
    fault = next((to for kind, to in _BY_EXCEPTION if isinstance(error, kind)), CloudTranscodeError)
    return fault(f"{action} on {location} failed: {type(error).__name__}: {error}".rstrip(".: ") + ".")


def code_of(error: sdk.ClientError) -> str:
    """The server's error code; the bare status (``"404"``) when the answer had no body."""
    return error.response.get("Error", {}).get("Code") or str(status_of(error))


def status_of(error: sdk.ClientError) -> int:
    """The HTTP status of the answer, 0 when the SDK does not tell."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _from_answer(error: sdk.ClientError, action: str, location: Location) -> CloudTranscodeError:
    code = code_of(error)
    if code.startswith("KMS."):
        return AccessDenied(f"{action} on {location} was refused by its key ({code}).", remedy=_KMS_REMEDY)
    fault = _fault(code, status_of(error))
    return fault(_sentence(fault, code, error, action, location), remedy=_remedy(code))


def _fault(code: str, status: int) -> Fault:
    if code in _BY_CODE:
        return _BY_CODE[code]
    status = int(code) if code.isdecimal() else status
    return _BY_STATUS.get(status, StorageUnavailable if status >= 500 else CloudTranscodeError)  # noqa: PLR2004 - HTTP


def _remedy(code: str) -> str | None:
    return _CLOCK_REMEDY if code == "RequestTimeTooSkewed" else None


def _sentence(fault: Fault, code: str, error: sdk.ClientError, action: str, location: Location) -> str:
    if fault is AccessDenied:
        return f"{action} on {location} was denied ({code}{_reason(error)})."
    if fault is SourceNotFound:
        return f"{location} does not exist ({code})."
    if fault is BucketNotFound:
        return f"The bucket of {location} does not exist ({code})."
    return f"{action} on {location} failed ({code}{_reason(error)})."


def _reason(error: sdk.ClientError) -> str:
    """The server's own words where they add to the code: AWS explains a refusal only inside one account."""
    text = (error.response.get("Error", {}).get("Message") or "").strip().rstrip(".")
    return f": {text}" if len(text.split()) > 3 else ""  # noqa: PLR2004 - "Access Denied" says nothing
