from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from cloudtranscode import __version__
from cloudtranscode.cli import whoami
from cloudtranscode.cli.exit_codes import ExitCode, exit_code
from cloudtranscode.errors import CloudTranscodeError, CredentialsMissing, JobCancelled, SourceEmpty, UnknownPreset

Ct = Callable[..., Any]


def _broken() -> None:
    raise ZeroDivisionError("a secret")


def test_the_version_is_printed_both_ways(ct: Ct) -> None:
    assert ct("version").out == ct("--version").out == f"ct {__version__}\n"


def test_nothing_asked_prints_the_help(ct: Ct) -> None:
    ran = ct()
    assert ran.code == ExitCode.DONE
    assert "Commands:" in ran.out


@pytest.mark.parametrize("argv", [("fly",), ("job",), ("job", "show"), ("job", "list", "--state", "odd")])
def test_a_wrong_command_line_is_a_usage_error(ct: Ct, argv: tuple[str, ...]) -> None:
    assert ct(*argv).code == ExitCode.USAGE
    ran = ct(*argv, "--json")
    assert ran.code == ExitCode.USAGE
    assert (ran.data["error"]["code"], ran.data["error"]["side"]) == ("usage", "stack")
    assert ran.data["error"]["remedy"]
    assert "who acts" not in ct(*argv).err


def test_a_defect_shows_no_traceback_unless_it_is_asked_for(ct: Ct, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whoami, "open_stack", _broken)
    ran = ct("whoami")
    assert ran.code == ExitCode.FAILED
    assert "internal" in ran.err
    assert "a secret" not in ran.err
    assert "Traceback" in ct("--debug", "whoami").err


def test_an_interruption_has_its_own_code(ct: Ct, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(whoami, "open_stack", interrupted)
    assert ct("whoami").code == ExitCode.INTERRUPTED


def test_a_faulty_setting_is_named(ct: Ct, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CT_WORKER_JOBS", "many")
    ran = ct("client", "list")
    assert ran.code == ExitCode.STACK
    assert "CT_WORKER_JOBS" in ran.err
    assert "the client" not in ran.err


@pytest.mark.usefixtures("identified")
def test_whoami_prints_the_arn_for_the_clients(ct: Ct) -> None:
    data = ct("whoami", "--json").data
    assert data["arn"] == "arn:aws:iam::111122223333:role/stack_prod"
    assert data["long_lived"]
    assert "Advice:" in ct("whoami").err


def test_presets_are_listed_with_their_rates(ct: Ct) -> None:
    names = [one["name"] for one in ct("preset", "list", "--json").data]
    assert names[:3] == ["2160p", "1440p", "1080p"]
    rows = [line.split(maxsplit=3) for line in ct("preset", "list", "--family", "web").out.splitlines()]
    assert ["web", "720p", "720", "h264 crf 22 ≤ 2800 kb/s   aac 128 kb/s"] in rows


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CloudTranscodeError("x"), ExitCode.FAILED),
        (UnknownPreset("x"), ExitCode.CLIENT),
        (SourceEmpty("x"), ExitCode.SOURCE),
        (CredentialsMissing("x"), ExitCode.STACK),
        (JobCancelled("x"), ExitCode.CANCELLED),
    ],
)
def test_the_exit_code_follows_the_side(error: CloudTranscodeError, code: ExitCode) -> None:
    assert exit_code(error.report) is code


def test_starting_up_loads_nothing_heavy() -> None:
    heavy = "import sys; import cloudtranscode.cli.main; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", heavy], check=True, capture_output=True, text=True).stdout.split()
    assert not {"boto3", "dbos", "sqlalchemy", "pydantic", "cloudtranscode.bootstrap"} & set(loaded)
