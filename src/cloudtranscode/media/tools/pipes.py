"""Reading a tool's pipes, whatever it writes: lines without an end, and pipes that somebody else still holds."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterable, Iterator
from typing import IO

_LINE_BYTES = 4096
_CHUNK_BYTES = 64 << 10
_LEFT_BYTES = 1 << 20
"""More than a pipe holds. pipe(7)."""
_POLL_MS = 100


def chunks(pipe: IO[bytes], over: threading.Event) -> Iterator[bytes]:
    """What comes through ``pipe`` until its end, or, once the tool is ``over``, until it is empty.

    A process that left the tool's group may hold the pipe for ever: then there is no end to wait for.
    """
    poll, left = select.poll(), _LEFT_BYTES
    poll.register(pipe, select.POLLIN)
    while left > 0:
        ended = over.is_set()
        data = os.read(pipe.fileno(), _CHUNK_BYTES) if poll.poll(_POLL_MS) else None
        if data:
            left -= len(data) if ended else 0
            yield data
        elif ended or data is not None:
            return


def lines(data: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of ``data`` without their ends; a line that is too long for any use comes in pieces."""
    rest = b""
    for chunk in data:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > _LINE_BYTES:
            yield rest
            rest = b""
    if rest:
        yield rest
