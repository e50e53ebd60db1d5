"""What the AWS SDK raised, in the words of the error tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.parsers import ResponseParserError

from cloudtranscode.errors import CloudTranscodeError, CredentialsExpired, CredentialsMissing

# A server that is no AWS may answer with something that the SDK cannot parse, and that error is no BotoCoreError.
SDK_ERRORS = (BotoCoreError, ClientError, ResponseParserError)

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and the STS and IAM "Common Errors"
_REFUSED_KEYS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)

_NO_KEYS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)


def error_code(error: Exception) -> str:
    """Name the fault: the code that the server sent, else the class of the SDK's own error."""
    if isinstance(error, ClientError):
        return str(_details(error).get("Code") or status(error) or "Unknown")
    return type(error).__name__


def error_text(error: Exception) -> str:
    """Say in a few words what went wrong: the server's code and message, else the SDK's own words."""
    if not isinstance(error, ClientError):
        return str(error)
    # RADOS Gateway sends codes without messages.
    message = _details(error).get("Message")
    code = error_code(error)
    return f"{code}: {message}" if message and message != "Unknown" else code


def _details(error: ClientError) -> Mapping[str, Any]:
    """What the server says; RADOS Gateway's STS leaves out the element ``Error`` around it."""
    found: Mapping[str, Any] = error.response.get("Error") or error.response
    return found


def status(error: Exception) -> int:
    """Return the HTTP status that the server sent, 0 where there was no answer."""
    if isinstance(error, ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return 0


def credentials_fault(error: Exception) -> CloudTranscodeError | None:
    """Return the error to raise when the credentials are to blame, ``None`` when they are not."""
    if isinstance(error, MetadataRetrievalError):
        return CredentialsMissing(
            f"The credential chain found nothing, and no instance or container role answered: {error}",
            remedy="Set AWS_PROFILE; on EC2 give the instance a role and, for containers, a metadata hop limit of 2.",
        )
    if isinstance(error, _NO_KEYS):
        return CredentialsMissing(f"There are no credentials to sign with: {error_text(error)}")
    if error_code(error) in _REFUSED_KEYS:
        return CredentialsExpired(f"The server does not accept the credentials: {error_text(error)}")
    return None
