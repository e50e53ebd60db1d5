"""Which object is read to prove a grant, and what a refusal proves then."""

from dataclasses import replace

import pytest

from cloudtranscode.entitlements.verify import Result
from cloudtranscode.errors import AccessDenied, CloudTranscodeError, SourceNotFound, StorageUnavailable
from cloudtranscode.location import Location, S3Location
from cloudtranscode.storage.port import Pinned
from cloudtranscode.workflow.attempts import LiveAttempts
from support.stack import CLIENT_A

FOUND, NAMED, LIKELY = (S3Location("a-in", f"media/{name}") for name in ("found", "named", "likely"))


class Bucket:
    """Answers as it is told, and notes what was read."""

    def __init__(self, found: Location | CloudTranscodeError | None, read: CloudTranscodeError | None = None) -> None:
        self._found = found
        self._read = read
        self.asked: list[Location] = []
        self.handed_over: list[bool] = []

    def first_object(self, prefix: Location) -> Location | None:
        if isinstance(self._found, CloudTranscodeError):
            raise self._found
        return self._found

    def pin(self, location: Location) -> Pinned:
        self.asked.append(location)
        if self._read:
            raise self._read
        return Pinned(location, 1, "etag")

    def read(self, pinned: Pinned, offset: int, length: int) -> bytes:
        return b"x"

    def probe_write(self, folder: Location, *, hand_over: bool = False) -> None:
        self.handed_over.append(hand_over)
        if hand_over:
            raise AccessDenied("No.")


def attempts(bucket: Bucket) -> LiveAttempts:
    return LiveAttempts(CLIENT_A, bucket)  # type: ignore[arg-type]  # the part of a store that attempts use


DENIED = AccessDenied("No.")


@pytest.mark.parametrize(
    ("bucket", "result"),
    [
        (Bucket(FOUND), Result.OK),
        (Bucket(FOUND, DENIED), Result.DENIED),
        (Bucket(None), Result.MISSING),
        (Bucket(DENIED, DENIED), Result.UNCLEAR),
        (Bucket(DENIED, SourceNotFound("Not there.")), Result.MISSING),
        (Bucket(StorageUnavailable("Away.")), Result.ERROR),
        (Bucket(FOUND, StorageUnavailable("Away.")), Result.ERROR),
    ],
)
def test_what_reading_proves(bucket: Bucket, result: Result) -> None:
    assert attempts(bucket).read_input().result is result


def test_the_named_object_comes_first_then_the_found_then_the_likely() -> None:
    cases: list[tuple[Bucket, S3Location | None, S3Location]] = [
        (Bucket(FOUND), NAMED, NAMED),
        (Bucket(FOUND), None, FOUND),
        (Bucket(DENIED), None, LIKELY),
    ]
    for bucket, named, asked in cases:
        replace(attempts(bucket), named=named, likely=LIKELY).read_input()
        assert bucket.asked == [asked]


@pytest.mark.parametrize("found", [FOUND, DENIED], ids=["found", "likely"])
def test_a_mistyped_name_hides_no_access_that_is_there(found: Location | CloudTranscodeError) -> None:
    class Selective(Bucket):
        def pin(self, location: Location) -> Pinned:
            if location == NAMED:
                raise DENIED
            return super().pin(location)

    asked = replace(attempts(Selective(found)), named=NAMED, likely=LIKELY)
    assert (asked.read_input().result is Result.OK, asked.read_any().result) == (False, Result.OK)
    refused = replace(attempts(Bucket(found, DENIED)), named=NAMED).read_any()
    assert (refused.result is Result.OK, refused.tried) == (False, NAMED.uri)


@pytest.mark.parametrize(
    ("bucket", "named", "tried"),
    [
        (Bucket(FOUND), NAMED, NAMED.uri),
        (Bucket(FOUND), None, FOUND.uri),
        (Bucket(None, SourceNotFound("Not there.")), NAMED, NAMED.uri),
        (Bucket(DENIED, SourceNotFound("Not there.")), NAMED, NAMED.uri),
        (Bucket(DENIED, SourceNotFound("Not there.")), None, None),
        (Bucket(None), None, None),
    ],
)
def test_the_outcome_names_the_object_but_not_a_guess(
    bucket: Bucket, named: S3Location | None, tried: str | None
) -> None:
    assert replace(attempts(bucket), named=named).read_input().tried == tried


def test_handing_over_is_asked_apart_from_writing() -> None:
    bucket = Bucket(None)
    assert attempts(bucket).write_output().result is Result.OK
    assert attempts(bucket).client_can_read().result is Result.DENIED
    assert bucket.handed_over == [False, True]
