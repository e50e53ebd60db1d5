"""The scratch folder: intermediate files of jobs and direct runs, and what a crash left of them."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

_RUN = "run"


def new_run(scratch: Path) -> Path:
    """Make a folder for a direct run of this process."""
    folder = scratch / f"{_RUN}-{os.getpid()}-{uuid.uuid4().hex[:12]}"
    folder.mkdir(parents=True, mode=0o700)
    return folder


def sweep(scratch: Path, job_is_active: Callable[[str], bool]) -> list[str]:
    """Remove the folders of jobs that have ended and of runs whose process is gone; returns their names."""
    if not scratch.is_dir():
        return []
    dead = [folder for folder in scratch.iterdir() if not _in_use(folder.name, job_is_active)]
    for folder in dead:
        shutil.rmtree(folder, ignore_errors=True)
    return [folder.name for folder in dead]


def _in_use(name: str, job_is_active: Callable[[str], bool]) -> bool:
    kind, _, rest = name.partition("-")
    if kind == _RUN:
        return Path(f"/proc/{rest.partition('-')[0]}").exists()
    return job_is_active(name)
