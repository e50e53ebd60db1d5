"""How many bits a second a stream needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Segments = tuple[tuple[str, float], ...]
"""The (path in the ladder, seconds) of each segment."""


def peak_rate(segments: Segments, sizes: Mapping[str, int], most: float = 1.5) -> float:
    """The peak segment bit rate in bits a second: of rows of segments that last from 0.5 to 1.5 times the longest.

    RFC 8216, 4.3.4.2. With ``most`` 1, of single segments, but for those that are too short to count.
    """
    target = max((seconds for _, seconds in segments), default=0.0)
    rates = [
        8 * sum(sizes.get(uri, 0) for uri, _ in row) / length
        for row, length in _rows(segments, most * target)
        if length >= 0.5 * target and length > 0
    ]
    return max(rates, default=0.0)


def _rows(segments: Segments, most_s: float) -> Iterator[tuple[Sequence[tuple[str, float]], float]]:
    for first in range(len(segments)):
        length = 0.0
        for last in range(first, len(segments)):
            length += segments[last][1]
            if length > most_s:
                break
            yield segments[first : last + 1], length
