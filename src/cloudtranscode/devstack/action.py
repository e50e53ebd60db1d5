"""From an S3 request to the permissions it needs. What is not in these tables is refused, never let through.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlparse
from xml.etree import ElementTree as ET

from cloudtranscode.devstack.call import Call
from cloudtranscode.location import S3Location

_BUCKET_ACTIONS = {
    ("GET", ""): "s3:ListBucket",
    ("HEAD", ""): "s3:ListBucket",
    ("PUT", ""): "s3:CreateBucket",
    ("DELETE", ""): "s3:DeleteBucket",
    ("GET", "versions"): "s3:ListBucketVersions",
    ("GET", "uploads"): "s3:ListBucketMultipartUploads",
    ("GET", "location"): "s3:GetBucketLocation",
    ("GET", "policy"): "s3:GetBucketPolicy",
    ("PUT", "policy"): "s3:PutBucketPolicy",
    ("DELETE", "policy"): "s3:DeleteBucketPolicy",
    ("GET", "versioning"): "s3:GetBucketVersioning",
    ("PUT", "versioning"): "s3:PutBucketVersioning",
    ("GET", "acl"): "s3:GetBucketAcl",
    ("GET", "ownershipControls"): "s3:GetBucketOwnershipControls",
    ("PUT", "ownershipControls"): "s3:PutBucketOwnershipControls",
    ("DELETE", "ownershipControls"): "s3:PutBucketOwnershipControls",
    ("GET", "encryption"): "s3:GetEncryptionConfiguration",
    ("PUT", "encryption"): "s3:PutEncryptionConfiguration",
    ("GET", "requestPayment"): "s3:GetBucketRequestPayment",
    ("GET", "publicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("PUT", "publicAccessBlock"): "s3:PutBucketPublicAccessBlock",
    ("GET", "lifecycle"): "s3:GetLifecycleConfiguration",
    ("PUT", "lifecycle"): "s3:PutLifecycleConfiguration",
    ("GET", "tagging"): "s3:GetBucketTagging",
    ("PUT", "tagging"): "s3:PutBucketTagging",
    ("POST", "delete"): "s3:DeleteObject",
}
_OBJECT_ACTIONS = {
    ("GET", ""): "s3:GetObject",
    ("HEAD", ""): "s3:GetObject",
    ("PUT", ""): "s3:PutObject",
    ("DELETE", ""): "s3:DeleteObject",
    ("POST", "uploads"): "s3:PutObject",
    ("GET", "acl"): "s3:GetObjectAcl",
    ("PUT", "acl"): "s3:PutObjectAcl",
    ("GET", "tagging"): "s3:GetObjectTagging",
    ("PUT", "tagging"): "s3:PutObjectTagging",
    ("DELETE", "tagging"): "s3:DeleteObjectTagging",
    ("GET", "attributes"): "s3:GetObjectAttributes",
}
# AWS lets whoever started an upload abort it and list its parts; RADOS Gateway asks for the permission, and so do we,
# because a stack that works here then works on both.
_UPLOAD_ACTIONS = {
    "PUT": "s3:PutObject",
    "POST": "s3:PutObject",
    "DELETE": "s3:AbortMultipartUpload",
    "GET": "s3:ListMultipartUploadParts",
}
_VERSION_ACTIONS = {
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:DeleteObject": "s3:DeleteObjectVersion",
    "s3:GetObjectAcl": "s3:GetObjectVersionAcl",
    "s3:PutObjectAcl": "s3:PutObjectVersionAcl",
    "s3:GetObjectTagging": "s3:GetObjectVersionTagging",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
    "s3:DeleteObjectTagging": "s3:DeleteObjectVersionTagging",
    "s3:GetObjectAttributes": "s3:GetObjectVersionAttributes",
}
# Query names that select or shape, and so change nothing about which permission is needed.
_PLAIN = re.compile(
    r"x-id|list-type|prefix|delimiter|marker|max-keys|start-after|continuation-token|fetch-owner|encoding-type"
    r"|max-buckets|bucket-region|key-marker|version-id-marker|upload-id-marker|max-uploads|max-parts"
    r"|part-number-marker|versionId|partNumber|uploadId|response-[a-z-]+|X-Amz-[A-Za-z0-9-]+"
)
_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{0,255}")  # what moto's path parser and ours read alike
_MUST_HAVE_VALUE = ("versionId", "partNumber", "uploadId")
_CONDITION_HEADER = re.compile(
    r"x-amz-(acl|grant-[a-z-]+|copy-source|metadata-directive|storage-class|server-side-encryption[a-z-]*)"
)
_LIST_CONTEXT = ("prefix", "delimiter", "max-keys")


@dataclass(frozen=True, slots=True)
class Need:
    """One permission: ``action`` on a bucket (``key`` is ``""``) or an object; ``context`` holds condition keys."""

    action: str
    bucket: str = ""
    key: str = ""
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def resource(self) -> str:
        """The ARN that a policy's Resource must cover; ``*`` for the service itself."""
        return S3Location(self.bucket, self.key).arn() if self.bucket else "*"

    @property
    def reads_object(self) -> bool:
        """Whether the object's own owner has a say, not the bucket's alone."""
        return self.action.startswith("s3:GetObject")


