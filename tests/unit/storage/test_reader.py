import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from cloudtranscode.errors import AccessDenied, CloudTranscodeError, SourceChanged, StorageUnavailable
from cloudtranscode.storage.reader import CachedReader, ReadTuning
from unit.storage.fakes import FakeStore

BLOCK = 10
DATA = bytes(range(256)) * 2
SMALL = ReadTuning(block=BLOCK, cache=8 * BLOCK, ahead=3, pauses=(0, 0))


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_any_range_is_what_the_store_holds() -> None:
    chance = random.Random(1)
    with CachedReader(FakeStore(DATA), FakeStore(DATA).pinned, SMALL) as reader:
        for _ in range(200):
            offset, length = chance.randrange(600), chance.randrange(100)
            assert reader.read(offset, length) == DATA[offset : offset + length]


def test_many_threads_read_the_right_bytes_within_a_bounded_cache() -> None:
    store = FakeStore(DATA)
    with CachedReader(store, store.pinned, SMALL) as reader, ThreadPoolExecutor(8) as pool:
        offsets = [random.Random(2).randrange(len(DATA)) for _ in range(300)]
        assert list(pool.map(lambda at: reader.read(at, 37), offsets)) == [DATA[at : at + 37] for at in offsets]
        assert len(reader._blocks) <= 8 + 8


def test_a_block_is_fetched_once_for_everybody_who_wants_it() -> None:
    store = FakeStore(DATA, gate=threading.Event())
    with CachedReader(store, store.pinned, SMALL) as reader, ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(reader.read, 200, 5) for _ in range(5)]
        assert store.gate
        store.gate.set()
        assert {future.result() for future in waiting} == {DATA[200:205]}
        assert reader.read(203, 4) == DATA[203:207]
    assert store.reads[200] == 1


def test_reading_in_sequence_fetches_ahead_at_once() -> None:
    store = FakeStore(DATA)
    with CachedReader(store, store.pinned, SMALL) as reader:
        reader.read(200, BLOCK)
        reader.read(210, BLOCK)
    assert set(store.reads) == {200, 210, 220, 230, 240}


def test_a_jump_fetches_one_block_only() -> None:
    store = FakeStore(DATA)
    with CachedReader(store, store.pinned, SMALL) as reader:
        for offset in (400, 100, 300, 200):
            reader.read(offset, 1)
    assert set(store.reads) == {400, 100, 300, 200}


def test_the_beginning_is_read_one_block_ahead() -> None:
    store = FakeStore(DATA)
    with CachedReader(store, store.pinned, SMALL) as reader:
        reader.read(0, 1)
    assert set(store.reads) == {0, 10}


def test_nothing_is_fetched_behind_the_end() -> None:
    store = FakeStore(DATA)
    with CachedReader(store, store.pinned, SMALL) as reader:
        reader.read(490, 22)
        assert reader.read(512, 10) == b""
        assert reader.read(510, 10) == DATA[510:]
    assert max(store.reads) == 510


def test_the_cache_forgets_the_oldest_block() -> None:
    store = FakeStore(DATA)
    with CachedReader(store, store.pinned, replace(SMALL, ahead=1)) as reader:
        for offset in range(0, 500, 20):
            reader.read(offset, 1)
        assert len(reader._blocks) <= 8
        assert reader.read(480, 1) == DATA[480:481]
        reader.read(40, 1)
    assert reader.fetched == 10 * sum(store.reads.values())  # once nothing is on its way any more
    assert store.reads[480] == 1
    assert store.reads[40] == 2


def test_a_jump_does_not_wait_for_what_is_read_ahead() -> None:
    store = FakeStore(DATA, gate=threading.Event(), held={220, 230, 240})
    with CachedReader(store, store.pinned, SMALL) as reader:
        reader.read(200, BLOCK)
        reader.read(210, BLOCK)
        assert reader.read(400, 1) == DATA[400:401]
        assert store.gate
        store.gate.set()


def test_a_reader_that_hangs_up_loses_nothing_that_was_fetched() -> None:
    store = FakeStore(DATA)
    with CachedReader(store, store.pinned, SMALL) as reader:
        pieces = reader.chunks(200, 300)
        next(pieces)
        next(pieces)
        del pieces
        assert reader.read(214, 20) == DATA[214:234]
    assert max(store.reads.values()) == 1


def test_a_transient_error_is_tried_again() -> None:
    store = FakeStore(DATA, failures={200: [StorageUnavailable("once"), StorageUnavailable("twice")]})
    with CachedReader(store, store.pinned, SMALL) as reader:
        assert reader.read(200, 3) == DATA[200:203]
        assert reader.error is None
    assert store.reads[200] == 3


def test_an_error_that_stays_is_raised_and_remembered() -> None:
    store = FakeStore(DATA, failures={200: [StorageUnavailable(str(n)) for n in range(3)], 300: [AccessDenied("no")]})
    with CachedReader(store, store.pinned, SMALL) as reader:
        with pytest.raises(StorageUnavailable) as first:
            reader.read(200, 3)
        with pytest.raises(AccessDenied):
            reader.read(300, 3)
        assert reader.error is first.value


@pytest.mark.parametrize("error", [AccessDenied("denied"), SourceChanged("changed")])
def test_an_error_that_cannot_pass_is_raised_at_once_to_everybody(error: CloudTranscodeError) -> None:
    store = FakeStore(DATA, failures={200: [error]}, gate=threading.Event())
    with CachedReader(store, store.pinned, SMALL) as reader, ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(reader.read, offset, 1) for offset in (200, 202, 205)]
        until(lambda: len(reader._touched) == 3)
        assert store.gate
        store.gate.set()
        assert [future.exception(10) for future in waiting] == [error] * 3
        assert reader.error is error
    assert store.reads[200] == 1


def test_an_error_of_reading_ahead_hurts_nobody() -> None:
    store = FakeStore(DATA, failures={10: [AccessDenied("a passing whim")]})
    with CachedReader(store, store.pinned, SMALL) as reader:
        reader.read(0, BLOCK)
        until(lambda: 1 not in reader._blocks)
        assert reader.error is None
        assert reader.read(10, 1) == DATA[10:11]


def test_a_closed_reader_raises_an_error_of_the_tree() -> None:
    store = FakeStore(DATA)
    reader = CachedReader(store, store.pinned, SMALL)
    reader.close()
    with pytest.raises(CloudTranscodeError, match="closed"):
        reader.read(0, 1)


def test_closing_does_not_leave_a_waiting_reader_behind() -> None:
    store = FakeStore(DATA, gate=threading.Event())
    reader = CachedReader(store, store.pinned, replace(SMALL, ahead=0))
    with ThreadPoolExecutor(9) as pool:
        waiting = [pool.submit(reader.read, offset, 1) for offset in range(100, 180, 10)]
        until(lambda: len(store.reads) == 4 and len(reader._blocks) == 8)
        closing = pool.submit(reader.close)
        until(reader._closing.is_set)
        assert store.gate
        store.gate.set()
        closing.result(10)
        errors = [future.exception(10) for future in waiting]
    assert {type(error) for error in errors} == {type(None), CloudTranscodeError}
