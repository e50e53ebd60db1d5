"""Files that were whole once: bits flipped, ends cut off, headers damaged. What a seed gives, it gives again."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_HEAD = 2048


def mutate(data: bytes, random: Random) -> tuple[str, bytes]:
    """Damage ``data`` in one of several ways; returns what was done, and the result."""
    way = random.choice(_WAYS)
    return way.__name__.strip("_"), way(data, random)


def _bits(data: bytes, random: Random) -> bytes:
    """Single bits, anywhere."""
    damaged = bytearray(data)
    for _ in range(random.choice((1, 3, 10, 100, 1000))):
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
    return bytes(damaged)


def _cut(data: bytes, random: Random) -> bytes:
    """The end is missing."""
    return data[: random.randrange(1, len(data))]


def _hole(data: bytes, random: Random) -> bytes:
    """A piece in the middle is missing."""
    start = random.randrange(len(data))
    return data[:start] + data[start + random.randrange(1, 1 + len(data) // 4) :]


def _zeros(data: bytes, random: Random) -> bytes:
    """A piece was never written."""
    start = random.randrange(len(data))
    length = random.randrange(1, 1 + len(data) // 4)
    return data[:start] + bytes(min(length, len(data) - start)) + data[start + length :]


def _header(data: bytes, random: Random) -> bytes:
    """Bytes of the beginning have any value."""
    damaged = bytearray(data)
    for _ in range(random.choice((1, 4, 16, 64))):
        damaged[random.randrange(min(_HEAD, len(damaged)))] = random.randrange(256)
    return bytes(damaged)


def _large(data: bytes, random: Random) -> bytes:
    """Four bytes somewhere in the beginning or the end, where headers stand, become a large number or none."""
    where = random.randrange(min(_HEAD, len(data) - 4))
    if random.random() < 0.5:  # an index at the end
        where = len(data) - 4 - where
    number = random.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x00010000))
    return data[:where] + number.to_bytes(4, "big") + data[where + 4 :]


def _twice(data: bytes, random: Random) -> bytes:
    """A piece stands twice."""
    start = random.randrange(len(data))
    end = start + random.randrange(1, 1 + len(data) // 4)
    return data[:end] + data[start:]


_WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (_bits, _cut, _hole, _zeros, _header, _large, _twice)
