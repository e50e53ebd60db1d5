import hashlib
import json
import os
import threading
from pathlib import Path

import pytest

from cloudtranscode.errors import DatabaseUnavailable, JobCancelled, ScratchLost, StorageUnavailable
from cloudtranscode.location import FileLocation, S3Location
from cloudtranscode.storage.port import Part
from cloudtranscode.storage.writer import MIB, Outgoing, Staged, Watch, part_size, upload_file
from unit.storage.fakes import WHERE, FakeStore

DATA = b"0123456789abcdef" * (20 * MIB // 16) + b"tail"


@pytest.fixture
def outgoing(tmp_path: Path) -> Outgoing:
    path = tmp_path / "film.mp4"
    path.write_bytes(DATA)
    return Outgoing(path, WHERE, "video/mp4")


def test_a_file_is_sent_in_parts_and_left_uncompleted(outgoing: Outgoing) -> None:
    store = FakeStore()
    ids: list[str] = []
    sent: list[int] = []
    staged = upload_file(store, outgoing, Watch(started=ids.append, sent=sent.append))
    assert b"".join(store.parts[number] for number in (1, 2, 3)) == DATA
    assert store.calls == ["start video/mp4"]
    assert ids == ["upload-1"]
    assert sent == sorted(sent)
    assert sent[-1] == len(DATA)
    parts = tuple(Part(number, f"etag-{number}") for number in (1, 2, 3))
    assert staged == Staged(WHERE, "upload-1", parts, len(DATA), hashlib.sha256(DATA).hexdigest())


def test_an_empty_file_is_one_empty_part(tmp_path: Path) -> None:
    store, path = FakeStore(), tmp_path / "empty"
    path.touch()
    assert upload_file(store, Outgoing(path, WHERE, "text/plain")).parts == (Part(1, "etag-1"),)


def test_no_link_is_followed(outgoing: Outgoing) -> None:
    link = outgoing.path.with_name("link.mp4")
    link.symlink_to(outgoing.path)
    store = FakeStore()
    with pytest.raises(ScratchLost, match=r"link\.mp4 cannot be read"):
        upload_file(store, Outgoing(link, WHERE, "video/mp4"))
    assert store.parts == {}


def test_a_pipe_is_refused_and_nobody_waits_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(ScratchLost, match="is not a regular file"):
        upload_file(FakeStore(), Outgoing(tmp_path / "pipe.mp4", WHERE, "video/mp4"))


def test_an_upload_that_exists_is_filled_again(outgoing: Outgoing) -> None:
    store = FakeStore()
    assert upload_file(store, outgoing, resume="upload-0").upload == "upload-0"
    assert store.calls == []


def test_few_parts_are_on_their_way_at_once(tmp_path: Path) -> None:
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.truncate(80 * MIB)
    store = FakeStore(gate=threading.Event())
    assert store.gate
    threading.Timer(0.2, store.gate.set).start()
    upload_file(store, Outgoing(path, WHERE, "video/mp4"))
    assert 2 <= store.most_at_once <= 4
    assert len(store.parts) == 10


def test_a_failing_part_aborts_after_every_other_part_has_landed(outgoing: Outgoing) -> None:
    store = FakeStore(part_error=StorageUnavailable("no"))
    with pytest.raises(StorageUnavailable, match="no"):
        upload_file(store, outgoing)
    assert store.calls == ["start video/mp4", "abort upload-1 at 0 parts on their way"]


def test_the_first_error_wins_over_a_denied_abort(outgoing: Outgoing) -> None:
    store = FakeStore(part_error=StorageUnavailable("no"), abort_denied=True)
    with pytest.raises(StorageUnavailable, match="no"):
        upload_file(store, outgoing)


def test_an_upload_that_cannot_be_recorded_is_aborted(outgoing: Outgoing) -> None:
    def fail(upload: str) -> None:
        raise DatabaseUnavailable(upload)

    store = FakeStore()
    with pytest.raises(DatabaseUnavailable):
        upload_file(store, outgoing, Watch(started=fail))
    assert store.calls[-1].startswith("abort upload-1")
    assert not store.parts


def test_a_stopped_upload_is_aborted(outgoing: Outgoing) -> None:
    store = FakeStore()
    with pytest.raises(JobCancelled):
        upload_file(store, outgoing, Watch(stopped=lambda: True))
    assert store.calls[-1].startswith("abort upload-1")


def test_a_file_that_is_gone_is_an_error_of_the_tree(tmp_path: Path) -> None:
    with pytest.raises(ScratchLost):
        upload_file(FakeStore(), Outgoing(tmp_path / "gone", WHERE, "video/mp4"))


@pytest.mark.parametrize("total", [0, 1, 80_000 * MIB, 80_000 * MIB + 1, 5 * 1024 * 1024 * MIB])
def test_parts_are_neither_too_small_nor_too_many(total: int) -> None:
    size = part_size(total)
    assert size >= 5 * MIB
    assert -(-total // size) <= 10_000


@pytest.mark.parametrize("location", [S3Location("b-in", "a b/ü.mp4"), FileLocation(Path("/media/a b/ü%20.mp4"))])
def test_staged_survives_json(location: S3Location | FileLocation) -> None:
    staged = Staged(location, "u", (Part(1, '"x"'), Part(2, '"y"')), 7, "00")
    assert Staged.from_dict(json.loads(json.dumps(staged.to_dict()))) == staged
