"""A folder of this machine as an object store, with the same two-phase writes as S3.

An upload is a hidden folder beside the target (in its nearest folder that exists, so on the same file system); the
upload id is that folder's path. Parts are files in it. Completing joins them and renames the result into place.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cloudtranscode.errors import (
    AccessDenied,
    CloudTranscodeError,
    InvalidLocation,
    SourceChanged,
    SourceNotFound,
    StorageFull,
    StorageUnavailable,
    UploadLost,
)
from cloudtranscode.location import FileLocation, Location
from cloudtranscode.storage.port import Part, Pinned

UPLOAD_PREFIX = ".cloudtranscode-upload-"

_PERMISSION_REMEDY = "Give the user that the stack runs as the permission, or choose another folder."
_READ_ONLY_REMEDY = "Choose a folder on another file system, or mount this one for writing."
_TARGET_REMEDY = "Choose a path that is not taken, in a folder that files can be put into."

# What keeps a file from being written, see errno(3). ENOENT comes from file systems that take no files, like /proc.
_WRITE_FAULTS: dict[int, tuple[type[CloudTranscodeError], str | None]] = {
    errno.EACCES: (AccessDenied, _PERMISSION_REMEDY),
    errno.EPERM: (AccessDenied, _PERMISSION_REMEDY),
    errno.EROFS: (AccessDenied, _READ_ONLY_REMEDY),
    errno.EEXIST: (InvalidLocation, _TARGET_REMEDY),
    errno.EINVAL: (InvalidLocation, _TARGET_REMEDY),
    errno.EISDIR: (InvalidLocation, _TARGET_REMEDY),
    errno.ELOOP: (InvalidLocation, _TARGET_REMEDY),
    errno.ENAMETOOLONG: (InvalidLocation, _TARGET_REMEDY),
    errno.ENOENT: (InvalidLocation, _TARGET_REMEDY),
    errno.ENOTDIR: (InvalidLocation, _TARGET_REMEDY),
    errno.EDQUOT: (StorageFull, None),
    errno.ENOSPC: (StorageFull, None),
}


class LocalStore:
    """The object-store port over the local file system; it keeps no state of its own."""

    def pin(self, location: Location) -> Pinned:
        """See :class:`ObjectStore`; the ETag is made of modification time, size and inode."""
        with _reading("Reading", location):
            found = _path(location).stat()
        if not stat.S_ISREG(found.st_mode):
            raise SourceNotFound(f"{location} is not a file.")
        return Pinned(location, found.st_size, _etag(found))

    def read(self, pinned: Pinned, offset: int, length: int) -> bytes:
        """See :class:`ObjectStore`."""
        try:
            with _reading("Reading", pinned.location), _path(pinned.location).open("rb", buffering=0) as file:
                data = os.pread(file.fileno(), max(0, min(length, pinned.size - offset)), offset)
                # Looked at after reading, so that a change in between is noticed.
                unchanged = _etag(os.fstat(file.fileno())) == pinned.etag
        except SourceNotFound as error:
            raise SourceChanged(f"{pinned.location} went away while it was being read.") from error
        if not unchanged:
            raise SourceChanged(f"{pinned.location} changed while it was being read.")
        return data

    def first_object(self, prefix: Location) -> FileLocation | None:
        """See :class:`ObjectStore`; uploads that are not completed do not count."""
        with _reading("Listing", prefix):
            for folder, inner, names in os.walk(_path(prefix), onerror=_raise):
                inner[:] = [name for name in inner if not name.startswith(UPLOAD_PREFIX)]
                for name in names:
                    return FileLocation(Path(folder, name))
        return None

    def probe_write(self, folder: Location, *, hand_over: bool = False) -> None:  # noqa: ARG002 - there is one owner
        """See :class:`ObjectStore`; makes and removes a hidden folder in the nearest folder that exists."""
        with _writing("Writing into", folder):
            Path(tempfile.mkdtemp(prefix=UPLOAD_PREFIX, dir=_nearest(_path(folder)))).rmdir()

    def probe_upload(self, location: Location) -> None:
        """See :class:`ObjectStore`; begins an upload and drops it."""
        self.abort_upload(location, self.start_upload(location, ""))

    def probe_abort(self, location: Location) -> None:
        """See :class:`ObjectStore`; who may begin an upload here may drop it."""
        self.probe_upload(location)

    def is_listed(self, location: Location) -> bool:
        """See :class:`ObjectStore`."""
        with _reading("Listing", location):
            return _path(location).is_file()

    def start_upload(self, location: Location, content_type: str) -> str:  # noqa: ARG002 - files have no content type
        """See :class:`ObjectStore`."""
        with _writing("Writing", location):
            return tempfile.mkdtemp(prefix=_upload_prefix(location), dir=_nearest(_path(location).parent))

    def upload_part(self, location: Location, upload: str, number: int, data: bytes) -> Part:
        """See :class:`ObjectStore`; the ETag is ``md5-size``."""
        part = Part(number, f"{_md5(data)}-{len(data)}")
        target = _part_path(_upload_folder(location, upload), part)
        unfinished = target.with_suffix(".unfinished")
        with _writing("Writing", location):
            try:
                unfinished.write_bytes(data)
                unfinished.replace(target)
            except FileNotFoundError as error:
                raise UploadLost(f"The upload of {location} is gone.") from error
        return part

    def complete_upload(self, location: Location, upload: str, parts: Sequence[Part]) -> None:
        """See :class:`ObjectStore`; the target is on the disk when this returns."""
        folder, target = _upload_folder(location, upload), _path(location)
        ordered = sorted(parts, key=lambda part: part.number)
        with _writing("Writing", location):
            if not all(_part_path(folder, part).is_file() for part in ordered):
                if not _holds(target, ordered):
                    raise UploadLost(f"The upload of {location} is gone and its file is not there.")
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            _join(folder, ordered).replace(target)
            _sync(target.parent)
            shutil.rmtree(folder, ignore_errors=True)

    def open_uploads(self, location: Location) -> list[str]:
        """See :class:`ObjectStore`; looks into every folder above, for some may not have existed at the start."""
        pattern = f"{_upload_prefix(location)}*"
        return [str(found) for folder in _path(location).parents for found in folder.glob(pattern)]

    def abort_upload(self, location: Location, upload: str) -> None:
        """See :class:`ObjectStore`."""
        folder = _upload_folder(location, upload)
        with _writing("Removing the upload of", location):
            if folder.exists():
                shutil.rmtree(folder)


def _path(location: Location) -> Path:
    if not isinstance(location, FileLocation):
        raise InvalidLocation(f"{location} is not on this machine.")
    return location.path


def _etag(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _nearest(folder: Path) -> Path:
    found = next(path for path in (folder, *folder.parents) if _is_taken(path))
    if not found.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{found} is not a folder")
    return found


def _is_taken(path: Path) -> bool:
    """Whether anything is called so, a link that leads nowhere included; raises where one may not look."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _upload_prefix(location: Location) -> str:
    return f"{UPLOAD_PREFIX}{_md5(os.fsencode(_path(location)))[:16]}-"


