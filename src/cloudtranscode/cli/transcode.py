"""``ct transcode``: one source to one destination, without a server, a client or a job."""

from __future__ import annotations

import signal
import time
from typing import Annotated, Any

import typer

from cloudtranscode.cli.exit_codes import exit_code
from cloudtranscode.cli.interrupt import stopping
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.progress import progress_view
from cloudtranscode.cli.render import JsonFlag, media_seconds, note, pace, print_error, print_json, print_outputs
from cloudtranscode.errors import ErrorReport, JobCancelled
from cloudtranscode.location import parse


def transcode(
    source: Annotated[str, typer.Argument(metavar="SRC", help="A path, s3://bucket/key or https://….")],
    destination: Annotated[
        str, typer.Argument(metavar="DST", help="….mp4, ….mp3, a picture as ….jpg, or a folder/ for HLS.")
    ],
    *,
    preset: Annotated[
        list[str] | None, typer.Option(help="A preset; repeated for an HLS ladder. `ct preset list` shows them.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Transcode one source. Ctrl-C leaves nothing behind."""
    from cloudtranscode.media.images.formats import SUFFIXES  # noqa: PLC0415  # load with the stack
    from cloudtranscode.workflow.control import DirectControl  # noqa: PLC0415
    from cloudtranscode.workflow.wanted import of_destination, usual_presets  # noqa: PLC0415

    if preset and destination.lower().endswith(tuple(SUFFIXES)):
        raise typer.BadParameter("--preset is for video: a picture is as large as its source, a poster has 1080 lines.")
    wanted = of_destination(parse(destination), destination, preset or usual_presets(destination))
    direct = open_stack().direct()
    started = time.monotonic()
    with stopping(signal.SIGINT, signal.SIGTERM) as stop, progress_view() as view:
        control = DirectControl(view.show)
        control.stop = stop
        result = direct.transcode(parse(source), wanted, control)
    error = ErrorReport.from_dict(result["error"]) if result["error"] else None
    if as_json:
        print_json(result)
    else:
        _print_end(result, error, time.monotonic() - started)
    raise typer.Exit(exit_code(error))


def _print_end(result: dict[str, Any], error: ErrorReport | None, took_s: float) -> None:
    if error is None:
        note(f"done after {pace(took_s, media_seconds(result['receipt']))}")
        print_outputs(result["receipt"])
    elif error.code == JobCancelled.code:
        note("Stopped: nothing was published, nothing is left behind.")
    else:
        print_error(error)
