"""The command line, called in this process, on a home of its own and without anybody's credentials."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from cloudtranscode.cli.main import run


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON value on stdout."""
        return json.loads(self.out)


class Ct(Protocol):
    def __call__(self, *argv: str) -> Ran: ...


@pytest.fixture
def ct(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ct:
    for name in [name for name in os.environ if name.startswith(("AWS_", "CT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def call(*argv: str) -> Ran:
        capsys.readouterr()
        code = run(argv)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture
def identified(ct: Ct, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stack know who it is without asking anybody."""
    monkeypatch.setenv("CT_STACK_ARN", "arn:aws:iam::111122223333:role/stack_prod")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture
def client(ct: Ct) -> str:
    """A registered client."""
    where = ("--input", "s3://ClientA_bucket_in/input", "--output", "s3://ClientA_bucket_out")
    assert ct("client", "add", "ClientA", "--account", "444455556666", *where, "--trusted").code == 0
    return "ClientA"
