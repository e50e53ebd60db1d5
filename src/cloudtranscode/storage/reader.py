"""Reading one pinned object in blocks: cached, in parallel, ahead of whoever reads in sequence."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from cloudtranscode.errors import CloudTranscodeError
from cloudtranscode.storage.port import Pinned, SourceStore

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadTuning:
    """How eagerly to read: bytes per block, bytes cached, blocks fetched ahead, seconds to wait before each retry."""

    block: int = 4 * MIB
    cache: int = 128 * MIB
    ahead: int = 8
    pauses: tuple[float, ...] = (0.2, 1.0, 3.0)


class CachedReader:
    """Any number of threads may read; a block that several want at once is fetched once.

    Whoever reads a block after its neighbour gets the next ``ahead`` blocks fetched at once; a jump fetches one
    block. A fetch that has begun ends in the cache, also when its reader hangs up. The memory is bounded by
    ``cache`` and the blocks that readers hold in their hands. Close it, or use it as a context manager.
    """

    def __init__(self, store: SourceStore, pinned: Pinned, tuning: ReadTuning | None = None) -> None:
        self._store = store
        self._pinned = pinned
        self._tuning = tuning or ReadTuning()
        self._capacity = max(2, self._tuning.cache // self._tuning.block)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._blocks: OrderedDict[int, Future[bytes]] = OrderedDict()
        self._touched: deque[int] = deque(maxlen=64)
        self._ahead: set[int] = set()
        self._fetched = 0
        self._error: CloudTranscodeError | None = None
        # Spare threads, so that a jump does not wait behind what is read ahead.
        self._pool = ThreadPoolExecutor(self._tuning.ahead + 4, thread_name_prefix="read")

    @property
    def size(self) -> int:
        """The object's size in bytes."""
        return self._pinned.size

    @property
    def error(self) -> CloudTranscodeError | None:
        """The first error that a reader met: the true cause when ffmpeg only says that its input broke off."""
        return self._error

    @property
    def fetched(self) -> int:
        """Bytes that the storage delivered."""
        return self._fetched

    def read(self, offset: int, length: int) -> bytes:
        """Read ``length`` bytes from ``offset``, fewer only at the end. Errors: as :meth:`SourceStore.read`."""
        return b"".join(self.chunks(offset, length))

    def chunks(self, offset: int, length: int) -> Iterator[memoryview]:
        """The same bytes, block by block as they come."""
        end = min(offset + length, self.size)
        while offset < end:
            index, inside = divmod(offset, self._tuning.block)
            piece = memoryview(self._block(index))[inside : inside + end - offset]
            yield piece
            offset += len(piece)

    def close(self) -> None:
        """Stop reading ahead; whoever still waits gets an error."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        with self._lock:
            self._blocks.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _block(self, index: int) -> bytes:
        with self._lock:
            future = self._wanted(index)
            for following in self._following(index):
                self._ahead.add(following)
                self._wanted(following)
            self._touched.append(index)
        try:
            return future.result()
        except CancelledError:
            raise _closed(self._pinned) from None
        except CloudTranscodeError as error:
            self._error = self._error or error
            raise

    def _wanted(self, index: int) -> Future[bytes]:
        """The block's future, fetched from now on if it was not; called under the lock."""
        future = self._blocks.get(index)
        if future is None:
            if self._closing.is_set():
                raise _closed(self._pinned)
            future = self._blocks[index] = self._pool.submit(self._fetch, index)
            self._evict()
        self._blocks.move_to_end(index)
        return future

    def _following(self, index: int) -> list[int]:
        """Which blocks to fetch ahead of a reader at ``index``."""
        depth = self._tuning.ahead if index - 1 in self._touched else int(index == 0)
        last = (self.size - 1) // self._tuning.block
        missing = [i for i in range(index + 1, min(index + depth, last) + 1) if i not in self._blocks]
        # Half the cache stays with what readers have asked for.
        room = min(self._tuning.ahead, self._capacity // 2) - len(self._ahead)
        return missing[: max(0, room)]

    def _evict(self) -> None:
        """Forget the blocks that were not used for longest; one that is being fetched is kept."""
        excess = len(self._blocks) - self._capacity
        for index in [index for index, future in self._blocks.items() if future.done()][: max(0, excess)]:
            del self._blocks[index]

    def _fetch(self, index: int) -> bytes:
        try:
            data = self._attempt(index * self._tuning.block)
        except BaseException:
            with self._lock:
                self._blocks.pop(index, None)
            raise
        finally:
            with self._lock:
                self._ahead.discard(index)
        with self._lock:
            self._fetched += len(data)
        return data

    def _attempt(self, offset: int) -> bytes:
        """Read one block, again after a pause when the error says that this can help."""
        for pause in self._tuning.pauses:
            try:
                return self._store.read(self._pinned, offset, self._tuning.block)
            except CloudTranscodeError as error:
                if not error.retryable or self._closing.wait(pause):
                    raise
        return self._store.read(self._pinned, offset, self._tuning.block)


def _closed(pinned: Pinned) -> CloudTranscodeError:
    return CloudTranscodeError(f"{pinned.location} was closed while it was being read.")
