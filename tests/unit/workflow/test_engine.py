"""Handing jobs over goes on, whatever is away for a moment."""

import threading

import pytest

from cloudtranscode.workflow import engine
from cloudtranscode.workflow.engine import Engine


def test_a_fault_does_not_end_the_feeding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_POLL_S", 0.001)
    stop, turns = threading.Event(), []

    class Moody(Engine):
        def __init__(self) -> None:
            pass

        def _hand_over(self) -> None:
            turns.append("hand over")
            if len(turns) == 1:
                raise OSError
            stop.set()

        def _settle(self) -> None:
            raise AssertionError("only every so often, and after handing over")

    Moody().feed(stop)
    assert turns == ["hand over", "hand over"]
