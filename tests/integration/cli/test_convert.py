"""``ct convert``, and the other commands that take documents of the earlier stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudtranscode.cli.exit_codes import ExitCode

Program = Any

OLD = {
    "input_asset": {"type": "VIDEO", "bucket": "in-bucket", "file": "/a.mov"},
    "output_assets": [
        {
            "type": "VIDEO",
            "bucket": "out-bucket",
            "path": "x/",
            "file": "a.mp4",
            "preset": "720p-generic",
            "s3_rrs": True,
        }
    ],
}
NEW = {
    "client": "ClientA",
    "input": "s3://in-bucket/a.mov",
    "outputs": [{"type": "mp4", "preset": "720p-generic", "to": "s3://out-bucket/x/a.mp4"}],
}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.json"
    path.write_text(json.dumps(OLD))
    return path


def test_the_document_is_on_stdout_and_the_report_on_stderr(ct: Program, old: Path) -> None:
    ran = ct("convert", old, "--client", "ClientA")
    assert (ran.code, ran.data) == (ExitCode.DONE, NEW)
    assert "output_assets[0].s3_rrs: left out: " in ran.err


def test_as_yaml(ct: Program, old: Path) -> None:
    assert yaml.safe_load(ct("convert", old, "--client", "ClientA", "--yaml").out) == NEW


def test_without_a_client(ct: Program, old: Path) -> None:
    ran = ct("convert", old)
    assert (ran.code, ran.out) == (ExitCode.CLIENT, "")
    assert "client: is not named" in ran.err


def test_a_document_of_ours_is_not_converted(ct: Program, tmp_path: Path) -> None:
    path = tmp_path / "new.json"
    path.write_text(json.dumps(NEW))
    assert ct("convert", path).code == ExitCode.CLIENT
    assert ct("submit", path, "--client", "ClientB").code == ExitCode.USAGE


def test_submit_takes_it_over_before_it_asks_for_the_client(ct: Program, old: Path) -> None:
    ran = ct("submit", old, "--client", "ClientA")
    assert "output_assets[0].preset: preset 720p-generic" in ran.err
    assert "unknown_client" in ran.err
