"""What a crash left in scratch goes away; what somebody works with stays."""

import subprocess
import sys
from pathlib import Path

import pytest

from cloudtranscode.errors import HomeUnusable
from cloudtranscode.workflow.scratch import make_folder, new_run, sweep


def test_sweep(tmp_path: Path) -> None:
    mine = new_run(tmp_path, "here")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    dead = tmp_path / mine.name.replace(mine.name.split("-")[2], str(ended.pid))
    far = new_run(tmp_path, "elsewhere")
    far = far.rename(tmp_path / far.name.replace(far.name.split("-")[2], str(ended.pid)))
    for folder in (dead, tmp_path / "job-active", tmp_path / "job-ended"):
        (folder / "1").mkdir(parents=True)
    removed = sweep(tmp_path, "here", lambda name: name == "job-active")
    assert sorted(removed) == sorted([dead.name, "job-ended"])
    assert {path.name for path in tmp_path.iterdir()} == {mine.name, far.name, "job-active"}
    assert sweep(tmp_path / "none", "here", lambda _: False) == []


def test_a_folder_that_cannot_be_made_is_one_clear_error() -> None:
    with pytest.raises(HomeUnusable, match="/proc/none"):
        make_folder(Path("/proc/none/scratch"))
