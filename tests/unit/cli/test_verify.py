from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudtranscode.cli import verify
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.entitlements.verify import Check, Status
from cloudtranscode.errors import Side

Ct = Callable[..., Any]

PASSED = Check("write-output", Status.PASS, "The stack may write.")
FAILED = Check("read-input", Status.FAIL, "No policy.", "Attach it.", Side.CLIENT)
UNKNOWN = Check("client-can-read-output", Status.UNKNOWN, "Nobody knows.", "Say so.", Side.CLIENT)


class _Stack:
    def __init__(self, *checks: Check) -> None:
        self._checks = checks

    def verify(self, name: str, key: str | None) -> tuple[Check, ...]:
        assert (name, key) == ("ClientA", "input/1.mp4")
        return self._checks


@pytest.mark.parametrize(
    ("checks", "code"),
    [((PASSED,), ExitCode.DONE), ((PASSED, UNKNOWN), ExitCode.FAILED), ((PASSED, FAILED), ExitCode.FAILED)],
)
def test_the_exit_code_says_whether_everything_is_proven(
    ct: Ct, monkeypatch: pytest.MonkeyPatch, checks: tuple[Check, ...], code: ExitCode
) -> None:
    monkeypatch.setattr(verify, "open_stack", lambda: _Stack(*checks))
    ran = ct("verify", "ClientA", "--key", "input/1.mp4", "--json")
    assert ran.code == code
    assert ran.data == {"ok": code == ExitCode.DONE, "checks": [check.to_dict() for check in checks]}


def test_a_failed_check_says_who_does_what(ct: Ct, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "open_stack", lambda: _Stack(FAILED, UNKNOWN))
    out = ct("verify", "ClientA", "--key", "input/1.mp4").out
    assert "fail read-input: No policy." in out
    assert "client acts: Attach it." in out
    assert "unknown client-can-read-output: Nobody knows." in out
