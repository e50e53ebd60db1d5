"""S3 and what speaks its protocol, as an object store."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal

from botocore.config import Config
from botocore.exceptions import ClientError

from cloudtranscode.entitlements.needs import PROBE_NAME
from cloudtranscode.errors import (
    AccessDenied,
    CloudTranscodeError,
    InvalidLocation,
    SourceChanged,
    StorageUnavailable,
    UploadLost,
)
from cloudtranscode.location import Location, S3Location
from cloudtranscode.storage.faults import SDK_ERRORS, code_of, status_of, translate, translated
from cloudtranscode.storage.port import Part, Pinned

if TYPE_CHECKING:
    import boto3
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef, ListObjectsV2OutputTypeDef

Addressing = Literal["auto", "path", "virtual"]

READ, LIST, WRITE = "s3:GetObject", "s3:ListBucket", "s3:PutObject"
ABORT, LIST_UPLOADS = "s3:AbortMultipartUpload", "s3:ListBucketMultipartUploads"

_NOBODYS_UPLOAD = "cloudtranscode-probe"
_NO_ETAG = '"cloudtranscode-probe"'
_HAND_OVER = "bucket-owner-full-control"
_WRONG_MD5 = "AAAAAAAAAAAAAAAAAAAAAA=="
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')
_PRECONDITION_FAILED, _FORBIDDEN, _NOT_FOUND, _RANGE, _SERVER_FAULT = 412, 403, 404, 416, 500
# What a server answers to a probe that it would have permitted. NoSuchBucket is a 404, too, so codes decide. A bucket
# that supports no ACL needs none: its owner owns every object in it.
_PROBE_REFUSED = frozenset(
    {"BadDigest", "InvalidDigest", "PreconditionFailed", "NoSuchKey", "412", "404", "AccessControlListNotSupported"}
)
_PART_REFUSED = frozenset({"NoSuchUpload", "BadDigest", "InvalidDigest"})
_REFUSES_ACL = frozenset({"AccessControlListNotSupported", "AccessDenied", "InvalidBucketAclWithObjectOwnership"})


def s3_client(session: boto3.Session, *, addressing: Addressing = "auto") -> S3Client:
    """Make an S3 client whose endpoint, region and credentials come from the SDK's own chain.

    ``auto`` addresses by path at any endpoint that is not AWS's, and wherever the bucket's name is no host name
    (``ClientA_bucket_in``). Checksums in trailers are sent and expected only where S3 demands them: RADOS Gateway 16
    refuses them. ``AWS_ENDPOINT_URL`` and ``AWS_ENDPOINT_URL_S3`` name another endpoint.
    """
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 4},
        max_pool_connections=32,
        tcp_keepalive=True,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": addressing},
    )
    return session.client("s3", config=config)


class S3Store:
    """The object-store port over one S3 client.

    ``expected_owner`` is the account that must own every bucket; S3 refuses the request when another one does.
    ``acl`` is the canned ACL of new objects, such as ``bucket-owner-full-control``: without it the bucket's owner
    cannot read what another account wrote, unless the bucket's ownership is BucketOwnerEnforced.
    """

    def __init__(self, client: S3Client, *, expected_owner: str | None = None, acl: str | None = None) -> None:
        self._client = client
        self._owner: dict[str, Any] = {"ExpectedBucketOwner": expected_owner} if expected_owner else {}
        self._acl: dict[str, Any] = {"ACL": acl} if acl else {}

    def pin(self, location: Location) -> Pinned:
        """See :class:`ObjectStore`; needs ``s3:GetObject``."""
        target = self._target(location)
        with translated(READ, location):
            try:
                head = self._client.head_object(**target)
            except ClientError as error:
                raise self._explained(error, target) from error
        return Pinned(location, head["ContentLength"], head["ETag"], head.get("VersionId"))

    def read(self, pinned: Pinned, offset: int, length: int) -> bytes:
        """See :class:`ObjectStore`; one ranged ``GetObject`` that names the pinned state."""
        wanted = min(length, pinned.size - offset)
        if wanted <= 0:
            return b""
        # Naming the version would need s3:GetObjectVersion, which a grant of s3:GetObject does not give.
        target = self._target(pinned.location)
        with translated(READ, pinned.location):
            try:
                answer = self._client.get_object(
                    **target, IfMatch=pinned.etag, Range=f"bytes={offset}-{offset + wanted - 1}"
                )
            except ClientError as error:
                if status_of(error) in {_PRECONDITION_FAILED, _RANGE, _NOT_FOUND}:
                    raise SourceChanged(f"{pinned.location} changed or went away while it was being read.") from error
                raise
            # The SDK's stream gives its connection back only when it is closed.
            with closing(answer["Body"]) as body:
                if answer["ETag"] != pinned.etag:
                    raise SourceChanged(f"{pinned.location} changed while it was being read.")
                data = body.read() if answer["ContentLength"] == wanted else b""
        if len(data) != wanted:
            raise StorageUnavailable(f"{READ} on {pinned.location} did not answer with the {wanted} bytes asked for.")
        return data

    def first_object(self, prefix: Location) -> S3Location | None:
        """See :class:`ObjectStore`; needs ``s3:ListBucket``, passes over the empty objects that stand for folders."""
        under = self._s3(prefix)
        with translated(LIST, under):
            for page in self._pages(under):
                for entry in page.get("Contents", ()):
                    if entry["Size"] or not entry["Key"].endswith("/"):
                        return S3Location(under.bucket, entry["Key"])
        return None

    def probe_write(self, folder: Location, *, hand_over: bool = False) -> None:
        """See :class:`ObjectStore`; asks for ``PROBE_NAME`` in ``folder`` and needs ``s3:PutObject`` alone.

        The request bears a wrong MD5 and a condition that cannot hold, so that whoever checks either one refuses
        it after the permission was checked. ``hand_over`` sends an ACL besides, which on AWS needs
        ``s3:PutObjectAcl``. Errors: the base of the tree when a server checks neither.
        """
        probe = self._s3(folder).child(PROBE_NAME)
        acl = (self._acl or {"ACL": _HAND_OVER}) if hand_over else {}
        refused = self._refusal(probe, acl | {"IfMatch": _NO_ETAG})
        if isinstance(refused, AccessDenied):
            # AWS wants s3:GetObject, too, for a write that names an ETag.
            refused = self._refusal(probe, acl)
        if refused is not None:
            raise refused

    def probe_upload(self, location: Location) -> None:
        """See :class:`ObjectStore`; a part for an upload that nobody began, which needs ``s3:PutObject``.

        No server can keep it, so this is safe where an object of that key exists. What the object's KMS key permits
        is not proved: no data is encrypted.
        """
        target = self._target(location) | {"UploadId": _NOBODYS_UPLOAD, "PartNumber": 1}
        with translated(WRITE, _asked_for(self._s3(location))):
            try:
                self._client.upload_part(**target, Body=b"", ContentMD5=_WRONG_MD5)
            except ClientError as error:
                if code_of(error) not in _PART_REFUSED:
                    raise

    def probe_abort(self, location: Location) -> None:
        """See :class:`ObjectStore`; aborts an upload that nobody began.

        AWS lets who began an upload abort it without a grant, which this cannot prove.
        """
        target = self._target(location)
        with translated(ABORT, _asked_for(self._s3(location))):
            try:
                self._client.abort_multipart_upload(**target, UploadId=_NOBODYS_UPLOAD)
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise

    def is_listed(self, location: Location) -> bool:
        """See :class:`ObjectStore`; needs ``s3:ListBucket``. Keys come in order, so the first one tells."""
        where = self._s3(location)
        with translated(LIST, where):
            page = self._client.list_objects_v2(Bucket=where.bucket, Prefix=where.key, MaxKeys=1, **self._owner)
        return any(entry["Key"] == where.key for entry in page.get("Contents", ()))

    def start_upload(self, location: Location, content_type: str) -> str:
        """See :class:`ObjectStore`; a bucket that refuses the ACL gets the object without one."""
        target = self._target(location)
        with translated(WRITE, location):
            try:
                answer = self._client.create_multipart_upload(**target, **self._acl, ContentType=content_type)
            except ClientError as error:
                # An ACL needs s3:PutObjectAcl on AWS, which a grant of s3:PutObject alone does not give.
                if not self._acl or code_of(error) not in _REFUSES_ACL:
                    raise
                answer = self._client.create_multipart_upload(**target, ContentType=content_type)
        return answer["UploadId"]

    def upload_part(self, location: Location, upload: str, number: int, data: bytes) -> Part:
        """See :class:`ObjectStore`; the server and we both compare the MD5."""
        digest = hashlib.md5(data, usedforsecurity=False)
        target = self._target(location) | {"UploadId": upload, "PartNumber": number}
        with translated(WRITE, location):
            answer = self._client.upload_part(
                **target, Body=data, ContentMD5=base64.b64encode(digest.digest()).decode()
            )
        # Under KMS and customer keys an ETag is 32 hexadecimal digits, but no MD5.
        plain = answer.get("ServerSideEncryption") in {None, "AES256"} and "SSECustomerAlgorithm" not in answer
        found = _MD5.fullmatch(answer["ETag"])
        if plain and found and found[1] != digest.hexdigest():
            raise StorageUnavailable(f"Part {number} of {location} arrived damaged: its MD5 differs.")
        return Part(number, answer["ETag"])

    def complete_upload(self, location: Location, upload: str, parts: Sequence[Part]) -> None:
        """See :class:`ObjectStore`; an upload that is gone counts as completed when its object is there."""
        target = self._target(location)
        listed: list[CompletedPartTypeDef] = [
            {"PartNumber": part.number, "ETag": part.etag} for part in sorted(parts, key=lambda part: part.number)
        ]
        with translated(WRITE, location):
            try:
                self._client.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": listed})
            except ClientError as error:
                if not self._is_gone(error, target, upload):
                    raise
                if not self._appeared(self._s3(location), parts):
                    raise UploadLost(f"The upload of {location} is gone and its object is not there.") from error

    def open_uploads(self, location: Location) -> list[str]:
        """See :class:`ObjectStore`; needs ``s3:ListBucketMultipartUploads``."""
        where = self._s3(location)
        lister = self._client.get_paginator("list_multipart_uploads")
        with translated(LIST_UPLOADS, location):
            pages = lister.paginate(Bucket=where.bucket, Prefix=where.key, **self._owner)
            found = [upload for page in pages for upload in page.get("Uploads", ())]
        return [upload["UploadId"] for upload in found if upload["Key"] == where.key]

    def abort_upload(self, location: Location, upload: str) -> None:
        """See :class:`ObjectStore`; ``AccessDenied`` where ``s3:AbortMultipartUpload`` is not granted."""
        with translated(ABORT, location):
            try:
                self._client.abort_multipart_upload(**self._target(location), UploadId=upload)
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise

    def _s3(self, location: Location) -> S3Location:
        if not isinstance(location, S3Location):
            raise InvalidLocation(f"{location} is not in S3.")
        return location

    def _target(self, location: Location) -> dict[str, Any]:
        where = self._s3(location)
        return {"Bucket": where.bucket, "Key": where.key, **self._owner}

    def _pages(self, prefix: S3Location) -> Iterator[ListObjectsV2OutputTypeDef]:
        folder = f"{prefix.key.rstrip('/')}/" if prefix.key else ""
        pages = self._client.get_paginator("list_objects_v2")
        return iter(
            pages.paginate(Bucket=prefix.bucket, Prefix=folder, PaginationConfig={"PageSize": 20}, **self._owner)
        )

    def _explained(self, error: ClientError, target: dict[str, Any]) -> Exception:
        """The reason for a refused ``HEAD``, which has no body to tell it: ask for one byte instead."""
        try:
            self._client.get_object(**target, Range="bytes=0-0")["Body"].close()
        except ClientError as reason:
            return reason
        return error

    def _refusal(self, probe: S3Location, headers: dict[str, Any]) -> CloudTranscodeError | None:
        """Why a write that must not succeed was refused; ``None`` when permission was not the reason."""
        try:
            self._client.put_object(**self._target(probe), **headers, Body=b"", ContentMD5=_WRONG_MD5)
        except SDK_ERRORS as error:
            harmless = isinstance(error, ClientError) and code_of(error) in _PROBE_REFUSED
            return None if harmless else translate(error, WRITE, _asked_for(probe))
        return CloudTranscodeError(
            f"The server at {probe} ignores conditions: writing is permitted, and an empty object was left there.",
            remedy=f"Delete {probe}; write probes cannot be used on this server.",
        )

    def _is_gone(self, error: ClientError, target: dict[str, Any], upload: str) -> bool:
        """Whether completing failed because the upload does not exist (any more).

        RADOS Gateway 16 answers 500 then. A part with a wrong MD5 tells: it is refused for the upload or for the MD5.
        """
        if code_of(error) == "NoSuchUpload" or status_of(error) < _SERVER_FAULT:
            return code_of(error) == "NoSuchUpload"
        try:
            self._client.upload_part(**target, UploadId=upload, PartNumber=10_000, Body=b"", ContentMD5=_WRONG_MD5)
        except ClientError as answer:
            return code_of(answer) == "NoSuchUpload"
        return False

    def _appeared(self, location: S3Location, parts: Sequence[Part]) -> bool:
        """Whether the object that these parts make is there, asked by reading and else by a write that must fail."""
        try:
            head = self._client.head_object(**self._target(location))
        except ClientError as error:
            if status_of(error) == _FORBIDDEN:
                return self._exists_unread(location)
            if status_of(error) == _NOT_FOUND:
                return False
            raise
        if head.get("ServerSideEncryption") in {None, "AES256"} and (expected := _whole_etag(parts)):
            return head["ETag"].strip('"') == expected
        return head["ETag"].strip('"').endswith(f"-{len(parts)}")

    def _exists_unread(self, location: S3Location) -> bool:
        """Whether any object has this key, as far as a server lets a writer know.

        Asked first about a key that nobody has: a server that ignores conditions would overwrite the object, and
        RADOS Gateway 16 says "precondition failed" about a key that does not exist, too.
        """
        nobodys = S3Location(location.bucket, location.key.rpartition("/")[0]).child(PROBE_NAME)
        if self._conditional_write(nobodys) != _NOT_FOUND:
            return False
        return self._conditional_write(location) == _PRECONDITION_FAILED

    def _conditional_write(self, location: S3Location) -> int:
        """The status of a write whose condition cannot hold."""
        try:
            answer = self._client.put_object(**self._target(location), IfMatch=_NO_ETAG, Body=b"")
        except ClientError as error:
            return status_of(error)
        return answer["ResponseMetadata"]["HTTPStatusCode"]


def _asked_for(probed: S3Location) -> S3Location:
    """What a refused probe says something about: the object, or everything in the folder where one was made up."""
    return probed.folder.child("*") if probed.name == PROBE_NAME else probed


def _whole_etag(parts: Sequence[Part]) -> str | None:
    """The ETag that S3 gives to the object of these parts; ``None`` when the parts' ETags are no MD5s."""
    digests = [_MD5.fullmatch(part.etag) for part in sorted(parts, key=lambda part: part.number)]
    if not all(digests):
        return None
    joined = b"".join(bytes.fromhex(digest[1]) for digest in digests if digest)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(digests)}"
