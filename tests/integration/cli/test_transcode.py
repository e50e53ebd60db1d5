from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from support.clips import Clips

Program = Any


def test_one_file_becomes_an_mp4(ct: Program, clips: Clips, tmp_path: Path) -> None:
    ran = ct("transcode", clips["plain.mp4"], tmp_path / "made.mp4", "--preset", "360p", "--json")
    assert ran.code == ExitCode.DONE
    [output] = ran.data["outputs"]
    assert ran.data["state"] == "done"
    assert output["to"] == (tmp_path / "made.mp4").as_uri()
    assert output["bytes"] == (tmp_path / "made.mp4").stat().st_size
    assert output["duration_s"] == pytest.approx(3.0, abs=0.05)
    assert all(check["ok"] for check in output["checks"])
    assert "encode" in ran.err
    assert ct.leftovers == []


def test_a_folder_becomes_a_ladder(ct: Program, clips: Clips, tmp_path: Path) -> None:
    ran = ct("transcode", clips["silent.mp4"], f"{tmp_path}/hls/")
    assert ran.code == ExitCode.DONE
    assert "real time" in ran.err
    assert (tmp_path / "hls" / "master.m3u8").is_file()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing(ct: Program, long_clip: Path, tmp_path: Path, number: signal.Signals) -> None:
    target = tmp_path / "target"
    target.mkdir()
    running = ct.start("transcode", long_clip, target / "made.mp4", "--preset", "360p", "--json")
    running.wait_for("encode")
    ran = running.end(number, within_s=5)
    assert ran.code == ExitCode.CANCELLED
    assert (ran.data["state"], ran.data["error"]["code"]) == ("cancelled", "cancelled")
    assert list(target.iterdir()) == []
    assert ct.leftovers == []


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        ("none.mp4 made.mp4 360p", ExitCode.SOURCE, "source_not_found"),
        ("empty.mp4 made.mp4 360p", ExitCode.SOURCE, "source_empty"),
        ("text.txt made.mp4 360p", ExitCode.SOURCE, "source_not_media"),
        ("cut_index_last.mp4 made.mp4 360p", ExitCode.SOURCE, "source_damaged"),
        ("cut_index_first.mp4 made.mp4 360p", ExitCode.SOURCE, "source_damaged"),
        ("plain.mp4 made.mp4 999p", ExitCode.CLIENT, "unknown_preset"),
        ("plain.mp4 made.avi 360p", ExitCode.CLIENT, "invalid_document"),
        ("plain.mp4 gs://bucket/made.mp4 360p", ExitCode.CLIENT, "invalid_location"),
    ],
)
def test_bad_input_is_one_clear_error(
    ct: Program, clips: Clips, tmp_path: Path, words: str, exit_code: ExitCode, code: str
) -> None:
    source, target, preset = words.split()
    path = tmp_path / source if source == "none.mp4" else clips[source]
    where = target if "://" in target else str(tmp_path / target)
    ran = ct("transcode", path, where, "--preset", preset)
    assert ran.code == exit_code
    assert ran.out == ""
    assert "Traceback" not in ran.err
    error = ran.err[ran.err.index("Error: ") :]
    assert error.count("\n") == 4
    assert f"code        {code}" in error
    assert "what to do" in error
    assert not (tmp_path / target).exists()


def test_a_preset_for_a_picture_is_a_usage_error(ct: Program, tmp_path: Path) -> None:
    ran = ct("transcode", "any.mp4", tmp_path / "made.jpg", "--preset", "360p")
    assert ran.code == ExitCode.USAGE
    assert "--preset" in ran.err
