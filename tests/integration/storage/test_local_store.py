import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cloudtranscode.errors import (
    AccessDenied,
    CloudTranscodeError,
    InvalidLocation,
    SourceNotFound,
    StorageFull,
    StorageUnavailable,
    UploadLost,
)
from cloudtranscode.location import FileLocation
from cloudtranscode.storage.local import LocalStore
from cloudtranscode.storage.writer import Outgoing, upload_file

STORE = LocalStore()


@pytest.fixture
def target(tmp_path: Path) -> FileLocation:
    return FileLocation(tmp_path / "out" / "film.mp4")


def test_a_folder_and_a_pipe_are_no_sources(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "pipe" / "below"):
        with pytest.raises(SourceNotFound):
            STORE.pin(FileLocation(path))


def test_a_change_that_keeps_size_and_time_is_noticed_by_the_inode(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"one")
    other.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    os.utime(other, ns=(1, 1))
    pinned = STORE.pin(FileLocation(path))
    other.replace(path)
    assert STORE.pin(FileLocation(path)) != pinned


def test_completing_survives_a_crash_between_rename_and_cleaning_up(target: FileLocation) -> None:
    upload = STORE.start_upload(target, "video/mp4")
    parts = [STORE.upload_part(target, upload, 1, b"a"), STORE.upload_part(target, upload, 2, b"b")]
    target.path.parent.mkdir()
    target.path.write_bytes(b"ab")
    STORE.complete_upload(target, upload, parts)
    assert target.path.read_bytes() == b"ab"
    assert not Path(upload).exists()


@pytest.mark.parametrize("content", [b"a", b"abc", b"xb", None])
def test_another_file_at_the_target_does_not_count_as_completed(target: FileLocation, content: bytes | None) -> None:
    upload = STORE.start_upload(target, "video/mp4")
    parts = [STORE.upload_part(target, upload, 1, b"a"), STORE.upload_part(target, upload, 2, b"b")]
    STORE.abort_upload(target, upload)
    if content is not None:
        target.path.parent.mkdir()
        target.path.write_bytes(content)
    with pytest.raises(UploadLost):
        STORE.complete_upload(target, upload, parts)


@pytest.mark.parametrize("upload", ["", "/", "/etc", "out", "../.cloudtranscode-upload-x"])
def test_only_an_upload_of_the_target_can_be_aborted(target: FileLocation, upload: str) -> None:
    other = STORE.start_upload(FileLocation(target.path.with_name("other")), "video/mp4")
    for wrong in (upload, other):
        with pytest.raises(UploadLost):
            STORE.abort_upload(target, wrong)
    assert Path(other).is_dir()


def test_a_folder_without_permission_is_denied(tmp_path: Path) -> None:
    """Root may write everywhere, so the test's process becomes nobody where it is root."""
    tmp_path.chmod(0o500)
    program = f"""
import os, sys
sys.path[:] = {sys.path!r}
from pathlib import Path
from cloudtranscode.errors import AccessDenied
from cloudtranscode.location import FileLocation
from cloudtranscode.storage.local import LocalStore
folder = Path({str(tmp_path)!r})
os.chdir(folder)
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
for attempt in (
    lambda: LocalStore().probe_write(FileLocation(Path("out"))),
    lambda: LocalStore().start_upload(FileLocation(Path("film")), "video/mp4"),
):
    try:
        attempt()
    except AccessDenied as denied:
        print("denied")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.split() == ["denied", "denied"]


def test_a_file_is_staged_and_appears(tmp_path: Path, target: FileLocation) -> None:
    source = tmp_path / "encoded.mp4"
    source.write_bytes(os.urandom(20_000_000))
    staged = upload_file(STORE, Outgoing(source, target, "video/mp4"))
    assert not target.path.exists()
    STORE.complete_upload(target, staged.upload, staged.parts)
    assert target.path.read_bytes() == source.read_bytes()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["encoded.mp4", "out"]


def test_a_file_as_parent_is_no_place_to_write(tmp_path: Path) -> None:
    (tmp_path / "film").touch()
    below = FileLocation(tmp_path / "film" / "below")
    for attempt in (lambda: STORE.probe_write(below), lambda: STORE.start_upload(below.child("a"), "video/mp4")):
        with pytest.raises(InvalidLocation, match="is not a folder"):
            attempt()


def test_a_folder_at_the_target_is_not_replaced(target: FileLocation) -> None:
    upload = STORE.start_upload(target, "video/mp4")
    parts = [STORE.upload_part(target, upload, 1, b"a")]
    target.path.mkdir(parents=True)
    with pytest.raises(InvalidLocation):
        STORE.complete_upload(target, upload, parts)


def test_a_file_system_that_takes_no_files_is_told_by_the_probe() -> None:
    with pytest.raises((InvalidLocation, AccessDenied)):  # what it says depends on who asks
        STORE.probe_write(FileLocation(Path("/proc/x")))


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EROFS, AccessDenied),
        (errno.EIO, StorageUnavailable),
        (errno.ENOENT, UploadLost),
    ],
)
def test_why_a_part_cannot_be_written(
    target: FileLocation, monkeypatch: pytest.MonkeyPatch, number: int, fault: type[CloudTranscodeError]
) -> None:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    upload = STORE.start_upload(target, "video/mp4")
    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(fault):
        STORE.upload_part(target, upload, 1, b"a")
