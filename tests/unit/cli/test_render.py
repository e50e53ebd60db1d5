from __future__ import annotations

import sys

import pytest

from cloudtranscode.cli.progress import facts, progress_view
from cloudtranscode.cli.render import duration, pace, print_error, print_outputs, print_table, size
from cloudtranscode.errors import SourceEmpty

RECEIPT = {
    "outputs": [
        {"type": "hls", "to": "s3://bkt/v/hls/", "bytes": 2_000, "duration_s": 3.0, "checks": [{}, {}]},
        {"type": "poster", "to": "file:///media/a%20b.jpg", "bytes": 10, "duration_s": None, "checks": [{}]},
    ],
    "plan": {
        "video": [
            {"id": "720p", "geometry": {"frame": [1280, 720]}},
            {"id": "360p", "geometry": {"frame": [640, 360]}},
        ],
        "packages": [{"output_id": "out0", "video": ["720p", "360p"]}],
        "stills": [{"output_id": "out1", "geometry": {"frame": [1920, 1080]}}],
        "notes": ["Output out0: 1080p is left out.", "Output out1: 9 s is beyond the end."],
    },
}
LONG = "s3://bucket/" + "x" * 100


def test_sizes_durations_and_pace_are_written_for_people() -> None:
    assert [size(999), size(12_345), size(5_000_000_000), size(3e12)] == ["999 B", "12.3 kB", "5.0 GB", "3.0 TB"]
    assert [duration(None), duration(5.4), duration(3723)] == ["-", "0:05", "1:02:03"]
    assert [pace(2.0, 8.0), pace(2.0, None)] == ["2.0 s, 4.0x real time", "2.0 s"]


def test_facts_are_those_that_are_known() -> None:
    assert facts({"percent": 42.4, "fps": 96.2, "speed": 4.01, "eta_s": 12.0}) == " 42 %  96 fps  4.0x  ETA 0:12"
    assert facts({"phase": "probe"}) == ""


def test_without_a_terminal_there_is_a_line_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_view() as view:
        for percent in range(0, 40, 2):
            view.show({"phase": "encode", "percent": percent})
        view.show({"phase": "check"})
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == ["encode   0 %", "encode  10 %", "encode  20 %", "encode  30 %", "check"]


def test_outputs_come_with_their_pictures_and_with_what_was_not_delivered(capsys: pytest.CaptureFixture[str]) -> None:
    print_outputs(RECEIPT)
    assert capsys.readouterr().out.splitlines() == [
        "TYPE    TO               PICTURE           SIZE    DURATION  CHECKS",
        "hls     s3://bkt/v/hls/  1280x720 640x360  2.0 kB  0:03      2 passed",
        "poster  /media/a b.jpg   1920x1080         10 B    -         1 passed",
        "Note: Output s3://bkt/v/hls/: 1080p is left out.",
        "Note: Output /media/a b.jpg: 9 s is beyond the end.",
    ]


@pytest.mark.parametrize("columns", ["40", "200"])
def test_what_people_copy_stays_in_one_piece(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    print_table(("ID", "TO"), [("job-" + "0" * 32, LONG)])
    print_error(SourceEmpty(f"{LONG} is empty.").report)
    captured = capsys.readouterr()
    assert f"job-{'0' * 32}  {LONG}" in captured.out
    assert LONG in captured.err
    assert [line for line in captured.out.splitlines() if line != line.rstrip()] == []
