"""Which machine this is, and whether a process of it is alive: so that a crash on one machine is seen at once."""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path

from cloudtranscode.fleet.roster import Worker

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def this_host() -> str:
    """Name this machine and boot; containers with a process table of their own differ by it."""
    boot = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else "unknown"
    try:
        space = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        space = 0
    return f"{socket.gethostname()[:60]}/{boot[:13]}/{space}"


def new_worker(*, serves_queue: bool) -> Worker:
    """Describe the calling process as a worker with an id that is never used again."""
    pid = os.getpid()
    return Worker(f"{socket.gethostname()[:40]}-{pid}-{uuid.uuid4().hex[:8]}", this_host(), pid, serves_queue)


def is_dead_neighbour(worker: Worker, host: str) -> bool:
    """Whether ``worker`` ran on this machine and its process is gone (or is a zombie)."""
    if worker.host != host:
        return False
    try:
        stat = Path(f"/proc/{worker.pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in {"Z", "X"}
