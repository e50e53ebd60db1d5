"""How far a job is, on stderr: a bar on a terminal, else a plain line at every tenth."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from cloudtranscode.cli.render import duration, err

_TENTH = 10.0


class ProgressView(Protocol):
    """Shows ``{phase, percent, frame, fps, speed, eta_s}`` between ``with`` and the end of its block."""

    def show(self, progress: Mapping[str, Any]) -> None:
        """Show the newest progress."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None: ...


def progress_view() -> ProgressView:
    """Return the view that fits stderr."""
    console = err()
    return _Bar(console) if console.is_terminal else _Lines(console)


class _Bar:
    """A bar that begins anew with every phase."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<9}"),
            BarColumn(),
            TextColumn("{task.fields[facts]}"),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._progress.stop()

    def show(self, progress: Mapping[str, Any]) -> None:
        """Move the bar; it swings to and fro while nobody knows how much there is."""
        if self._task is None:
            self._task = self._progress.add_task("", facts="")
        percent = progress.get("percent")
        self._progress.update(
            self._task,
            description=str(progress.get("phase", "")),
            total=None if percent is None else 100.0,
            completed=percent or 0.0,
            facts=facts(progress),
        )


class _Lines:
    """A line for every phase and every tenth of it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: tuple[object, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def show(self, progress: Mapping[str, Any]) -> None:
        """Print a line when the phase or the tenth is a new one."""
        step = (progress.get("phase"), int((progress.get("percent") or 0.0) // _TENTH))
        if step != self._last:
            self._last = step
            self._console.print(f"{progress.get('phase', '')} {facts(progress)}".strip())


def facts(progress: Mapping[str, Any]) -> str:
    """What is known, in one line: ``42 %  96 fps  4.0x  ETA 0:12``."""
    words = []
    if (percent := progress.get("percent")) is not None:
        words.append(f"{percent:3.0f} %")
    if fps := progress.get("fps"):  # nought until the first frames are out
        words.append(f"{fps:.0f} fps")
    if speed := progress.get("speed"):
        words.append(f"{speed:.1f}x")
    if (eta := progress.get("eta_s")) is not None:
        words.append(f"ETA {duration(eta)}")
    return "  ".join(words)