def _upload_folder(location: Location, upload: str) -> Path:
    """The upload's folder, which can only be one that :meth:`LocalStore.start_upload` made for this target."""
    folder = Path(upload)
    if not folder.name.startswith(_upload_prefix(location)) or folder.parent not in _path(location).parents:
        raise UploadLost(f"{upload!r} is not an upload of {location}.")
    return folder


def _part_path(folder: Path, part: Part) -> Path:
    return folder / f"{part.number:05d}.{Path(part.etag).name}"


def _join(folder: Path, parts: Sequence[Part]) -> Path:
    joined = folder / "joined"
    with joined.open("wb") as whole:
        for part in parts:
            with _part_path(folder, part).open("rb") as piece:
                shutil.copyfileobj(piece, whole, 1 << 20)
        whole.flush()
        os.fsync(whole.fileno())
    return joined


def _holds(target: Path, parts: Sequence[Part]) -> bool:
    """Whether the target is exactly these parts: then an earlier call completed the upload."""
    if not target.is_file():
        return False
    with target.open("rb") as whole:
        return all(_md5(whole.read(_size(part))) == part.etag.partition("-")[0] for part in parts) and not whole.read(1)


def _size(part: Part) -> int:
    return int(part.etag.partition("-")[2])


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


@contextmanager
def _reading(action: str, location: Location) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceNotFound(f"{location} does not exist.") from error
    except PermissionError as error:
        raise AccessDenied(f"{action} {location} was denied.", remedy=_PERMISSION_REMEDY) from error
    except OSError as error:
        raise StorageUnavailable(f"{action} {location} failed: {error.strerror or error}.") from error


@contextmanager
def _writing(action: str, location: Location) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fault, remedy = _WRITE_FAULTS.get(error.errno or 0, (StorageUnavailable, None))
        reason = "nothing can be made there" if error.errno == errno.ENOENT else error.strerror or error
        raise fault(f"{action} {location} failed: {reason}.", remedy=remedy) from error
