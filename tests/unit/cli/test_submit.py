from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.jobs.spec import job_schema

Ct = Callable[..., Any]

MP4 = {"type": "mp4", "preset": "360p", "to": "s3://ClientA_bucket_out/v/360p.mp4"}
JOB = {"client": "ClientA", "input": "s3://ClientA_bucket_in/input/v.mp4", "outputs": [MP4]}


@pytest.fixture
def job_file(tmp_path: Path) -> Path:
    path = tmp_path / "job.json"
    path.write_text(json.dumps(JOB))
    return path


@pytest.mark.usefixtures("client")
def test_submit_prints_the_id_and_says_that_no_worker_is_there(ct: Ct, job_file: Path) -> None:
    ran = ct("submit", str(job_file))
    assert ran.code == ExitCode.DONE
    assert "ct up" in ran.err
    job = ct("job", "show", ran.out.strip(), "--json").data
    assert (job["state"], job["error"], job["receipt"]) == ("queued", None, None)


@pytest.mark.usefixtures("client")
def test_a_document_comes_from_stdin_too(ct: Ct, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(JOB)))
    (clip,) = ct("submit", "-", "--json").data["document"]["input"]
    assert clip["uri"] == JOB["input"]


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize(
    ("change", "exit_code", "code"),
    [
        ({"speed": "fast"}, ExitCode.CLIENT, "invalid_document"),
        ({"client": "Nobody"}, ExitCode.STACK, "unknown_client"),
        ({"input": "s3://ClientB_bucket_in/v.mp4"}, ExitCode.CLIENT, "location_not_allowed"),
        ({"outputs": [MP4 | {"preset": "999p"}]}, ExitCode.CLIENT, "unknown_preset"),
    ],
)
def test_a_job_that_cannot_be_accepted_is_refused(
    ct: Ct, tmp_path: Path, change: dict[str, Any], exit_code: ExitCode, code: str
) -> None:
    path = tmp_path / "job.json"
    path.write_text(json.dumps(JOB | change))
    ran = ct("submit", str(path), "--wait", "--json")
    assert ran.code == exit_code
    assert ran.data["error"]["code"] == code
    assert {"message", "remedy", "side"} <= set(ran.data["error"])
    assert ct("job", "list", "--json").data == []


def test_a_file_that_is_not_there_is_a_usage_error(ct: Ct, tmp_path: Path) -> None:
    ran = ct("submit", str(tmp_path / "none.yaml"), "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.USAGE, "usage")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b"- a list", b""])
def test_a_file_that_is_no_document_is_refused(ct: Ct, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "job.yaml"
    path.write_bytes(content)
    ran = ct("submit", str(path), "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.CLIENT, "invalid_document")


def test_the_schema_is_that_of_the_jobs_room(ct: Ct) -> None:
    assert ct("schema", "job").data == job_schema()
