"""A store in memory whose reads can be counted, held up and made to fail, and whose uploads can be looked at."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from cloudtranscode.errors import AccessDenied, CloudTranscodeError
from cloudtranscode.location import Location, S3Location
from cloudtranscode.storage.port import Part, Pinned

WHERE = S3Location("bucket", "key")


@dataclass
class FakeStore:
    data: bytes = b""
    failures: dict[int, list[CloudTranscodeError]] = field(default_factory=dict)
    reads: Counter[int] = field(default_factory=Counter)
    gate: threading.Event | None = None
    held: set[int] = field(default_factory=set)
    parts: dict[int, bytes] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    part_error: CloudTranscodeError | None = None
    abort_denied: bool = False
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0

    @property
    def pinned(self) -> Pinned:
        return Pinned(WHERE, len(self.data), "etag")

    def pin(self, location: Location) -> Pinned:
        return self.pinned

    def read(self, pinned: Pinned, offset: int, length: int) -> bytes:
        with self._lock:
            self.reads[offset] += 1
            failures = self.failures.get(offset, [])
            failure = failures.pop(0) if failures else None
        if self.gate and (offset in self.held or not self.held):
            assert self.gate.wait(10)
        if failure:
            raise failure
        return self.data[offset : offset + length]

    def first_object(self, prefix: Location) -> Location | None:
        return None

    def probe_write(self, folder: Location, *, hand_over: bool = False) -> None:
        return None

    def probe_upload(self, location: Location) -> None:
        return None

    def probe_abort(self, location: Location) -> None:
        return None

    def is_listed(self, location: Location) -> bool:
        return location == WHERE

    def start_upload(self, location: Location, content_type: str) -> str:
        self.calls.append(f"start {content_type}")
        return "upload-1"

    def upload_part(self, location: Location, upload: str, number: int, data: bytes) -> Part:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        if self.gate:
            assert self.gate.wait(10)
        with self._lock:
            self._now -= 1
            self.parts[number] = data
            if self.part_error:
                raise self.part_error
        return Part(number, f"etag-{number}")

    def complete_upload(self, location: Location, upload: str, parts: Sequence[Part]) -> None:
        self.calls.append("complete")

    def open_uploads(self, location: Location) -> list[str]:
        return []

    def abort_upload(self, location: Location, upload: str) -> None:
        self.calls.append(f"abort {upload} at {self._now} parts on their way")
        if self.abort_denied:
            raise AccessDenied("abort denied")
