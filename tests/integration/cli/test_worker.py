from __future__ import annotations

import signal
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode

Program = Any


@pytest.mark.parametrize(
    ("command", "greeting", "number"), [("up", "is up", signal.SIGINT), ("worker", "serving", signal.SIGTERM)]
)
def test_a_worker_serves_until_it_is_told_to_stop(
    ct: Program, command: str, greeting: str, number: signal.Signals
) -> None:
    running = ct.start(command)
    running.wait_for(greeting)
    running.wait_for("cloudtranscode.sqlite")
    ran = running.end(number, within_s=4)
    assert ran.code == ExitCode.DONE
    assert "Traceback" not in ran.err
    assert "goes on" in ran.err


def test_the_doctor_sees_who_works(ct: Program) -> None:
    running = ct.start("up")
    running.wait_for("is up")
    workers = [one for one in ct("doctor", "--json").data if one["name"] == "workers"]
    assert workers[0]["level"] == "ok"
    running.end(signal.SIGTERM, within_s=4)
    workers = [one for one in ct("doctor", "--json").data if one["name"] == "workers"]
    assert workers[0]["level"] == "warning"


def test_a_worker_that_others_have_given_up_ends_to_be_started_again(ct: Program) -> None:
    quick = ct.as_({"CT_HEARTBEAT_S": "0.2", "CT_LOST_AFTER_S": "1"})
    sleeper = quick.start("worker")
    sleeper.wait_for("serving")
    sleeper.process.send_signal(signal.SIGSTOP)
    quick.start("worker").wait_for("is gone")
    ran = sleeper.end(signal.SIGCONT, within_s=5)
    assert ran.code == ExitCode.GIVEN_UP
    assert "others have its jobs" in ran.err
