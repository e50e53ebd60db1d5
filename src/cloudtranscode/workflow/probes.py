"""Trying what a job needs, with the credentials that it runs on; none of it leaves a trace in the client's buckets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from cloudtranscode.entitlements.needs import PROBE_NAME
from cloudtranscode.entitlements.preflight import Attempt, Requirement
from cloudtranscode.errors import (
    AccessDenied,
    BucketNotFound,
    CloudTranscodeError,
    InvalidLocation,
    OriginDenied,
    OriginNotAllowed,
    OriginUnusable,
    SourceArchived,
    SourceChanged,
    SourceEmpty,
    SourceNotFound,
    WrongRegion,
)
from cloudtranscode.location import HttpLocation, Location, S3Location
from cloudtranscode.storage.port import ObjectStore, Pinned, SourceStore

_AT_ONCE = 8
# What says something about a requirement is noted, and the rest is tried; any other error ends the trying.
_FINDINGS = (
    BucketNotFound,
    InvalidLocation,
    OriginDenied,
    OriginNotAllowed,
    OriginUnusable,
    SourceArchived,
    SourceChanged,
    SourceEmpty,
    SourceNotFound,
    WrongRegion,
)


class Probes:
    """Tries requirements on ``store``. ``pinned`` holds the sources that could be read, in the state they were in."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.pinned: dict[Location, Pinned] = {}

    def attempt(self, requirements: Sequence[Requirement]) -> tuple[Attempt, ...]:
        """Try every requirement, several at a time; the results are in their order.

        Errors: those of the store that say nothing about a requirement, such as ``StorageUnavailable``.
        """
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="probe") as pool:
            return tuple(pool.map(self._attempt, requirements))

    def _attempt(self, requirement: Requirement) -> Attempt:
        need, store = requirement.need, self._store
        if need.operation.reads:
            return self._read(need.location)
        if need.acl:
            return self._hand_over(need.resource.folder)
        match need.call:
            case "ListObjectsV2":
                return _tried(lambda: store.is_listed(need.location))
            case "ListMultipartUploads":
                return _tried(lambda: store.open_uploads(need.location))
            case "AbortMultipartUpload":
                return _tried(lambda: store.probe_abort(need.resource))
            case _:
                return _tried(lambda: store.probe_upload(need.resource))

    def _read(self, source: S3Location) -> Attempt:
        """Pin the source and read a byte of it: an archived object, or one under a KMS key, answers HEAD alone."""

        def read() -> None:
            self.pinned[source] = _pinned(source, self._store)

        attempt = _tried(read)
        return self._unread(source, attempt) if isinstance(attempt.fault, AccessDenied) else attempt

    def _unread(self, source: S3Location, denied: Attempt) -> Attempt:
        """Tell a source that is missing from a grant that is missing, where listing is permitted."""
        try:
            there = self._store.is_listed(source)
        except AccessDenied:
            return Attempt(None, denied.fault)
        return denied if there else Attempt(None, SourceNotFound(f"{source} does not exist: no listing names it."))

    def _hand_over(self, folder: S3Location) -> Attempt:
        """Try an ACL; where writing is denied with and without one, that says nothing about ACLs."""
        attempt = _tried(lambda: self._store.probe_write(folder, hand_over=True))
        if not isinstance(attempt.fault, AccessDenied):
            return attempt
        if not _tried(lambda: self._store.probe_upload(folder.child(PROBE_NAME))).allowed:
            return Attempt()
        return Attempt(
            allowed=False,
            fault=AccessDenied(
                f"The ACL that gives results in {folder} to the owner of the bucket was denied: unless the bucket is "
                "BucketOwnerEnforced, the client cannot read them."
            ),
        )


def reach(sources: Iterable[Location], web: SourceStore) -> tuple[dict[Location, Pinned], list[CloudTranscodeError]]:
    """Pin the sources that lie on web servers, and return them with what speaks against those that cannot be read.

    Errors: as :meth:`Probes.attempt`.
    """
    pinned: dict[Location, Pinned] = {}
    faults: list[CloudTranscodeError] = []
    for place in dict.fromkeys(place for place in sources if isinstance(place, HttpLocation)):
        try:
            pinned[place] = _pinned(place, web)
        except _FINDINGS as fault:
            faults.append(fault)
    return pinned, faults


def _pinned(source: Location, store: SourceStore) -> Pinned:
    pinned = store.pin(source)
    if not pinned.size:
        raise SourceEmpty(f"{source} is empty.")
    store.read(pinned, 0, 1)
    return pinned


def _tried(attempt: Callable[[], object]) -> Attempt:
    try:
        attempt()
    except AccessDenied as denied:
        return Attempt(allowed=False, fault=denied)
    except _FINDINGS as fault:
        return Attempt(fault=fault)
    return Attempt(allowed=True)
