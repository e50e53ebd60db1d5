"""The boxes of ISO files. ISO/IEC 14496-12."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path


def read_boxes(path: Path) -> Iterator[str]:
    """Name the top-level boxes of an MP4 in their order. ISO/IEC 14496-12, 4.2."""
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
