"""The demo's child processes: commands whose output is shown and kept, and a server that ends with the demo."""

from __future__ import annotations

import errno
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cloudtranscode.errors import CloudTranscodeError

Stream = int | IO[bytes]

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_CHUNK = 1 << 16
_GRACE_S = 5.0
_LAST_WORDS = 500
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r(?=\n)")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: its exit code, and what it printed to stdout and stderr, without colours."""

    exit_code: int
    text: str


def show(argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Ended:
    """Run a command to its end; its output goes to our stdout as it comes, as to a terminal where ours is one."""
    reader, writer = _terminal() if sys.stdout.isatty() else os.pipe()
    with (
        os.fdopen(reader, "rb", buffering=0),
        os.fdopen(writer, "wb", buffering=0) as theirs,
        _running(argv, folder, environment, stdout=theirs, stderr=theirs) as process,
    ):
        theirs.close()
        said = _tee(reader)
        process.wait()
    return Ended(process.returncode, _CONTROLS.sub("", said.decode(errors="replace")))


def _tee(reader: int) -> bytes:
    """Copy to our stdout until the end, and return it all."""
    sys.stdout.flush()
    said = bytearray()
    while chunk := _read(reader):
        said += chunk
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    return bytes(said)


def capture(argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Run a command unseen and return its stdout. Errors: the base of the tree, with its last words, when it fails."""
    with _running(argv, folder, environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        output, said = process.communicate()
    if process.returncode:
        words = (said.strip() or output.strip())[-_LAST_WORDS:].decode(errors="replace")
        raise CloudTranscodeError(f"A command of the demo ended with exit code {process.returncode}: {words}")
    return output.decode()


@contextmanager
def serving(argv: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Run a server for the time of the block; yields the first line it prints, which says that it is ready."""
    log = folder / "server.log"
    with (
        log.open("wb") as errors,
        _running(argv, folder, environment, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        assert process.stdout  # noqa: S101  # narrows the type: it is piped
        line = process.stdout.readline().decode()
        if not line:
            words = log.read_text(errors="replace").strip()
            raise CloudTranscodeError(f"The embedded S3 did not start: {words[-_LAST_WORDS:] or 'it said nothing'}")
        yield line


@contextmanager
def _running(
    argv: Sequence[str], folder: Path, environment: Mapping[str, str], *, stdout: Stream, stderr: Stream
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a child for the time of the block, at whose end it is over, however the block ends.

    The child has a session of its own, so that Ctrl-C reaches only the demo, which ends its children in order.
    """
    process: subprocess.Popen[bytes] | None = None
    try:
        with _signals_held_back():
            process = subprocess.Popen(  # noqa: S603  # fixed programs
                argv,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        yield process
    finally:
        if process:
            with _signals_held_back():
                _end(process)


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """Let a signal interrupt only after the block, so that no child is started or ended by half."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda got, _frame: came.append(got)) for number in INTERRUPTIONS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def _terminal() -> tuple[int, int]:
    """Open a terminal of the size of ours."""
    reader, writer = pty.openpty()
    size = os.get_terminal_size(sys.stdout.fileno())
    termios.tcsetwinsize(writer, (size.lines, size.columns))
    return reader, writer


def _read(reader: int) -> bytes:
    """Read what is there; the end of a terminal is an error on Linux."""
    try:
        return os.read(reader, _CHUNK)
    except OSError as error:
        if error.errno == errno.EIO:
            return b""
        raise
