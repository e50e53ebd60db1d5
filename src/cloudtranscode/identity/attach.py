"""Read and replace a bucket's policy with the bucket owner's own credentials."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.errors import (
    AccessDenied,
    BucketNotFound,
    CloudTranscodeError,
    CredentialsExpired,
    InvalidPolicy,
    StorageUnavailable,
    WrongRegion,
)
from cloudtranscode.identity.faults import SDK_ERRORS, credentials_fault, error_code, error_text, status

if TYPE_CHECKING:  # the stubs are no runtime dependency
    from types_boto3_s3 import S3Client

_OWNER_REMEDY = "Use credentials of the bucket owner's account that may call s3:GetBucketPolicy and s3:PutBucketPolicy."
_RENEW_REMEDY = "Renew the credentials of the profile (`aws sso login`, or new keys) and run the command again."

# KMS may be out of reach on purpose: that must show within seconds.
_QUICK = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})

_ERRORS: dict[str, type[CloudTranscodeError]] = {
    "AccessDenied": AccessDenied,
    "AccessDeniedException": AccessDenied,
    "AllAccessDisabled": AccessDenied,
    # What S3 answers a caller who may change policies, but of another account than the bucket's.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    "MethodNotAllowed": AccessDenied,
    "NoSuchBucket": BucketNotFound,
    "InvalidBucketName": BucketNotFound,
    "InvalidArgument": InvalidPolicy,  # what RADOS Gateway says of a policy that it cannot read
    "MalformedPolicy": InvalidPolicy,
    "InvalidPolicyDocument": InvalidPolicy,
    "PolicyTooLarge": InvalidPolicy,
    "AuthorizationHeaderMalformed": WrongRegion,
    "IllegalLocationConstraintException": WrongRegion,
    "PermanentRedirect": WrongRegion,
}
_BY_STATUS: dict[int, type[CloudTranscodeError]] = {403: AccessDenied, 404: BucketNotFound}


def get_bucket_policy(session: boto3.Session, bucket: str) -> str | None:
    """Return the text of a bucket's policy as the server keeps it, ``None`` when it has none.

    Errors: :class:`AccessDenied`, :class:`BucketNotFound`, :class:`WrongRegion`, :class:`CredentialsMissing`,
    :class:`CredentialsExpired`, :class:`StorageUnavailable`.
    """
    with s3_of(session, f"Reading the policy of {bucket}") as client:
        try:
            return client.get_bucket_policy(Bucket=bucket)["Policy"]
        except ClientError as error:
            if error_code(error) == "NoSuchBucketPolicy":
                return None
            raise


def put_bucket_policy(session: boto3.Session, bucket: str, text: str) -> None:
    """Replace a bucket's policy by ``text``, byte for byte.

    Errors: those of :func:`get_bucket_policy`, and :class:`InvalidPolicy` when the server refuses the document,
    which AWS also does when a principal that it names does not exist.
    """
    with s3_of(session, f"Writing the policy of {bucket}") as client:
        client.put_bucket_policy(Bucket=bucket, Policy=text)


def delete_bucket_policy(session: boto3.Session, bucket: str) -> None:
    """Take a bucket's policy away altogether. Errors: those of :func:`get_bucket_policy`."""
    with s3_of(session, f"Deleting the policy of {bucket}") as client:
        client.delete_bucket_policy(Bucket=bucket)


def get_key_policy(session: boto3.Session, key: str) -> str:
    """Return the text of the policy of the KMS key with the ARN ``key``. Errors: those of :func:`get_bucket_policy`."""
    try:
        with closing(session.client("kms", region_name=Arn.parse(key).region, config=_QUICK)) as client:
            text: str = client.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
            return text
    except SDK_ERRORS as error:
        raise translate(error, f"Reading the policy of {key}") from error


def translate(error: Exception, what: str) -> CloudTranscodeError:
    """Turn an SDK error into one of the tree; anything not known is :class:`StorageUnavailable`."""
    message = f"{what} failed: {error_text(error)}"
    fault = credentials_fault(error)
    if fault is not None:
        return type(fault)(message, remedy=_RENEW_REMEDY if isinstance(fault, CredentialsExpired) else fault.remedy)
    kind = _ERRORS.get(error_code(error)) or _BY_STATUS.get(status(error), StorageUnavailable)
    return kind(message, remedy=_OWNER_REMEDY if kind is AccessDenied else None)


@contextmanager
def s3_of(session: boto3.Session, what: str) -> Iterator[S3Client]:
    """Open an S3 client for the time of the block; what the SDK raises there says that ``what`` failed."""
    try:  # making a client already looks for credentials
        client = _client(session)
        try:
            yield client
        finally:
            client.close()
    except SDK_ERRORS as error:
        raise translate(error, what) from error


def _client(session: boto3.Session) -> S3Client:
    """Open an S3 client; on a server that is not AWS with the bucket in the path, for it may have no wildcard DNS."""
    client = session.client("s3")
    if ".amazonaws." in client.meta.endpoint_url:
        return client
    client.close()
    return session.client("s3", config=Config(s3={"addressing_style": "path"}))
