"""Which of several moments makes the best picture: neither dark nor blank nor blurred, and not in the middle of a fade.

ffmpeg measures each picture (`signalstats`, `blurdetect`, `entropy`) and another one just after it; the choice is ours.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_LEVELS = 256
_NOTHING_SHARP = 1000.0
_ENTRY = re.compile(r"^lavfi\.([\w.]+)=(\S+)$")

_BLANK = 0.06
"""Less between the darkest and the brightest tenth, in parts of the whole range, is a plain colour."""
_BLACK, _DIM, _BRIGHT, _WHITE = 0.07, 0.22, 0.80, 0.95
"""Mean brightness in limited range: black is 0.0625, white 0.92."""
_FULL_CONTRAST = 0.5
_AS_SHARP = 1.5
"""Edges up to so many times as wide as the narrowest count as sharp."""
_FADE = 30.0
"""How much a change of the mean or the contrast in the pair counts: one hundredth of the range costs a quarter."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What ffmpeg measured in one picture: brightness from 0 to 1, ``blur`` the mean width of edges in pixels.

    ``low`` and ``high`` are the brightest of the darkest tenth and the darkest of the brightest.
    """

    mean: float
    low: float
    high: float
    blur: float = _NOTHING_SHARP
    entropy: float = 1.0

    @property
    def contrast(self) -> float:
        """What lies between the darkest and the brightest tenth."""
        return self.high - self.low

    @property
    def blank(self) -> bool:
        """Whether nothing can be seen, be it black, white or any plain colour."""
        return self.contrast < _BLANK


def read_seen(text: str) -> list[Seen]:
    """Read what the filter `metadata=print` wrote about pictures of 8 bits, one value for each."""
    return [_seen(values) for values in _blocks(text)]


def best_of(pairs: Sequence[tuple[Seen, Seen]]) -> int:
    """Return the number of the best picture; each comes with the one just after it. The earlier one wins a draw."""
    sharpest = min((first.blur for first, _ in pairs if not first.blank), default=_NOTHING_SHARP)
    scores = [_score(first, second, sharpest) for first, second in pairs]
    return scores.index(max(scores))


def _score(first: Seen, second: Seen, sharpest: float) -> float:
    if first.blank:
        return first.contrast * _BLANK  # still better than nothing at all
    light = _within(_BLACK, _DIM, first.mean) * (1 - _within(_BRIGHT, _WHITE, first.mean))
    contrast = min(1.0, first.contrast / _FULL_CONTRAST)
    sharpness = min(1.0, _AS_SHARP * sharpest / first.blur) ** 2
    change = abs(first.mean - second.mean) + abs(first.contrast - second.contrast)
    return (0.05 + light) * contrast * first.entropy * sharpness / (1 + _FADE * change)


def _within(low: float, high: float, value: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _blocks(text: str) -> Iterator[Mapping[str, float]]:
    values: dict[str, float] | None = None
    for line in text.splitlines():
        if line.startswith("frame:"):
            if values is not None:
                yield values
            values = {}
        elif values is not None and (found := _ENTRY.match(line)):
            values[found[1]] = _number(found[2])
    if values is not None:
        yield values


def _seen(values: Mapping[str, float]) -> Seen:
    mean, low, high = (values.get(f"signalstats.{name}", 0.0) / _LEVELS for name in ("YAVG", "YLOW", "YHIGH"))
    blur = values.get("blur", _NOTHING_SHARP)
    return Seen(mean, low, high, blur or _NOTHING_SHARP, values.get("entropy.normalized_entropy.normal.Y", 1.0))


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0
