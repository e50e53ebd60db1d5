"""Running one command in the jail: progress out, the tail of stderr kept, cancelled at once, never stuck for ever."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cloudtranscode.errors import CloudTranscodeError, EncodeFailed, JobCancelled
from cloudtranscode.media.tools.command import Command
from cloudtranscode.media.tools.door import Door
from cloudtranscode.media.tools.jail import Jail, Jailed, Needs
from cloudtranscode.media.tools.pipes import chunks, lines
from cloudtranscode.media.tools.programs import Tool, Tools
from cloudtranscode.media.tools.progress import Progress, ProgressReader

_TAIL_LINES = 40
_TAIL_COLUMNS = 300
_OUTPUT_LIMIT = 64 << 20
_POLL_S = 0.1
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended by itself: the exit code, what it wrote, and the last progress report.

    ``output`` is stdout of a tool other than ffmpeg. ``tail`` is the end of stderr without addresses and control
    characters. ``warning`` says why the tool was not isolated. ``took_s`` is by the clock on the wall.
    """

    command: Command
    exit_code: int
    output: str
    tail: tuple[str, ...]
    progress: Progress | None
    warning: str | None
    took_s: float = 0.0

    def ok(self) -> Completed:
        """Return this, or raise :class:`EncodeFailed` with the tool's last words when it failed."""
        if self.exit_code:
            raise EncodeFailed(f"{self.command.tool} ended with exit code {self.exit_code} ({self.last_words()}).")
        return self

    def last_words(self) -> str:
        """The last lines of stderr in one short line."""
        return " | ".join(self.tail[-3:]) or "it said nothing"


@dataclass(frozen=True, slots=True)
class Watch:
    """Who watches a command: setting ``stop`` kills it within a second.

    ``on_progress`` is called in the thread that runs the command; what it raises ends the command. ``on_end`` is told
    each command that ended by itself.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    on_progress: Callable[[Progress], None] = lambda _: None
    on_end: Callable[[Completed], None] = lambda _: None

    def quiet(self) -> Watch:
        """The same, but nobody asks how far it is: for commands that are quick, or are not the work itself."""
        return Watch(self.stop, on_end=self.on_end)


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs commands in one private folder; ``stall_s`` is how long a command may show no sign of life."""

    tools: Tools
    jail: Jail
    scratch: Path
    stall_s: float = 300.0

    def run(self, command: Command, watch: Watch, door: Door | None = None) -> Completed:
        """Run ``command`` to its end, whatever its exit code.

        Errors: :class:`JobCancelled`, :class:`EncodeFailed` when it stalls, ``IsolationUnavailable``,
        ``ToolMissing``, and what the door raises.
        """
        began = time.monotonic()
        jailed = self._start(command, door=door is not None)
        ears = _Ears(command)
        try:
            with _serving(door, jailed), ears.listening(jailed):
                self._wait(jailed, ears, watch)
        finally:
            jailed.close()
        if ears.progress and not jailed.process.returncode:
            watch.on_progress(ears.progress)  # the last one: it arrived while the process ended
        done = Completed(
            command=command,
            exit_code=jailed.process.returncode,
            output=ears.output,
            tail=tuple(ears.tail),
            progress=ears.progress,
            warning=jailed.warning,
            took_s=round(time.monotonic() - began, 3),
        )
        watch.on_end(done)
        return done

    def _start(self, command: Command, *, door: bool) -> Jailed:
        readable = (*self.tools.readable(command.tool), *command.readable)
        argv = self.tools.argv(command.tool, command.args)
        return self.jail.start(argv, self.scratch, Needs(door, readable, command.limits))

    def _wait(self, jailed: Jailed, ears: _Ears, watch: Watch) -> None:
        told: Progress | None = None
        while True:
            if watch.stop.is_set():
                raise JobCancelled("The job was cancelled.")
            if jailed.ended(_POLL_S):
                return
            if ears.flooded:
                jailed.kill()
                return
            ears.look(jailed)
            if time.monotonic() - ears.heard_at > self.stall_s:
                raise EncodeFailed(f"{ears.command.tool} made no progress for {self.stall_s:.0f} s and was stopped.")
            if ears.progress is not None and ears.progress is not told:
                told = ears.progress
                watch.on_progress(told)


class _Ears:
    """Reads both pipes of a process in threads; ``heard_at`` is when it last got anywhere."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self.output = ""
        self.progress: Progress | None = None
        self.flooded = False
        self.heard_at = time.monotonic()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._heard = 0
        self._most_moved = 0

    def look(self, jailed: Jailed) -> None:
        """Take bytes that the tool moves for a sign of life, other than those it says: who repeats itself is stuck.

        The packager reports nothing, and neither does ffmpeg while it puts the index in front.
        """
        moved = jailed.moved() - self._heard
        if moved > self._most_moved:
            self._most_moved = moved
            self.heard_at = time.monotonic()

    @contextmanager
    def listening(self, jailed: Jailed) -> Iterator[None]:
        """Read for the time of the block; on leaving, kill, and read what is left in the pipes."""
        process = jailed.process
        assert process.stdout, process.stderr  # noqa: S101  # narrows the types: the jail always pipes both
        threads = [
            threading.Thread(target=self._hear_stdout, args=(process.stdout,), daemon=True),
            threading.Thread(target=self._hear_stderr, args=(process.stderr,), daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            jailed.kill()
            self._over.set()
            for thread in threads:
                thread.join()

    def _hear_stdout(self, pipe: IO[bytes]) -> None:
        if self.command.tool is not Tool.FFMPEG:
            self._hear_output(pipe)
            return
        reader = ProgressReader(self.command.duration_s)
        for line in lines(self._hear(pipe)):
            report = reader.feed(line.decode(errors="replace"))
            if report is not None:
                self._hear_progress(report)

    def _hear_output(self, pipe: IO[bytes]) -> None:
        output = bytearray()
        for data in self._hear(pipe):
            output += data
            if len(output) > _OUTPUT_LIMIT:
                self.flooded = True
                self.tail.append(f"[error] stopped after {_OUTPUT_LIMIT >> 20} MiB of words")
                break
        self.output = output.decode(errors="replace")

    def _hear(self, pipe: IO[bytes]) -> Iterator[bytes]:
        for data in chunks(pipe, self._over):
            with self._lock:
                self._heard += len(data)
            yield data

    def _hear_progress(self, report: Progress) -> None:
        before, self.progress = self.progress, report
        if before is None or (report.frame, report.out_time_s) != (before.frame, before.out_time_s):
            self.heard_at = time.monotonic()

    def _hear_stderr(self, pipe: IO[bytes]) -> None:
        for line in lines(self._hear(pipe)):
            if text := _clean(line):
                self.tail.append(text)


@contextmanager
def _serving(door: Door | None, jailed: Jailed) -> Iterator[None]:
    """Serve the source for the time of the block; an error of the door explains one of the tool, not a cancellation."""
    if door is None or jailed.door is None:
        yield
        return
    thread = threading.Thread(target=door.serve, args=(jailed.door,), daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        with contextlib.suppress(CloudTranscodeError):
            door.close()
        raise
    else:
        door.close()
    finally:
        thread.join()


def _clean(line: bytes) -> str:
    text = line[: 10 * _TAIL_COLUMNS].decode(errors="replace")
    return _UNPRINTABLE.sub("", _ADDRESS.sub("", text))[:_TAIL_COLUMNS].strip()
