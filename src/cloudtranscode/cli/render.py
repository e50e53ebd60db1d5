"""What people see: tables, fields and errors. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import json
import re
import sys
import textwrap
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from cloudtranscode.errors import ErrorReport, Side, UsageError
from cloudtranscode.location import parse

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]

_PIPE_COLUMNS = 4096  # nothing is cut or folded where a program reads along
_NARROW = 20  # a field's value is not made narrower than that
_GAP = 2
_ERROR = "Error:"
_OUTPUT_ID = re.compile(r"\bout\d+\b")
_WHO = {Side.CLIENT: "the client", Side.SOURCE: "the owner of the source", Side.STACK: "the stack's admin"}
_STYLES = {
    "pass": "green",
    "ok": "green",
    "done": "green",
    "fail": "red",
    "problem": "red",
    "failed": "red",
    "breaks": "red",
}


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
    """Print what happened, who must act (known unless the command line is wrong), what to do, and the code."""
    console = err()
    title = Text(_wrapped(f"{_ERROR} {report.message}", console.width))
    title.stylize("bold red", 0, len(_ERROR))
    console.print(title, soft_wrap=True)
    who = [] if report.code == UsageError.code else [("who acts", _WHO[report.side])]
    _print_fields(console, [*who, ("what to do", report.remedy), ("code", report.code)])


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Print names and values in two columns."""
    _print_fields(out(), fields)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings; a cell that holds a known status gets its colour.

    A row is one line however narrow the terminal is: an id or a URI that is cut in two cannot be copied.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    console = out()
    console.print(_line([Text(name, "bold") for name in columns], widths), soft_wrap=True)
    for row in cells:
        console.print(_line([status(cell) for cell in row], widths), soft_wrap=True)


def status(word: str) -> Text:
    """Colour a status word; any other text stays as it is."""
    return Text(word, _STYLES.get(word, ""))


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


def media_seconds(receipt: Mapping[str, Any]) -> float | None:
    """How long a job's clips are together, in seconds; ``None`` when nobody knows."""
    lengths = [one.get("duration_s") for one in receipt["media"].values()]
    return sum(lengths) if all(lengths) else None


def print_outputs(receipt: Mapping[str, Any]) -> None:
    """Print the outputs of a finished job: where, how large, how long; then what differs from what was asked for."""
    places = {f"out{number}": place(one["to"]) for number, one in enumerate(receipt["outputs"])}  # as the plan has them
    pictures = _pictures(receipt["plan"])
    rows = [
        (
            one["type"],
            where,
            pictures.get(name, "-"),
            size(one["bytes"]),
            duration(one["duration_s"]),
            f"{len(one['checks'])} passed",
        )
        for (name, where), one in zip(places.items(), receipt["outputs"], strict=True)
    ]
    print_table(("TYPE", "TO", "PICTURE", "SIZE", "DURATION", "CHECKS"), rows)
    for text in receipt["plan"]["notes"]:
        named = _OUTPUT_ID.sub(lambda found: places.get(found[0], found[0]), text)
        out().print(f"Note: {named}", soft_wrap=True)


def place(uri: str) -> str:
    """A location as people write it: a URI, or the plain path of a local file."""
    return str(parse(uri))


def _pictures(plan: Mapping[str, Any]) -> dict[str, str]:
    """The sizes of each output's pictures by the output's id in the plan."""
    sizes = {one["id"]: "x".join(map(str, one["geometry"]["frame"])) for one in plan.get("video", [])}
    named = {one["output_id"]: one["video"] for one in plan.get("packages", [])}
    videos = {
        output_id: " ".join(sizes[name] for name in ([video] if isinstance(video, str) else video))
        for output_id, video in named.items()
        if video
    }
    pictures = [one for kind in ("stills", "series", "sprites", "previews") for one in plan.get(kind, [])]
    stills = {one["output_id"]: "x".join(map(str, one["geometry"]["frame"])) for one in pictures}
    return videos | stills | _images(plan)


def _images(plan: Mapping[str, Any]) -> dict[str, str]:
    """The size of each output that was made of a picture; of several pages, that of the first."""
    pictures = [one.get("picture", one) for one in plan.get("pictures", [])]
    return {one["output_id"]: f"{one['width']}x{one['height']}" for one in reversed(pictures)}


def _line(cells: Sequence[Text], widths: Sequence[int]) -> Text:
    line = Text()
    for cell, width in zip(cells, widths, strict=True):
        line.append_text(cell).append(" " * (width - cell.cell_len + _GAP))
    line.rstrip()
    return line


def _print_fields(console: Console, fields: Iterable[tuple[str, object]]) -> None:
    shown = [(name, str(value)) for name, value in fields]
    wide = max((len(name) for name, _ in shown), default=0)
    indent = 2 + wide + _GAP
    for name, value in shown:
        text = status(_wrapped(value, console.width - indent, indent))
        console.print(Text.assemble((f"  {name:<{wide}}  ", "dim"), text), soft_wrap=True)


def _wrapped(text: str, width: int, indent: int = 0) -> str:
    """Break a text between its words; a word that is too long, such as a URI, stays whole."""
    lines = (
        textwrap.wrap(line, max(width, _NARROW), break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
    return f"\n{' ' * indent}".join(part for line in lines for part in line or [""])
