"""What becomes of a command when nobody takes what it prints."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode

Program = Any


def shell(ct: Program, script: str) -> tuple[int, str]:
    """Run a line of bash in which ``$CT`` is the program; returns its exit code and stderr."""
    ran = subprocess.run(
        ["bash", "-c", script],
        env={**ct.environment, "CT": str(ct.program)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ran.returncode, ran.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [("preset list", ExitCode.DONE), ("--help", ExitCode.DONE), ("client show None --json", ExitCode.STACK)],
)
def test_a_reader_that_leaves_changes_nothing(ct: Program, command: str, code: ExitCode) -> None:
    assert shell(ct, f'"$CT" {command} | true; exit "${{PIPESTATUS[0]}}"') == (code, "")


@pytest.mark.parametrize("command", ["preset list", "preset list --json", "--help", "client show None --json"])
def test_a_full_disk_is_one_clear_error(ct: Program, command: str) -> None:
    code, err = shell(ct, f'"$CT" {command} >/dev/full')
    assert code == ExitCode.STACK
    assert err.startswith("Error: The output cannot be written: No space left on device.")
    assert "output_lost" in err
    assert "Exception" not in err


def test_a_closed_stdout_is_no_defect(ct: Program) -> None:
    assert shell(ct, '"$CT" preset list >&-') == (ExitCode.DONE, "")
