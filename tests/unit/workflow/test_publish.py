"""Two phases on a real folder: nothing appears before the commit, and nothing stays behind."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from cloudtranscode.errors import AccessDenied, CloudTranscodeError, JobCancelled, ScratchLost, StorageUnavailable
from cloudtranscode.location import FileLocation, Location
from cloudtranscode.storage.local import LocalStore
from cloudtranscode.storage.port import Part
from cloudtranscode.workflow.control import DirectControl
from cloudtranscode.workflow.publish import Item, MemoryLedger, Publisher, StagedItem

NAMES = ["hls/seg1.m4s", "hls/seg2.m4s", "hls/index.m3u8", "hls/master.m3u8"]
RANKS = {"seg": 0, "ind": 1, "mas": 2}


class Faulty(LocalStore):
    """A folder that notes the order of appearance and fails where it is told to."""

    def __init__(self) -> None:
        self.appeared: list[str] = []
        self.fail_part: str | None = None
        self.abort_fault: CloudTranscodeError | None = None
        self._lock = threading.Lock()

    def upload_part(self, location: Location, upload: str, number: int, data: bytes) -> Part:
        if location.name == self.fail_part:
            raise StorageUnavailable("Away.")
        return super().upload_part(location, upload, number, data)

    def complete_upload(self, location: Location, upload: str, parts: Sequence[Part]) -> None:
        super().complete_upload(location, upload, parts)
        with self._lock:
            self.appeared.append(location.name)

    def abort_upload(self, location: Location, upload: str) -> None:
        if self.abort_fault:
            raise self.abort_fault
        super().abort_upload(location, upload)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "client"
    folder.mkdir()
    return folder


@pytest.fixture
def items(tmp_path: Path, target: Path) -> list[Item]:
    made = []
    for name in reversed(NAMES):
        path = tmp_path / name.replace("/", "_")
        path.write_text(name)
        made.append(Item(path, FileLocation(target / name), "video/mp4", RANKS[Path(name).name[:3]]))
    return made


def control() -> DirectControl:
    return DirectControl(lambda _: None)


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_nothing_appears_before_the_commit_and_playlists_last(items: list[Item], target: Path) -> None:
    store = Faulty()
    publisher = Publisher(lambda _: store, MemoryLedger())
    staged = publisher.stage(items, control())
    assert not any((target / name).exists() for name in NAMES)
    publisher.commit(staged)
    assert left(target) == sorted(NAMES)
    assert store.appeared[2:] == ["index.m3u8", "master.m3u8"]
    assert (target / "hls/seg1.m4s").read_text() == "hls/seg1.m4s"


def test_a_commit_can_be_repeated(items: list[Item], target: Path) -> None:
    store = Faulty()
    staged = Publisher(lambda _: store, MemoryLedger()).stage(items, control())
    for _ in range(2):
        Publisher(lambda _: store, MemoryLedger()).commit([StagedItem.from_dict(one.to_dict()) for one in staged])
    assert left(target) == sorted(NAMES)


@pytest.mark.parametrize("name", ["seg1.m4s", "master.m3u8"])
def test_a_failure_leaves_nothing(items: list[Item], target: Path, name: str) -> None:
    store, ledger = Faulty(), MemoryLedger()
    store.fail_part = name
    with pytest.raises(StorageUnavailable):
        Publisher(lambda _: store, ledger).stage(items, control())
    assert list(target.iterdir()) == []
    assert ledger.open() == {}


def test_cancelled_in_the_middle_leaves_nothing(items: list[Item], target: Path) -> None:
    stopped = control()
    stopped.stop.set()
    with pytest.raises(JobCancelled):
        Publisher(lambda _: LocalStore(), MemoryLedger()).stage(items, stopped)
    assert list(target.iterdir()) == []


def test_a_lost_file_is_noticed_before_anything_is_sent(items: list[Item], target: Path) -> None:
    items[1].path.unlink()
    with pytest.raises(ScratchLost, match="1 of 4"):
        Publisher(lambda _: LocalStore(), MemoryLedger()).stage(items, control())
    assert list(target.iterdir()) == []


def test_uploads_of_a_dead_execution_are_cleared_away(items: list[Item], target: Path) -> None:
    store, ledger = Faulty(), MemoryLedger()
    Publisher(lambda _: store, ledger).stage(items, control())
    started, nameless = (FileLocation(target / name) for name in ("noted", "nameless"))
    for place in (started, nameless):
        ledger.intend(place.uri)
        store.start_upload(place, "video/mp4")
    ledger.note(started.uri, store.open_uploads(started)[0])
    Publisher(lambda _: store, ledger).commit(Publisher(lambda _: store, ledger).stage(items, control()))
    assert left(target) == sorted(NAMES)
    assert [path for path in target.iterdir() if path.name.startswith(".")] == []


def test_where_aborting_is_denied_the_old_upload_is_filled_again(items: list[Item], target: Path) -> None:
    store, ledger = Faulty(), MemoryLedger()
    store.abort_fault = AccessDenied("No.")
    first = Publisher(lambda _: store, ledger).stage(items, control())
    second = Publisher(lambda _: store, ledger).stage(items, control())
    assert {one.upload.upload for one in first} == {one.upload.upload for one in second}
    Publisher(lambda _: store, ledger).commit(second)
    assert left(target) == sorted(NAMES)


def test_what_cannot_be_taken_back_now_stays_noted(items: list[Item], target: Path) -> None:
    store, ledger = Faulty(), MemoryLedger()
    publisher = Publisher(lambda _: store, ledger)
    publisher.stage(items, control())
    ledger.intend(FileLocation(target / "nameless").uri)
    store.start_upload(FileLocation(target / "nameless"), "video/mp4")
    store.abort_fault = StorageUnavailable("Away.")
    with pytest.raises(StorageUnavailable):
        publisher.abort()
    assert len(ledger.open()) == 5
    store.abort_fault = None
    publisher.abort()
    assert ledger.open() == {}
    assert list(target.iterdir()) == []


def test_uploads_that_other_jobs_have_open_are_left_alone(target: Path) -> None:
    store, place = LocalStore(), FileLocation(target / "shared")
    theirs = store.start_upload(place, "video/mp4")

    class Ledger(MemoryLedger):
        def of_others(self) -> set[str]:
            return {theirs}

    ledger = Ledger()
    ledger.intend(place.uri)
    mine = store.start_upload(place, "video/mp4")
    Publisher(lambda _: store, ledger).abort()
    assert store.open_uploads(place) == [theirs]
    assert not Path(mine).exists()
