"""A waveform as a picture: a PNG of two colours, one of which is transparent."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INDEXED = 3
_MIDDLE = 0.5


def draw(columns: Sequence[tuple[float, float]], height: int, color: str) -> bytes:
    """Draw each column from its lowest to its highest level, -1 to 1, one pixel at least; return a PNG.

    ``color`` is six digits of hexadecimal; what is not drawn is transparent. W3C PNG, 11.2 and 11.3.2.
    """
    spans = [_rows(low, high, height) for low, high in columns]
    packed = zlib.compress(b"".join(_lines(spans, height)), 9)
    header = struct.pack(">IIBBBBB", len(columns), height, 1, _INDEXED, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", bytes(3) + bytes.fromhex(color)), (b"tRNS", b"\0"), (b"IDAT", packed))
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in (*parts, (b"IEND", b"")))


def _rows(low: float, high: float, height: int) -> tuple[int, int]:
    """The first and the last row of a column; row 0 is at the top, where the level is 1."""
    top = int((_MIDDLE - high / 2) * height)
    bottom = int((_MIDDLE - low / 2) * height)
    return min(max(top, 0), height - 1), min(max(bottom, 0), height - 1)


def _lines(spans: Sequence[tuple[int, int]], height: int) -> Iterable[bytes]:
    """Each row: a byte that names no filter, and a bit for each pixel, the leftmost highest."""
    unused = -len(spans) % 8
    for row in range(height):
        bits = "".join("1" if top <= row <= bottom else "0" for top, bottom in spans) + "0" * unused
        yield b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
