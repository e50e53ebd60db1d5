"""Stdout and stderr that outlive their reader: the exit code stays that of the work, not of who looks at it."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cloudtranscode.errors import OutputLost

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Outlet(io.FileIO):
    """Drops what nobody can take any more."""

    _lost = False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write like a file. Errors: :class:`OutputLost` once, unless the reader of a pipe has simply seen enough."""
        try:
            return len(memoryview(data)) if self._lost else super().write(data)
        except BrokenPipeError:
            self._lost = True
            return self.write(data)
        except OSError as error:
            self._lost = True
            raise OutputLost(f"The output cannot be written: {error.strerror}.") from error


def patient(stream: TextIO | None) -> TextIO:
    """Return a stream of the same file, encoding and buffering, to use instead of ``stream``; ``None`` is closed."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Outlet(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.isatty() or stream is sys.stderr,
    )
