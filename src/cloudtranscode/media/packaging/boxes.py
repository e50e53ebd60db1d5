"""The boxes of ISO files. ISO/IEC 14496-12."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NOT_SYNC = 1 << 16
"""``sample_is_non_sync_sample`` of a sample's flags: 8.8.3."""


def read_boxes(path: Path) -> Iterator[str]:
    """Name the top-level boxes of an MP4 in their order: 4.2."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:  # noqa: PLR2004  # a box begins with a 32-bit size and four letters
            size, kind = struct.unpack(">I4s", head)
            yield kind.decode("latin-1")
            if size == 0:  # to the end of the file
                return
            used = 8
            if size == 1:  # a 64-bit size follows
                size, used = int.from_bytes(file.read(8)), 16
            if size < used:  # no box: going on would lead back
                return
            file.seek(size - used, 1)


def boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the kind and content of each box in ``data``. Errors: ``ValueError`` for what is no row of boxes."""
    at = 0
    while at < len(data):
        size, used = int.from_bytes(data[at : at + 4]) or len(data) - at, 8
        if size == 1:
            size, used = int.from_bytes(data[at + 8 : at + 16]), 16
        if size < used or at + size > len(data):
            raise ValueError("a box is larger than what it lies in")
        yield data[at + 4 : at + 8].decode("latin-1"), data[at + used : at + size]
        at += size


def box(data: bytes, *path: str) -> bytes:
    """The content of the first box at ``path``. Errors: ``ValueError`` when there is none."""
    for step in path:
        found = next((content for kind, content in boxes(data) if kind == step), None)
        if found is None:
            raise ValueError(f"there is no box {step}")
        data = found
    return data


@dataclass(frozen=True, slots=True)
class Fragment:
    """The first fragment of a segment: when it is decoded, in units of its track, and whether it starts by itself."""

    decoded_at: int
    sync: bool


def first_fragment(path: Path) -> Fragment:
    """Read the start of a segment. Errors: ``ValueError`` when it has no fragment."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:  # noqa: PLR2004  # as above
            size, kind = struct.unpack(">I4s", head)
            if kind == b"moof":
                return _fragment(box(file.read(size - 8), "traf"))
            if size < 8:  # noqa: PLR2004  # packagers write no large box before the first moof
                break
            file.seek(size - 8, 1)
    raise ValueError("there is no fragment")


def _fragment(traf: bytes) -> Fragment:
    tfdt = box(traf, "tfdt")
    return Fragment(int.from_bytes(tfdt[4:12] if tfdt[0] else tfdt[4:8]), not _first_flags(traf) & _NOT_SYNC)


def _first_flags(traf: bytes) -> int:
    """The flags of the first sample: in the run for it alone, in the run for each, or by default. 8.8.7 and 8.8.8."""
    run, header = box(traf, "trun"), box(traf, "tfhd")
    has = int.from_bytes(run[1:4])
    at = 8 + 4 * bool(has & 0x1)
    if has & 0x4:
        return int.from_bytes(run[at : at + 4])
    if has & 0x400:
        at += 4 * bool(has & 0x100) + 4 * bool(has & 0x200)
        return int.from_bytes(run[at : at + 4])
    has = int.from_bytes(header[1:4])
    at = 8 + 8 * bool(has & 0x1) + 4 * sum(bool(has & bit) for bit in (0x2, 0x8, 0x10))
    return int.from_bytes(header[at : at + 4]) if has & 0x20 else 0
