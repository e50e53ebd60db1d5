"""The scratch folder: intermediate files of jobs and direct runs, and what a crash left of them."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from cloudtranscode.errors import HomeUnusable

_RUN = "run"


def new_run(scratch: Path, host: str) -> Path:
    """Make a folder for a direct run of this process on the machine ``host``. Errors: :class:`HomeUnusable`."""
    return make_folder(scratch / f"{_RUN}-{_mark(host)}-{os.getpid()}-{uuid.uuid4().hex[:12]}")


def make_folder(folder: Path) -> Path:
    """Make a folder that only this user can look into. Errors: :class:`HomeUnusable`."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise HomeUnusable(f"The folder {folder} cannot be made: {error.strerror}.") from error
    return folder


def sweep(scratch: Path, host: str, job_is_active: Callable[[str], bool]) -> list[str]:
    """Remove the folders of jobs that have ended and of this machine's runs whose process is gone.

    The scratch folder may be shared by several machines. Returns the names of what was removed.
    """
    if not scratch.is_dir():
        return []
    dead = [folder for folder in scratch.iterdir() if not _in_use(folder.name, host, job_is_active)]
    for folder in dead:
        shutil.rmtree(folder, ignore_errors=True)
    return [folder.name for folder in dead]


def _in_use(name: str, host: str, job_is_active: Callable[[str], bool]) -> bool:
    match name.split("-"):
        case [kind, mark, pid, _] if kind == _RUN:
            return mark != _mark(host) or Path(f"/proc/{pid}").exists()
        case _:
            return job_is_active(name)


def _mark(host: str) -> str:
    return hashlib.sha256(host.encode()).hexdigest()[:8]
