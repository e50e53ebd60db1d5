"""A frozen piece of the service authorization reference, for tests of the linter without any file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudtranscode.entitlements.lint.reference import ActionFacts

_EVERY = ("s3:authtype", "s3:resourceaccount", "s3:signatureversion", "s3:tlsversion")


def _action(name: str, level: str, resource_type: str | None, *keys: str) -> ActionFacts:
    levels = frozenset({"Permissions management", "Write"} if level == "Permissions" else {level})
    types = frozenset({resource_type} if resource_type else ())
    return ActionFacts(name, levels, types, frozenset({*_EVERY, *keys}))


_ACTIONS = (
    _action("GetObject", "Read", "object", "s3:existingobjecttag/<key>"),
    _action("GetObjectVersion", "Read", "object", "s3:existingobjecttag/<key>", "s3:versionid"),
    _action("PutObject", "Write", "object", "s3:x-amz-acl", "s3:x-amz-server-side-encryption"),
    _action("PutObjectAcl", "Permissions", "object", "s3:x-amz-acl"),
    _action("AbortMultipartUpload", "Write", "object"),
    _action("ListMultipartUploadParts", "List", "object"),
    _action("DeleteObject", "Write", "object"),
    _action("ListBucket", "List", "bucket", "s3:prefix", "s3:delimiter", "s3:max-keys"),
    _action("ListBucketMultipartUploads", "List", "bucket"),
    _action("GetBucketLocation", "Read", "bucket"),
    _action("PutBucketPolicy", "Permissions", "bucket"),
    _action("ListAllMyBuckets", "List", None),
)
_KEYS = frozenset(key for action in _ACTIONS for key in action.condition_keys) | {"aws:resourcetag/${tagkey}"}


@dataclass(frozen=True)
class FrozenReference:
    """S3, STS and KMS as far as the tests speak of them."""

    services: Mapping[str, Mapping[str, ActionFacts]] = field(
        default_factory=lambda: {
            "s3": {action.name.lower(): action for action in _ACTIONS},
            "sts": {"assumerole": ActionFacts("AssumeRole", frozenset({"Write"}), frozenset({"role"}))},
            "kms": {"decrypt": ActionFacts("Decrypt", frozenset({"Write"}), frozenset({"key"}))},
        }
    )

    def actions(self, service: str) -> Mapping[str, ActionFacts] | None:
        return self.services.get(service)

    def condition_keys(self, service: str) -> frozenset[str] | None:
        return {"s3": _KEYS, "sts": frozenset({"sts:externalid"}), "kms": frozenset({"kms:viaservice"})}.get(service)
