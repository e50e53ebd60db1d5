"""The devstack's memory of what was asked of it: a bounded log that tests and the demo read."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Record:
    """One request: ``principal`` is an ARN or ``anonymous``; ``decision`` is ``allowed`` or the refusal's code."""

    number: int
    time: str
    method: str
    target: str
    principal: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    decision: str
    status: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


class Audit:
    """The last 10,000 requests, oldest first; numbers go on counting when old records are dropped."""

    def __init__(self) -> None:
        self._records: deque[Record] = deque(maxlen=_LIMIT)
        self._lock = Lock()
        self._count = 0

    def add(self, **fields: Any) -> None:
        """Append a :class:`Record`; the log gives it its number."""
        with self._lock:
            self._count += 1
            self._records.append(Record(number=self._count, **fields))

    def records(self) -> Sequence[Record]:
        """Every record that is kept."""
        with self._lock:
            return tuple(self._records)
