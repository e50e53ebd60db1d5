"""The object-store port: what the stack asks of any storage, whoever makes it.

Writing is in two phases, because a job's objects appear together or not at all: an upload is *started* and filled
(nobody can see it), and later *completed* (it appears) or *aborted* (it never was). The upload id is also what keeps
a worker that lost its job from publishing: once its successor has aborted the upload, it cannot be completed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cloudtranscode.location import Location


@dataclass(frozen=True, slots=True)
class Pinned:
    """One immutable state of an object: every read names ``etag`` (and ``version``), so that a change is noticed.

    ``size`` is in bytes. ``version`` is ``None`` where the bucket is not versioned.
    """

    location: Location
    size: int
    etag: str
    version: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data, with the location as it may be printed: a URL without its query."""
        return {"uri": self.location.uri, "size": self.size, "etag": self.etag, "version": self.version}


@dataclass(frozen=True, slots=True)
class Part:
    """One uploaded part: ``number`` from 1, ``etag`` as the store gave it."""

    number: int
    etag: str


class SourceStore(Protocol):
    """What sources are read from. Every method raises only ``CloudTranscodeError`` subclasses.

    ``AccessDenied``, ``BucketNotFound``, ``WrongRegion``, ``CredentialsExpired``, ``CredentialsMissing``,
    ``StorageUnavailable``, ``OriginDenied``, ``OriginNotAllowed`` and ``OriginUnusable`` may come from any of them.
    """

    def pin(self, location: Location) -> Pinned:
        """Look at an object and fix its present state. Errors: ``SourceNotFound``."""

    def read(self, pinned: Pinned, offset: int, length: int) -> bytes:
        """Read ``length`` bytes from ``offset`` (fewer only at the end). Errors: ``SourceChanged``."""


class ObjectStore(SourceStore, Protocol):
    """What S3 and a local folder both can do."""

    def first_object(self, prefix: Location) -> Location | None:
        """Name any one object under ``prefix``, ``None`` when there is none."""

    def probe_write(self, folder: Location, *, hand_over: bool = False) -> None:
        """Prove that writing under ``folder`` is permitted without leaving a trace; raises when it is not.

        With ``hand_over``, prove that what is written can be given to the bucket's owner, too.
        """

    def probe_upload(self, location: Location) -> None:
        """Prove that this very object may be written, without leaving a trace; raises when it may not."""

    def probe_abort(self, location: Location) -> None:
        """Prove that an upload to this object may be dropped, without leaving a trace; raises when it may not."""

    def is_listed(self, location: Location) -> bool:
        """Whether a listing names this object: who may not read it can learn so that it is there."""

    def start_upload(self, location: Location, content_type: str) -> str:
        """Begin an invisible upload and return its id."""

    def upload_part(self, location: Location, upload: str, number: int, data: bytes) -> Part:
        """Store part ``number`` (1..10,000; at least 5 MiB except the last); sending it again replaces it."""

    def complete_upload(self, location: Location, upload: str, parts: Sequence[Part]) -> None:
        """Make the object appear. Repeating it is harmless. Errors: ``UploadLost`` when the upload is gone."""

    def open_uploads(self, location: Location) -> list[str]:
        """Name the unfinished uploads to exactly this object, whoever started them."""

    def abort_upload(self, location: Location, upload: str) -> None:
        """Drop an upload and its parts; an upload that is already gone is no error."""
