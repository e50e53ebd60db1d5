"""Calls of the S3 API, and the permissions each of them takes.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

_DECRYPT, _GENERATE = "kms:Decrypt", "kms:GenerateDataKey"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a call needs: ``permissions`` on its bucket (``on_bucket``) or object, ``kms`` on the object's key.

    ``reads`` and ``writes`` an object; ``by_initiator``: permitted to whoever began the upload; ``copies`` also reads
    a source.
    """

    permissions: tuple[str, ...]
    on_bucket: bool = False
    reads: bool = False
    writes: bool = False
    kms: tuple[str, ...] = ()
    by_initiator: bool = False
    copies: bool = False


_READ = Operation(("s3:GetObject",), reads=True, kms=(_DECRYPT,))
_DESCRIBE = replace(_READ, kms=())
_WRITE = Operation(("s3:PutObject",), writes=True, kms=(_GENERATE,))
_MULTIPART = replace(_WRITE, kms=(_GENERATE, _DECRYPT))  # rule 24: parts are decrypted to be put together
_LIST = Operation(("s3:ListBucket",), on_bucket=True)

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "GetObject": _READ,
        "HeadObject": _READ,
        "GetObjectVersion": replace(_READ, permissions=("s3:GetObjectVersion",)),
        "GetObjectAttributes": replace(_READ, permissions=("s3:GetObject", "s3:GetObjectAttributes")),
        "GetObjectAcl": replace(_DESCRIBE, permissions=("s3:GetObjectAcl",)),
        "GetObjectVersionAcl": replace(_DESCRIBE, permissions=("s3:GetObjectVersionAcl",)),
        "GetObjectTagging": replace(_DESCRIBE, permissions=("s3:GetObjectTagging",)),
        "GetObjectVersionTagging": replace(_DESCRIBE, permissions=("s3:GetObjectVersionTagging",)),
        "PutObjectAcl": replace(_DESCRIBE, permissions=("s3:PutObjectAcl",)),
        "PutObject": _WRITE,
        "CopyObject": replace(_WRITE, copies=True),
        "CreateMultipartUpload": _MULTIPART,
        "UploadPart": _MULTIPART,
        "UploadPartCopy": replace(_MULTIPART, copies=True),
        "CompleteMultipartUpload": _MULTIPART,
        "AbortMultipartUpload": Operation(("s3:AbortMultipartUpload",), by_initiator=True),
        "ListParts": Operation(("s3:ListMultipartUploadParts",), by_initiator=True),
        "ListMultipartUploadParts": Operation(("s3:ListMultipartUploadParts",), by_initiator=True),
        "DeleteObject": Operation(("s3:DeleteObject",)),
        "HeadBucket": _LIST,
        "ListBucket": _LIST,
        "ListObjects": _LIST,
        "ListObjectsV2": _LIST,
        "ListObjectVersions": replace(_LIST, permissions=("s3:ListBucketVersions",)),
        "ListMultipartUploads": replace(_LIST, permissions=("s3:ListBucketMultipartUploads",)),
        "GetBucketLocation": replace(_LIST, permissions=("s3:GetBucketLocation",)),
    }
)
_BY_NAME = {name.lower(): operation for name, operation in OPERATIONS.items()}


def operation(name: str, *, on_bucket: bool) -> Operation:
    """Return the call of this name, written in any case: ``HeadObject``.

    Any other name is taken for that of the one permission it needs; what gets something from an object may be
    decrypting it.
    """
    alone = (f"s3:{name}",)
    reads = not on_bucket and name.lower().startswith("get")
    other = replace(_READ, permissions=alone) if reads else Operation(alone, on_bucket=on_bucket)
    return _BY_NAME.get(name.lower(), other)


def is_operation(name: str) -> bool:
    """Whether this names a call of the table, in any case."""
    return name.lower() in _BY_NAME