def needs(call: Call) -> tuple[Need, ...]:
    """Every permission that ``call`` needs, the operation's own first; empty when the operation is not known."""
    subresources = [name for name in call.query if not _PLAIN.fullmatch(name)]
    blank = any(call.query.get(name) == "" for name in _MUST_HAVE_VALUE)
    if len(subresources) > 1 or blank or call.path.startswith("//") or not _BUCKET_NAME.fullmatch(call.bucket):
        return ()
    subresource = subresources[0] if subresources else ""
    if not call.bucket:
        return (Need("s3:ListAllMyBuckets"),) if (call.method, subresource) == ("GET", "") else ()
    return _object_needs(call, subresource) if call.key else _bucket_needs(call, subresource)


def _bucket_needs(call: Call, subresource: str) -> tuple[Need, ...]:
    action = _BUCKET_ACTIONS.get((call.method, subresource))
    if action is None or "uploadId" in call.query:
        return ()
    if subresource == "delete":
        return tuple(_delete_needs(call))
    context = {f"s3:{name}": call.query[name] for name in _LIST_CONTEXT if name in call.query}
    return (Need(action, call.bucket, context=context),)


def _delete_needs(call: Call) -> Iterator[Need]:
    """One permission for each key of a DeleteObjects document; none, and so a refusal, when it is not XML."""
    try:
        document = ET.fromstring(call.body)  # noqa: S314  # expat, as moto reads it, and from this machine
    except ET.ParseError:
        return
    for item in document.iterfind("{*}Object"):
        version = item.find("{*}VersionId") is not None
        key = item.findtext("{*}Key", "")
        yield Need("s3:DeleteObjectVersion" if version else "s3:DeleteObject", call.bucket, key)


def _object_needs(call: Call, subresource: str) -> tuple[Need, ...]:
    action = _object_action(call, subresource)
    if action is None:
        return ()
    context = {f"s3:{name}": value for name, value in call.headers.items() if _CONDITION_HEADER.fullmatch(name)}
    if "versionId" in call.query:
        action = _VERSION_ACTIONS.get(action, action)
        context["s3:VersionId"] = call.query["versionId"]
    own = Need(action, call.bucket, call.key, context)
    return (own, *_header_needs(call, context)) if action == "s3:PutObject" else (own,)


def _object_action(call: Call, subresource: str) -> str | None:
    if "uploadId" not in call.query:
        part_alone = "partNumber" in call.query and call.method not in ("GET", "HEAD")
        return None if part_alone else _OBJECT_ACTIONS.get((call.method, subresource))
    if subresource or (call.method == "PUT") != ("partNumber" in call.query):
        return None
    return _UPLOAD_ACTIONS.get(call.method)


def _header_needs(call: Call, context: Mapping[str, str]) -> Iterator[Need]:
    """What headers of a write need on top: an ACL, tags, and reading the source of a copy."""
    if "x-amz-acl" in call.headers or any(name.startswith("x-amz-grant-") for name in call.headers):
        yield Need("s3:PutObjectAcl", call.bucket, call.key, context)
    if "x-amz-tagging" in call.headers:
        yield Need("s3:PutObjectTagging", call.bucket, call.key)
    if "x-amz-copy-source" in call.headers:
        yield _source_need(call.headers["x-amz-copy-source"])


def _source_need(source: str) -> Need:
    """Reading the source of a copy, taken apart as moto takes it apart."""
    parsed = urlparse(source)
    bucket, _, key = unquote(parsed.path).lstrip("/").partition("/")
    version = parse_qs(parsed.query).get("versionId")
    if version:
        return Need("s3:GetObjectVersion", bucket, key, {"s3:VersionId": version[0]})
    return Need("s3:GetObject", bucket, key)
