"""How far an encode is, from the lines that ``ffmpeg -progress`` writes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_KEYS = {"fps", "frame", "out_time_us", "speed"}


@dataclass(frozen=True, slots=True)
class Progress:
    """One report: ``frame`` is the count so far, ``out_time_s`` the position, ``eta_s`` the seconds left.

    ``percent`` is 0 to 100; ``percent`` and ``eta_s`` are ``None`` when the duration or the speed is unknown.
    """

    frame: int
    fps: float
    out_time_s: float
    speed: float
    percent: float | None = None
    eta_s: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


class ProgressReader:
    """Collects ``key=value`` lines and gives a :class:`Progress` at each ``progress=`` line, which ends a report."""

    def __init__(self, duration_s: float | None) -> None:
        """``duration_s`` is how long the output will be, where that is known."""
        self._duration = duration_s
        self._fields: dict[str, str] = {}

    def feed(self, line: str) -> Progress | None:
        """Take one line; return a report when the line completes one."""
        key, _, value = line.strip().partition("=")
        if key != "progress":
            if key in _KEYS:
                self._fields[key] = value.strip()
            return None
        fields, self._fields = self._fields, {}
        return self._report(fields, ended=value == "end")

    def _report(self, fields: dict[str, str], *, ended: bool) -> Progress:
        position = max(0.0, _number(fields.get("out_time_us")) / 1e6)
        speed = _number(fields.get("speed", "").rstrip("x"))
        percent = eta = None
        if self._duration:
            percent = 100.0 if ended else min(100.0, round(100 * position / self._duration, 1))
            eta = max(0.0, round((self._duration - position) / speed, 1)) if speed else None
        return Progress(
            frame=int(_number(fields.get("frame"))),
            fps=_number(fields.get("fps")),
            out_time_s=position,
            speed=speed,
            percent=percent,
            eta_s=0.0 if ended else eta,
        )


def _number(text: str | None) -> float:
    """Read a number; ffmpeg writes ``N/A`` until it has one."""
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
