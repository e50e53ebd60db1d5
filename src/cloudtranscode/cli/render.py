"""What people see: tables, fields and errors. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cloudtranscode.errors import ErrorReport, Side

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]

_PIPE_COLUMNS = 4096  # nothing is cut or folded where a program reads along
_WHO = {Side.CLIENT: "the client", Side.SOURCE: "the owner of the source", Side.STACK: "the stack's admin"}
_STYLES = {"pass": "green", "ok": "green", "done": "green", "fail": "red", "problem": "red", "failed": "red"}


def out() -> Console:
    """The console for results."""
    return _console(stderr=False)


def err() -> Console:
    """The console for errors, progress and hints."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    return Console(
        stderr=stderr, width=None if stream.isatty() else _PIPE_COLUMNS, highlight=False, markup=False, emoji=False
    )


def print_json(data: Any) -> None:
    """Print one JSON value: on one line, or indented for a reader at a terminal."""
    print(json.dumps(data, indent=2 if sys.stdout.isatty() else None, ensure_ascii=False))  # noqa: T201  # the result


def note(text: str) -> None:
    """Say something beside the result."""
    err().print(text)


def print_error(report: ErrorReport) -> None:
    """Print what happened, who must act, what to do, and the code."""
    console = err()
    console.print(Text.assemble(("Error: ", "bold red"), report.message))
    console.print(_grid([("who acts", _WHO[report.side]), ("what to do", report.remedy), ("code", report.code)]))


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Print names and values in two columns."""
    out().print(_grid(fields))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings; a cell that holds a known status gets its colour."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*[status(str(cell)) for cell in row])
    out().print(table)


def status(word: str) -> Text:
    """Colour a status word; any other text stays as it is."""
    return Text(word, _STYLES.get(word, "yellow" if word in {"unknown", "warning", "cancelled"} else ""))


def size(count: float) -> str:
    """Bytes as people write them: ``12.3 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:  # noqa: PLR2004  # the step from one unit to the next
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float | None) -> str:
    """Seconds as ``0:05`` or ``1:02:03``."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(seconds: float | None) -> str:
    """Seconds since the epoch as local date and time."""
    return "-" if seconds is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def pace(took_s: float, source_s: float | None) -> str:
    """How long the work took, and how fast that was: ``12.3 s, 4.6x real time``."""
    speed = f", {source_s / took_s:.1f}x real time" if source_s and took_s > 0 else ""
    return f"{took_s:.1f} s{speed}"


def print_outputs(outputs: Sequence[Mapping[str, Any]]) -> None:
    """Print the outputs of a finished job: where they are, how big and how long."""
    rows = [
        (one["type"], one["to"], size(one["bytes"]), duration(one["duration_s"]), f"{len(one['checks'])} passed")
        for one in outputs
    ]
    print_table(("TYPE", "TO", "SIZE", "DURATION", "CHECKS"), rows)


def _grid(fields: Iterable[tuple[str, object]]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in fields:
        grid.add_row(f"  {name}", status(str(value)))
    return grid
