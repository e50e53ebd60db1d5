"""How a requirement is tried, and what each answer proves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from cloudtranscode.entitlements.needs import PROBE_NAME, Destination, needs
from cloudtranscode.entitlements.preflight import Attempt, Requirement, requirements
from cloudtranscode.errors import (
    AccessDenied,
    CloudTranscodeError,
    OriginDenied,
    OriginNotAllowed,
    OriginUnusable,
    SourceArchived,
    SourceEmpty,
    SourceNotFound,
    StorageUnavailable,
)
from cloudtranscode.location import Location, S3Location, parse_http
from cloudtranscode.storage.port import Pinned
from cloudtranscode.workflow.probes import Probes, reach

FILM, OUT = S3Location("a-in", "film.mov"), S3Location("a-out", "jobs/film.mp4")
REQUIRED = requirements(needs([FILM], [Destination(OUT)]))
DENIED = AccessDenied("No.")
Value = TypeVar("Value")


@dataclass
class Bucket:
    """Raises what it is told to for a call, and notes what was asked for."""

    faults: dict[str, CloudTranscodeError] = field(default_factory=dict)
    size: int = 3
    listed: bool = True
    asked: list[tuple[str, Location]] = field(default_factory=list)

    def pin(self, location: Location) -> Pinned:
        return self._answer("pin", location, lambda: Pinned(location, self.size, "etag"))

    def read(self, pinned: Pinned, offset: int, length: int) -> bytes:
        assert (offset, length) == (0, 1)
        return self._answer("read", pinned.location, lambda: b"x")

    def is_listed(self, location: Location) -> bool:
        return self._answer("is_listed", location, lambda: self.listed)

    def open_uploads(self, location: Location) -> list[str]:
        return self._answer("open_uploads", location, list)

    def probe_abort(self, location: Location) -> None:
        self._answer("probe_abort", location, lambda: None)

    def probe_upload(self, location: Location) -> None:
        self._answer(f"probe_upload {location.name}", location, lambda: None)

    def probe_write(self, folder: Location, *, hand_over: bool = False) -> None:
        assert hand_over
        self._answer("hand_over", folder, lambda: None)

    def _answer(self, call: str, location: Location, answer: Callable[[], Value]) -> Value:
        self.asked.append((call, location))
        if call in self.faults:
            raise self.faults[call]
        return answer()


def requirement(call: str, *, acl: bool = False) -> Requirement:
    return next(one for one in REQUIRED if call in one.calls and bool(one.need.acl) is acl)


def tried(bucket: Bucket, one: Requirement) -> Attempt:
    return Probes(bucket).attempt([one])[0]  # type: ignore[arg-type]  # the part of a store that probes use


def test_every_requirement_is_tried_on_its_own_resource() -> None:
    bucket = Bucket()

    attempts = Probes(bucket).attempt(REQUIRED)  # type: ignore[arg-type]  # the part of a store that probes use

    assert attempts == (Attempt(allowed=True),) * len(REQUIRED)
    assert set(bucket.asked) == {
        ("pin", FILM),
        ("read", FILM),
        ("is_listed", FILM),
        ("probe_upload film.mp4", OUT),
        (f"probe_upload {PROBE_NAME}", OUT.folder.child(PROBE_NAME)),
        ("hand_over", OUT.folder),
        ("probe_abort", OUT),
        ("open_uploads", OUT),
    }
    assert len(bucket.asked) == len(set(bucket.asked))


def test_a_source_that_can_be_read_is_pinned() -> None:
    probes = Probes(Bucket())  # type: ignore[arg-type]  # the part of a store that probes use
    probes.attempt(REQUIRED)
    assert probes.pinned == {FILM: Pinned(FILM, 3, "etag")}


@pytest.mark.parametrize(
    ("bucket", "allowed", "code"),
    [
        (Bucket({"pin": DENIED}), False, "access_denied"),
        (Bucket({"read": DENIED}), False, "access_denied"),
        (Bucket({"pin": DENIED}, listed=False), None, "source_not_found"),
        (Bucket({"pin": DENIED, "is_listed": DENIED}), None, "access_denied"),
        (Bucket({"pin": SourceNotFound("Gone.")}), None, "source_not_found"),
        (Bucket({"read": SourceArchived("Frozen.")}), None, "source_archived"),
        (Bucket(size=0), None, "source_empty"),
    ],
)
def test_what_a_source_that_cannot_be_read_proves(bucket: Bucket, allowed: bool | None, code: str) -> None:
    attempt = tried(bucket, requirement("GetObject"))
    assert (attempt.allowed, attempt.fault and attempt.fault.code) == (allowed, code)


def test_an_acl_that_is_refused_where_writing_is_permitted() -> None:
    attempt = tried(Bucket({"hand_over": DENIED}), requirement("CreateMultipartUpload", acl=True))
    assert attempt.allowed is False
    assert "the client cannot read them" in str(attempt.fault)


def test_where_nothing_may_be_written_nothing_is_learnt_of_acls() -> None:
    bucket = Bucket({"hand_over": DENIED, f"probe_upload {PROBE_NAME}": DENIED})
    assert tried(bucket, requirement("CreateMultipartUpload", acl=True)) == Attempt()


def test_a_storage_that_does_not_answer_proves_nothing() -> None:
    with pytest.raises(StorageUnavailable):
        tried(Bucket({"probe_abort": StorageUnavailable("Away.")}), requirement("AbortMultipartUpload"))


WEB = parse_http("https://a.example/film.mp4?token=s3cret")


def test_sources_on_web_servers_are_pinned_where_they_lie() -> None:
    web = Bucket()

    assert reach([WEB, FILM, WEB], web) == ({WEB: Pinned(WEB, 3, "etag")}, [])

    assert web.asked == [("pin", WEB), ("read", WEB)]


@pytest.mark.parametrize("fault", [OriginDenied, OriginNotAllowed, OriginUnusable, SourceNotFound])
def test_what_speaks_against_a_web_server_is_noted(fault: type[CloudTranscodeError]) -> None:
    no = fault("No.")
    assert reach([WEB], Bucket({"pin": no})) == ({}, [no])
    assert [type(one) for one in reach([WEB], Bucket(size=0))[1]] == [SourceEmpty]


def test_a_web_server_in_trouble_ends_the_trying() -> None:
    with pytest.raises(StorageUnavailable):
        reach([WEB], Bucket({"pin": StorageUnavailable("Silent.")}))
