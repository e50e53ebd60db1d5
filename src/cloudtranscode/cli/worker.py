"""``ct up`` and ``ct worker``: processes that run jobs."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.parts import open_stack
from cloudtranscode.cli.render import note
from cloudtranscode.errors import CloudTranscodeError

if TYPE_CHECKING:
    from cloudtranscode.bootstrap.stack import Stack

log = logging.getLogger(__name__)

_GRACE_S = 2.0
_STORY = "cloudtranscode.workflow.story"  # says of each job when it starts and how it ends
_CHATTY = ("boto3", "botocore", "urllib3")


def up() -> None:
    """Run the stack on this machine until Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", force=True)
    logging.getLogger(_STORY).setLevel(logging.INFO)
    stack = open_stack()
    _serve(stack, lambda: _greet(stack))
    note("Stopped. A job that was running goes on at the next start.")
    _leave(ExitCode.DONE)


def worker() -> None:
    """Run one worker of a fleet; logs to stderr, ends on SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    stack = open_stack()
    _serve(stack, lambda: _announce(stack))
    log.info("stopped; a job that was running goes on at another worker")
    _leave(ExitCode.DONE)


def _serve(stack: Stack, announce: Callable[[], None]) -> None:
    """Take jobs until a signal comes."""
    stop = threading.Event()
    _on_signals(stop)
    with stack.working(jobs_at_once=stack.settings.worker_jobs, given_up=_given_up):
        announce()
        stop.wait()


def _on_signals(stop: threading.Event) -> None:
    """Set ``stop`` at the first SIGINT or SIGTERM, and leave anyway if that takes too long or a second one comes.

    Running tools die with this process; its jobs go on elsewhere from their last durable step.
    """

    def on_signal(_number: int, _frame: Any) -> None:
        if stop.is_set():
            _leave(ExitCode.INTERRUPTED)
        stop.set()
        limit = threading.Timer(_GRACE_S, _leave, (ExitCode.DONE,))
        limit.daemon = True
        limit.start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)


def _given_up() -> None:
    """The fleet has given this worker up: whoever supervises it starts it again under a new name."""
    log.error("this worker was silent for so long that others have its jobs; it ends to be started again")
    _leave(ExitCode.GIVEN_UP)


def _leave(code: ExitCode) -> None:
    """End without waiting for threads that are in the middle of a step."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _announce(stack: Stack) -> None:
    log.info("serving %s as %s", _database(stack), _identity(stack))


def _greet(stack: Stack) -> None:
    from cloudtranscode.media.tools.jail import isolation_problem  # noqa: PLC0415  # loads with the stack

    note(f"Cloud Transcode is up, {stack.settings.worker_jobs} job(s) at a time. Ctrl-C stops it.")
    note(f"  database  {_database(stack)}")
    note(f"  home      {stack.settings.home_folder}")
    note(f"  identity  {_identity(stack)}")
    note("  submit    ct submit JOB.yaml --wait")
    if problem := isolation_problem():
        accepted = stack.settings.isolation == "prefer"
        note(f"Warning: {problem} {'Tools run unguarded.' if accepted else 'Jobs will fail; see `ct doctor`.'}")


def _database(stack: Stack) -> str:
    return stack.database.url.render_as_string(hide_password=True)


def _identity(stack: Stack) -> str:
    try:
        return stack.identity.arn
    except CloudTranscodeError as error:
        return f"unknown ({error.code}): {error.message}"
