"""What one process may use up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one process, in bytes and seconds: far above any sane job, met by a runaway only.

    ``memory_bytes`` is address space; ``file_bytes`` is the size of one file; ``processes`` counts threads, too, where
    the kernel counts them (not for root). setrlimit(2).
    """

    memory_bytes: int = 64 << 30
    cpu_seconds: int = 14 * 24 * 3600
    file_bytes: int = 1 << 40
    open_files: int = 1024
    processes: int = 4096

    def by_name(self) -> dict[str, int]:
        """The limits under their names in :mod:`resource`."""
        return {
            "RLIMIT_AS": self.memory_bytes,
            "RLIMIT_CPU": self.cpu_seconds,
            "RLIMIT_FSIZE": self.file_bytes,
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_CORE": 0,
        }
