"""Ctrl-C as a wish to end cleanly instead of an exception in the middle of something."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.render import note


@contextmanager
def stopping(*signals: signal.Signals) -> Iterator[threading.Event]:
    """Give an event that the first of ``signals`` in the block sets; the second one leaves the process at once."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: Any) -> None:
        if stop.is_set():
            os._exit(ExitCode.INTERRUPTED)
        stop.set()
        note("Stopping; once more leaves at once.")

    before = {number: signal.signal(number, on_signal) for number in signals}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
