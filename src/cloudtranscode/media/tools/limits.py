"""What one process may use up."""

from __future__ import annotations

from dataclasses import asdict, dataclass

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one tool, in bytes and seconds: far above any sane job, met by a runaway only. setrlimit(2).

    ``memory_bytes`` is what it may write to in memory, files mapped and address space merely reserved apart;
    ``file_bytes`` is the size of one file. With one process, it may start threads and no other program; ``threads``
    are those of all its processes, on Linux 5.14 and later and for other users than root. A ladder of 1080p takes
    1.5 GiB on two cores, one rendition of 8K in HEVC 9 GiB, and more cores take more.
    """

    memory_bytes: int = 32 * _GIB
    cpu_seconds: int = 14 * 24 * 3600
    file_bytes: int = 1024 * _GIB
    open_files: int = 1024
    processes: int = 1
    threads: int = 4096

    def to_dict(self) -> dict[str, int]:
        """Return plain JSON data."""
        return asdict(self)
