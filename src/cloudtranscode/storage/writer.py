"""Writing a file to a store: in parts, a few at a time, and visible only when somebody completes the upload."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from cloudtranscode.errors import CloudTranscodeError, JobCancelled, ScratchLost
from cloudtranscode.location import Location, parse
from cloudtranscode.storage.port import ObjectStore, Part

MIB = 1 << 20
PART_BYTES = 8 * MIB
MAX_PARTS = 10_000
IN_FLIGHT = 4


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A local file and the object that it is to become."""

    path: Path
    location: Location
    content_type: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Who follows an upload: told its id as soon as it exists, then the bytes sent so far; may stop it."""

    started: Callable[[str], object] = lambda upload: None  # noqa: ARG005
    sent: Callable[[int], object] = lambda count: None  # noqa: ARG005
    stopped: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Staged:
    """An upload with all its parts, to be completed or aborted; ``sha256`` in hexadecimal, of ``size`` bytes."""

    location: Location
    upload: str
    parts: tuple[Part, ...]
    size: int
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "location": str(self.location),
            "upload": self.upload,
            "parts": [[part.number, part.etag] for part in self.parts],
            "size": self.size,
            "sha256": self.sha256,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Rebuild from :meth:`to_dict`."""
        parts = tuple(Part(number, etag) for number, etag in data["parts"])
        return cls(parse(data["location"]), data["upload"], parts, data["size"], data["sha256"])


def part_size(total: int) -> int:
    """Bytes per part, in whole MiB: 8 MiB, or more where 10,000 parts would not be enough."""
    needed = -(-total // MAX_PARTS)
    return max(PART_BYTES, -(-needed // MIB) * MIB)


def upload_file(store: ObjectStore, file: Outgoing, watch: Watch | None = None, *, resume: str | None = None) -> Staged:
    """Send ``file`` as the parts of a new upload, or of the upload ``resume``, and leave it uncompleted.

    Whatever fails, aborts the upload; where that is denied, too, the first error is the one that is raised.
    Errors: ``JobCancelled`` when the watch stops it, and whatever the store raises.
    """
    watch = watch or Watch()
    upload = resume or store.start_upload(file.location, file.content_type)
    try:
        watch.started(upload)
        parts, size, sha256 = _send(store, file, upload, watch)
    except BaseException:
        with suppress(CloudTranscodeError):
            store.abort_upload(file.location, upload)
        raise
    return Staged(file.location, upload, tuple(parts), size, sha256)


def _send(store: ObjectStore, file: Outgoing, upload: str, watch: Watch) -> tuple[list[Part], int, str]:
    parts: list[Part] = []
    flying: dict[Future[Part], int] = {}
    digest, read, sent = hashlib.sha256(), 0, 0

    def land(most: int) -> None:
        nonlocal sent
        while len(flying) > most:
            for done in wait(flying, return_when=FIRST_COMPLETED).done:
                sent += flying.pop(done)
                parts.append(done.result())
                watch.sent(sent)

    pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="write")
    try:
        for number, data in enumerate(_pieces(file.path), start=1):
            if watch.stopped():
                raise JobCancelled(f"Writing {file.location} was stopped.")
            digest.update(data)
            read += len(data)
            flying[pool.submit(store.upload_part, file.location, upload, number, data)] = len(data)
            land(IN_FLIGHT - 1)
        land(0)
    finally:
        # A part that arrives after the abort would stay in the bucket: none is on its way when this returns.
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted(parts, key=lambda part: part.number), read, digest.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    """The file in parts; an empty file is one empty part, because an upload needs at least one.

    A hostile tool may have left a link to a file of the worker in its place: no link is followed.
    """
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123  # takes no flags
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ScratchLost(f"{path} is not a regular file.")
            yield from _read_pieces(file, part_size(status.st_size))
    except OSError as error:
        raise ScratchLost(f"{path} cannot be read: {error.strerror}.") from error


def _read_pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    yield file.read(size)
    while data := file.read(size):
        yield data
