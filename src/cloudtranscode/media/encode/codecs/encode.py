"""One encode, as each encoder's module gets it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from cloudtranscode.media.rendition import VideoSettings
from cloudtranscode.media.tools.words import ENCODED

NO_LIMIT = 9999
"""A GOP in frames that is never reached: keyframes are forced where they belong."""


@dataclass(frozen=True, slots=True)
class Encode:
    """What is encoded how; ``frame_rate`` is ``None`` where it varies.

    ``step`` is 1 or 2 for the first and the second of two passes, and 0 for the only one.
    """

    id: str
    settings: VideoSettings
    width: int
    frame_rate: Fraction | None
    step: int = 0

    @property
    def statistics(self) -> str:
        """What the first pass leaves for the second; the encoders add suffixes."""
        return f"{ENCODED}/p_{self.id}"

    @property
    def gop_frames(self) -> int:
        """The longest GOP in frames, for encoders whose rate control wants to know where the next keyframe will be."""
        return math.ceil(self.frame_rate * Fraction(str(self.settings.gop_s))) if self.frame_rate else NO_LIMIT


def given(name: str, value: object) -> tuple[str, ...]:
    """Return an option if there is a value for it."""
    return () if value is None else (name, number(value))


def number(value: object) -> str:
    """Write a number short: ``20``, not ``20.0``."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def capped(settings: VideoSettings) -> tuple[str, ...]:
    """Return the cap of the rate and the buffer in which it holds, two seconds of the cap if not told."""
    if not settings.max_rate_kbps:
        return ()
    buffer_kbit = settings.buffer_kbit or 2 * settings.max_rate_kbps
    return "-maxrate", f"{settings.max_rate_kbps}k", "-bufsize", f"{buffer_kbit}k"


def constant(settings: VideoSettings) -> tuple[str, ...]:
    """Return a rate that is its own cap; the buffer has a second of it if not told."""
    rate = f"{settings.rate_kbps}k"
    return "-b:v", rate, "-maxrate", rate, "-bufsize", f"{settings.buffer_kbit or settings.rate_kbps}k"
