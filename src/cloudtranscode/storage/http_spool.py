"""A whole file that a web server would not give in parts, kept without a name: it goes with the process."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudtranscode.errors import OriginUnusable, StorageFull, StorageUnavailable
from cloudtranscode.location import HttpLocation
from cloudtranscode.storage.http_wire import Answer

# Called while a file comes: bytes so far, and of how many, 0 where nobody knows. What it raises ends the fetching.
During = Callable[[int, int], None]

_MOST = 8 << 30
_PIECE = 64 * 1024
# On the average, once there was time to begin: a server that dribbles must not hold a worker for days.
_SLOWEST = 128 * 1024
_GRACE_S = 300.0
_NO_PARTS = "does not send parts of it"


class Spool:
    """The content of an answer's body; ``state`` is its SHA-256."""

    def __init__(self, folder: Path) -> None:
        descriptor, name = tempfile.mkstemp(dir=folder)
        os.unlink(name)  # noqa: PTH108 - beside its descriptor's other calls
        self._descriptor = descriptor
        self._digest = hashlib.sha256()
        self.size = 0
        weakref.finalize(self, os.close, descriptor)

    @property
    def state(self) -> str:
        """What tells this content from any other."""
        return f"sha256:{self._digest.hexdigest()}"

    def append(self, data: bytes) -> None:
        """Add to the end."""
        self._digest.update(data)
        left = memoryview(data)
        while left:  # a disk that fills up takes a part first, and says so at the rest
            written = os.pwrite(self._descriptor, left, self.size)
            self.size += written
            left = left[written:]

    def read(self, offset: int, length: int) -> bytes:
        """Read ``length`` bytes from ``offset``, fewer only at the end."""
        return os.pread(self._descriptor, length, offset)


def is_spooled(state: str) -> bool:
    """Whether a pinned state is that of a spool."""
    return state.startswith("sha256:")


def spool(
    answer: Answer,
    location: HttpLocation,
    folder: Path,
    during: During,
    now: Callable[[], float] = time.monotonic,
) -> Spool:
    """Keep the whole body of an answer in ``folder``.

    Errors: ``OriginUnusable`` for a file over 8 GiB, or one that comes too slowly; ``StorageFull``;
    ``StorageUnavailable`` when it breaks off.
    """
    told, begun = answer.length, now()
    _check(told or 0, location, folder)
    with _writing(location):
        kept = Spool(folder)
    while piece := answer.read(_PIECE):
        _check(kept.size + len(piece), location)
        with _writing(location):
            kept.append(piece)
        during(kept.size, told or 0)
        if kept.size < _SLOWEST * (now() - begun - _GRACE_S):
            raise OriginUnusable(f"The server of {location} {_NO_PARTS}, and sends all of it too slowly.")
    if told is not None and kept.size != told:
        raise StorageUnavailable(f"{location} broke off after {kept.size} of {told} bytes.")
    return kept


def _check(size: int, location: HttpLocation, folder: Path | None = None) -> None:
    if size > _MOST:
        raise OriginUnusable(f"The server of {location} {_NO_PARTS}, and it is larger than {_MOST >> 30} GiB.")
    if folder is None:
        return
    with _writing(location):
        free = shutil.disk_usage(folder).free
    if size > free:
        raise StorageFull(f"The server of {location} {_NO_PARTS}, and there is no room for its {size} bytes.")


@contextmanager
def _writing(location: HttpLocation) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fault = StorageFull if error.errno in {errno.ENOSPC, errno.EDQUOT} else StorageUnavailable
        raise fault(f"{location} cannot be kept in the scratch folder: {error.strerror}.") from error
