"""Looking at what tools left in a job's scratch folder, whatever that is: a link, for one, may lead anywhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from cloudtranscode.errors import CheckFailed, ScratchLost


def file_size(scratch: Path, path: str) -> int | None:
    """The bytes of the regular file ``path`` in ``scratch``; ``None`` for all else, and for what lies behind a link."""
    try:
        status = (scratch / path).lstat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) and not _behind_link(scratch, path) else None


def file_sizes(scratch: Path, folder: str) -> dict[str, int]:
    """The bytes of every file in ``folder`` of ``scratch``, at any depth, by its path in ``folder``.

    Errors: :class:`ScratchLost` when the folder cannot be read, :class:`CheckFailed` when something in it is neither
    a regular file nor a folder.
    """
    if _behind_link(scratch, folder):
        raise CheckFailed(f"{folder} is a link, and no tool was asked for one.")
    try:
        return dict(_walk(scratch / folder))
    except OSError as error:
        raise ScratchLost(f"{folder} of the job's scratch folder cannot be read: {error.strerror}.") from error


def read_small(scratch: Path, path: str, most_bytes: int) -> str:
    """The text of the file ``path`` in ``scratch``. Errors: :class:`ScratchLost`, :class:`CheckFailed` if larger."""
    size = file_size(scratch, path)
    if size is None:
        raise ScratchLost(f"{path} is not in the job's scratch folder.")
    if size > most_bytes:
        raise CheckFailed(f"{path} is too large: {size} bytes.")
    return (scratch / path).read_text("utf-8", errors="replace")


def write_new(scratch: Path, path: str, content: str | bytes, mode: int = 0o644) -> None:
    """Write a file of the worker's own, which must not be there yet, under whatever name a tool may have left a link.

    Errors: :class:`CheckFailed` when something has the name already, :class:`ScratchLost`.
    """
    if _behind_link(scratch, path):
        raise CheckFailed(f"{path} is behind a link, and no tool was asked for one.")
    try:
        descriptor = os.open(scratch / path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    except FileExistsError as error:
        raise CheckFailed(f"{path} is there already, and no tool was asked for it.") from error
    except OSError as error:
        raise ScratchLost(f"{path} of the job's scratch folder cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)


def _walk(folder: Path) -> Iterator[tuple[str, int]]:
    pending = [folder]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                name = str(Path(entry.path).relative_to(folder))
                if entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield name, entry.stat(follow_symlinks=False).st_size
                else:
                    raise CheckFailed(f"{folder.name}/{name} is neither a file nor a folder.")


def _behind_link(scratch: Path, path: str) -> bool:
    places = [scratch / path, *(scratch / path).parents]
    return any(place.is_symlink() for place in places[: len(Path(path).parts)])
