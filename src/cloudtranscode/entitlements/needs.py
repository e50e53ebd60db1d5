"""Every call that a job makes on its client's buckets, derived from where it reads and where it writes.

This is what `storage.s3` does on behalf of a job, no more: preflight proves it, and a job's own session allows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cloudtranscode.entitlements.bucket import FULL_CONTROL
from cloudtranscode.entitlements.operation import Operation, operation
from cloudtranscode.location import S3Location

PROBE_NAME = ".cloudtranscode-write-probe"  # asked for where a write is tried that must not succeed


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an output goes: one object or, ``below``, any number of objects under a folder."""

    location: S3Location
    below: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """One call of the S3 API on ``location``, or on every object ``below`` it; ``why`` is a short phrase.

    A call on a bucket (:attr:`Operation.on_bucket`) names ``location`` as the prefix of what it asks for. ``acl`` is
    sent along. A job does without what is ``optional``, if less well.
    """

    call: str
    location: S3Location
    why: str
    below: bool = False
    acl: str | None = None
    optional: bool = False

    @property
    def operation(self) -> Operation:
        """What the call needs, the actions on a KMS key included."""
        return operation(self.call, on_bucket=not self.location.key)

    @property
    def permissions(self) -> tuple[str, ...]:
        """The S3 permissions it takes; an ACL sent along takes one of its own."""
        return (*self.operation.permissions, *(("s3:PutObjectAcl",) if self.acl else ()))

    @property
    def resource(self) -> S3Location:
        """One resource to decide or to try the call on: the bucket, the object, or some object below the folder."""
        if self.operation.on_bucket:
            return S3Location(self.location.bucket)
        return self.location.child(PROBE_NAME) if self.below else self.location


def needs(
    inputs: Iterable[S3Location], outputs: Iterable[Destination], *, acl: str | None = FULL_CONTROL
) -> tuple[Need, ...]:
    """Return what a job needs that reads ``inputs`` and writes ``outputs``, in this order, each need once.

    ``acl`` is the canned ACL that its objects shall bear where the bucket takes one.
    """
    reading = [need for location in inputs for need in _to_read(location)]
    writing = [need for destination in outputs for need in _to_write(destination, acl)]
    return tuple(dict.fromkeys([*reading, *writing]))


def _to_read(source: S3Location) -> Iterator[Need]:
    yield Need("HeadObject", source, "fix the state of the source that is read")
    yield Need("GetObject", source, "read the source by ranges")
    yield Need("ListObjectsV2", source, "tell a source that is missing from a grant that is missing", optional=True)


def _to_write(to: Destination, acl: str | None) -> Iterator[Need]:
    """Multipart uploads whatever the size; the permissions that AWS gives to initiators are not taken for granted."""
    where, below = to.location, to.below
    yield Need("CreateMultipartUpload", where, "start writing, without anything appearing", below)
    yield Need("UploadPart", where, "write the parts", below)
    yield Need("CompleteMultipartUpload", where, "let the object appear", below)
    probe = where if below else where.folder.child(PROBE_NAME)
    if acl:
        why = "give the bucket's owner control of the object, where the bucket does not take it by itself"
        yield Need("CreateMultipartUpload", where, why, below, acl, optional=True)
        why = "learn, by a write that must fail, whether the bucket's owner can be given control"
        yield Need("PutObject", probe, why, below, acl, optional=True)
    why = "take back what a cancelled or failed job has written"
    yield Need("AbortMultipartUpload", where, why, below, optional=True)
    why = "find the parts that a killed worker left"
    yield Need("ListMultipartUploads", where, why, optional=True)
    why = "learn, by a write that must fail, whether an upload that is gone had been completed"
    yield Need("PutObject", probe, why, below, optional=True)
