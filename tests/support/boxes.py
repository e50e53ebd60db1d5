"""Taking MP4 files apart and putting them together wrongly. ISO/IEC 14496-12, 4.2."""

from __future__ import annotations

import struct
from collections.abc import Callable

_HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts"}


def box(kind: bytes, body: bytes) -> bytes:
    """One box."""
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, body: bytes, flags: int = 0) -> bytes:
    """One box with a version, 0, and flags."""
    return box(kind, struct.pack(">I", flags) + body)


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """The boxes that stand one after the other in ``data``: kind and body."""
    found, at = [], 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        found.append((kind, data[at + 8 : at + size]))
        at += size
    return found


def edit(data: bytes, wanted: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Replace every box of the kind ``wanted``, at any depth, by what ``change`` makes of its body: whole boxes.

    Sizes around it are put right; offsets into ``mdat`` stay right where the index comes last.
    """
    made = b""
    for kind, body in boxes(data):
        if kind == wanted:
            made += change(body)
        elif kind in _HOLDERS:
            made += box(kind, edit(body, wanted, change))
        else:
            made += box(kind, body)
    return made
