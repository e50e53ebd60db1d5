"""What each field of a preset may be, by itself."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from cloudtranscode.media.rendition import (
    AudioCodec,
    AudioSettings,
    Color,
    Deinterlace,
    Fit,
    Loudness,
    RateMode,
    Size,
    VideoCodec,
    VideoSettings,
)

KINDS: dict[str, type] = {"size": Size, "video": VideoSettings, "audio": AudioSettings, "audio.loudness": Loudness}


@dataclass(frozen=True, slots=True)
class _Range:
    low: float
    high: float
    whole: bool = True

    def problem(self, value: object) -> str | None:
        fits = isinstance(value, int if self.whole else int | float) and not isinstance(value, bool)
        if fits and self.low <= value <= self.high:  # type: ignore[operator]  # mypy cannot narrow by a computed type
            return None
        return f"must be a {'whole ' if self.whole else ''}number from {self.low:g} to {self.high:g}"


_CHOICES: dict[str, type] = {
    "size.fit": Fit,
    "video.codec": VideoCodec,
    "video.rate": RateMode,
    "video.color": Color,
    "video.deinterlace": Deinterlace,
    "audio.codec": AudioCodec,
}
_RANGES: dict[str, _Range] = {
    "size.lines": _Range(16, 4320),
    "size.width": _Range(16, 8192),
    "size.height": _Range(16, 8192),
    "video.refs": _Range(1, 16),
    "video.b_frames": _Range(0, 16),
    "video.crf": _Range(0, 63, whole=False),
    "video.rate_kbps": _Range(16, 200_000),
    "video.max_rate_kbps": _Range(16, 400_000),
    "video.buffer_kbit": _Range(16, 800_000),
    "video.passes": _Range(1, 2),
    "video.gop_s": _Range(0.5, 10, whole=False),
    "audio.rate_kbps": _Range(1, 2048),
    "audio.sample_rate": _Range(0, 192_000),
    "audio.channels": _Range(1, 8),
    "audio.bits": _Range(16, 24),
    "audio.loudness.integrated": _Range(-50, -5, whole=False),
    "audio.loudness.true_peak": _Range(-9, 0, whole=False),
}
_FLAGS = ("size.enlarge",)
_FRAME_RATE = "video.frame_rate"
_FASTEST = 240
_NUMERIC_WORDS = ("video.encoder_preset", "video.level", "video.profile")
"""Words that often look like numbers: ``level = 4.1`` is as good as ``"4.1"``."""

_FILM_RATES = {"23.976": "24000/1001", "29.97": "30000/1001", "47.952": "48000/1001", "59.94": "60000/1001"}
"""What people write for the rates of NTSC television."""


def problem(path: str, value: object) -> str | None:
    """Say why a value cannot be that of a field, such as ``must be a whole number from 16 to 4320``."""
    table, _, name = path.rpartition(".")
    if name not in (known := [field.name for field in fields(KINDS[table])]):
        return f"is not a field; there are {', '.join(known)}"
    found = _problem(path, value)
    return f"is {value!r}, {found}" if found else None


def _problem(path: str, value: object) -> str | None:
    if path in _CHOICES:
        words = [str(word) for word in _CHOICES[path]]  # type: ignore[attr-defined]  # enumerations
        return None if value in words else f"must be one of {', '.join(words)}"
    if path in _RANGES:
        return _RANGES[path].problem(value)
    if path in _FLAGS:
        return None if isinstance(value, bool) else "must be true or false"
    if path == _FRAME_RATE:
        return None if _frame_rate(value) else f'must be a number up to {_FASTEST}, or such as "30000/1001"'
    if path in KINDS:
        return None if isinstance(value, dict) else "must be a table"
    return None if isinstance(value, str) else "must be a text"


def converted(path: str, value: object) -> Any:
    """Return a value as the settings have it: words for numbers that are names, fractions for frame rates."""
    if path == _FRAME_RATE:
        return _frame_rate(value) or value
    if path in _NUMERIC_WORDS and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _frame_rate(value: object) -> Fraction | None:
    if isinstance(value, Fraction):
        return value
    try:
        rate = Fraction(_FILM_RATES.get(str(value), str(value)))
    except (ValueError, ZeroDivisionError):
        return None
    return rate if 1 <= rate <= _FASTEST else None
