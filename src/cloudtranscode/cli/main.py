"""``ct``: puts the commands together and turns every failure into one message and one exit code."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from cloudtranscode import __version__
from cloudtranscode.cli import (
    audit,
    client,
    convert,
    doctor,
    evaluate,
    explain,
    grant,
    job,
    lint,
    preflight,
    preset,
    probe,
    revoke,
    schema,
    selfcheck,
    submit,
    transcode,
    verify,
    watch,
    whoami,
    worker,
)
from cloudtranscode.cli.demo import demo
from cloudtranscode.cli.exit_codes import ExitCode, exit_code
from cloudtranscode.cli.outlet import patient
from cloudtranscode.cli.render import JsonFlag, note, print_error, print_json
from cloudtranscode.errors import CloudTranscodeError, ErrorReport, OutputLost, UsageError

app = typer.Typer(
    name="ct",
    help="Cloud Transcode: from a client's bucket to a client's bucket.",
    epilog=(
        "Exit codes: 0 done, 1 a defect or a failed check, 2 wrong usage, 3 the client must act, 4 the source is at "
        "fault, 5 the stack's admin must act, 6 cancelled, 130 interrupted."
    ),
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

for room in (audit, client, job, preset, schema):
    app.add_typer(room.app, name=room.__name__.rpartition(".")[2])
app.command()(submit.submit)
app.command()(convert.convert)
app.command()(preflight.preflight)
app.command()(transcode.transcode)
app.command()(probe.probe)
app.command()(grant.grant)
app.command()(revoke.revoke)
app.command()(verify.verify)
app.command()(explain.explain)
app.command()(watch.watch)
app.command()(lint.lint)
app.command()(selfcheck.selfcheck)
app.command()(evaluate.evaluate)
app.command()(whoami.whoami)
app.command()(demo)
app.command()(doctor.doctor)
app.command()(worker.up)
app.command()(worker.worker)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def _root(
    *,
    _debug: Annotated[bool, typer.Option("--debug", help="Print the traceback of an unexpected failure.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Transcode media from a client's bucket to a client's bucket."""
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s")


@app.command()
def version(*, as_json: JsonFlag = False) -> None:
    """Print the version."""
    if as_json:
        print_json({"version": __version__})
    else:
        typer.echo(f"ct {__version__}")


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.stdout, sys.stderr = patient(sys.stdout), patient(sys.stderr)
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except OutputLost as error:
        print_error(error.report)
        code = exit_code(error.report)
    sys.exit(code)


def run(argv: Sequence[str]) -> int:
    """Run a command line; returns the exit code, after printing what went wrong if anything did."""
    try:
        return int(
            typer.main.get_command(app).main(list(argv) or ["--help"], prog_name="ct", standalone_mode=False) or 0
        )
    except OutputLost:
        raise
    except CloudTranscodeError as error:
        return _fail(error.report, exit_code(error.report), argv)
    except TyperException as error:
        return _fail(UsageError(error.format_message()).report, ExitCode.USAGE, argv)
    except (KeyboardInterrupt, typer.Abort):
        note("Interrupted.")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001  # whatever it is, nobody but a developer wants a traceback
        if "--debug" in argv:
            traceback.print_exc()
        defect = CloudTranscodeError(
            f"ct failed with {type(error).__name__}.",
            remedy="This is a defect of the stack: report what `ct --debug …` prints.",
        )
        return _fail(defect.report, ExitCode.FAILED, argv)


def _fail(report: ErrorReport, code: ExitCode, argv: Sequence[str]) -> ExitCode:
    if "--json" in argv:
        print_json({"error": report.to_dict()})
    else:
        print_error(report)
    return code
