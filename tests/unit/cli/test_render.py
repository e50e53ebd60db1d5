from __future__ import annotations

import pytest

from cloudtranscode.cli.progress import facts, progress_view
from cloudtranscode.cli.render import duration, pace, size


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
