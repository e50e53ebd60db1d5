from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cloudtranscode.cli.demo.client_side import Fetched, compare
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.cli.main import run
from cloudtranscode.errors import CheckFailed
from cloudtranscode.location import parse_s3

CT = [sys.executable, "-c", "from cloudtranscode.cli.main import main; main()"]


def someone_elses_environment(folder: Path) -> dict[str, str]:
    """A user with an AWS configuration and a stack of their own, none of which works."""
    (folder / "tmp").mkdir()
    (folder / ".aws").mkdir()
    (folder / ".aws/config").write_text("[default]\nendpoint_url = http://127.0.0.1:9\n")
    foreign = {
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "CT_DATABASE_URL": "postgresql://127.0.0.1:9/none",
        "CT_STACK_ARN": "arn:aws:iam::999999999999:role/other",
    }
    return {**os.environ, **foreign, "HOME": str(folder), "TMPDIR": str(folder / "tmp")}


def started(environment: dict[str, str], *options: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([*CT, "demo", *options], env=environment, text=True, stdout=pipe, stderr=pipe)


def told_until(process: subprocess.Popen[str], words: str) -> str:
    """What the demo printed up to a line that begins with ``words``, or all when it printed none."""
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if line.startswith(words):
            break
    return told


def children_in(folder: Path) -> list[str]:
    """The processes that work in ``folder``, also when it is gone."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


def test_the_whole_story_goes_as_told_can_be_continued_by_hand_and_leaves_nothing(tmp_path: Path) -> None:
    environment = someone_elses_environment(tmp_path)
    with started(environment, "--seconds", "2", "--keep-running") as process:
        told = told_until(process, "  ct job list")
        assert process.poll() is None, told
        (folder,) = (tmp_path / "tmp").glob("ct-demo-*")
        by_hand = subprocess.run(
            ["sh", "-c", ". ./env.sh && ct job list --json"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=30)[1]
    assert (process.returncode, errors) == (0, "Stopped.\n")
    assert [job["state"] for job in json.loads(by_hand.stdout)] == ["done"]
    order = [
        "arn:aws:iam::111122223333:role/stack_prod",
        "\n$ ct submit job.yaml --wait\n",
        '"Sid": "CloudTranscodeWriteClientA"',
        "Refused, as it must be: control_unproven",
        "\nfail write-output",
        "\n$ ct grant ClientA --apply --profile client-a\n",
        "\npass write-output",
        "\npass control",
        ": done after",
        "video1/hls/master.m3u8",
        "have the SHA-256 of the job's receipt",
        "Refused, as it must be: location_not_allowed",
        "Every step went as told",
    ]
    places = [told.find(words) for words in order]
    assert -1 not in places, told
    assert places == sorted(places)
    assert re.search(r"took .* [\d.]+x real time", told)
    assert [path.name for path in tmp_path.iterdir() if path.name not in {".aws", "tmp"}] == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert children_in(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_every_child_and_removes_the_folder(number: signal.Signals, tmp_path: Path) -> None:
    with started(someone_elses_environment(tmp_path)) as process:
        told_until(process, "$ ct whoami")
        assert any("cloudtranscode.devstack" in command_line for command_line in children_in(tmp_path))
        process.send_signal(number)
        said = process.communicate(timeout=30)[1]
    assert (process.returncode, "Traceback" in said) == (ExitCode.INTERRUPTED, False)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert children_in(tmp_path) == []


def test_a_source_of_ones_own_that_is_no_media_ends_the_demo_with_its_error(tmp_path: Path) -> None:
    source = tmp_path / "words.mp4"
    source.write_text("Not a video, only words.\n" * 40)
    with started(someone_elses_environment(tmp_path), "--source", str(source)) as process:
        told, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (ExitCode.SOURCE, "")
    assert "source_not_media" in told
    assert list((tmp_path / "tmp").iterdir()) == []
    assert children_in(tmp_path) == []


def test_a_step_that_does_not_go_as_told_ends_the_demo_with_exit_code_1(tmp_path: Path) -> None:
    environment = someone_elses_environment(tmp_path) | {"CT_PACKAGER": "/bin/false"}
    with started(environment, "--seconds", "1") as process:
        errors = process.communicate(timeout=120)[1]
    assert process.returncode == ExitCode.FAILED
    assert "The demo did not go as told: `ct submit` ended with exit code 5, not 0." in errors


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "moto", None)
    assert run(["demo"]) == ExitCode.STACK
    said = capfd.readouterr().err
    assert "tool_missing" in said
    assert "cloudtranscode[devstack]" in said


def test_the_command_line_starts_without_what_only_the_demo_needs() -> None:
    heavy = "import sys, cloudtranscode.cli.main; sys.exit(bool({'moto', 'flask', 'boto3'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", heavy], check=False, timeout=60).returncode == 0


def test_a_download_that_differs_from_the_receipt_is_named(tmp_path: Path) -> None:
    receipt = {"outputs": [{"files": [{"to": "s3://out-bucket/1.mp4", "bytes": 3, "sha256": "abc"}]}]}
    good = Fetched(parse_s3("s3://out-bucket/1.mp4"), tmp_path, 3, "abc")
    compare(receipt, [good])
    with pytest.raises(CheckFailed, match=r"s3://out-bucket/1\.mp4"):
        compare(receipt, [])
    with pytest.raises(CheckFailed, match=r"s3://out-bucket/1\.mp4"):
        compare(receipt, [Fetched(good.location, tmp_path, 3, "abd")])
    with pytest.raises(CheckFailed, match=r"s3://out-bucket/left-over"):
        compare(receipt, [good, Fetched(parse_s3("s3://out-bucket/left-over"), tmp_path, 1, "d")])
