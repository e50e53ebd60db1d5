from __future__ import annotations

from pathlib import Path

import pytest

from cloudtranscode.errors import CheckFailed, ScratchLost
from cloudtranscode.media.artifact import Artifact, Role, changed, collect
from cloudtranscode.media.plan.making import make_plan
from cloudtranscode.media.plan.plan import Plan
from cloudtranscode.media.source.probe import read_probe
from support.outputs import hls, order
from support.presets import load_preset

_FILE = Artifact("m", "", "finished/m.mp4", "video/mp4", 3, Role.MEDIA)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "finished").mkdir()
    return tmp_path / _FILE.path


def test_a_file_of_the_same_size_has_not_changed(tmp_path: Path, place: Path) -> None:
    place.write_bytes(b"abc")
    assert changed([_FILE], tmp_path) == []


def test_a_file_of_another_size_has_changed(tmp_path: Path, place: Path) -> None:
    place.write_bytes(b"")
    assert changed([_FILE], tmp_path) == ["finished/m.mp4"]


def test_a_file_that_is_gone_has_changed(tmp_path: Path) -> None:
    assert changed([_FILE], tmp_path) == ["finished/m.mp4"]


def test_a_link_to_a_file_of_the_same_size_has_changed(tmp_path: Path, place: Path) -> None:
    (tmp_path / "other").write_bytes(b"abc")
    place.symlink_to(tmp_path / "other")
    assert changed([_FILE], tmp_path) == ["finished/m.mp4"]


def _ladder() -> Plan:
    info = read_probe(0, (Path(__file__).parent / "ffprobe" / "plain.json").read_text())
    return make_plan(order(hls("h", "360p")), [info], load_preset)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "finished" / "h"
    (folder / "360p").mkdir(parents=True)
    (folder / "master.m3u8").write_text("#EXTM3U")
    return folder


def test_media_comes_first_and_the_master_last(tmp_path: Path, folder: Path) -> None:
    for name in ("index.m3u8", "init.mp4", "a.m4s"):
        (folder / "360p" / name).write_bytes(b"abc")
    found = collect(_ladder(), tmp_path)
    assert [item.name for item in found] == ["360p/a.m4s", "360p/init.mp4", "360p/index.m3u8", "master.m3u8"]
    assert changed(found, tmp_path) == []


def test_a_link_among_the_files_is_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "stack.key").write_bytes(b"SECRET")
    (folder / "360p" / "leak.mp4").symlink_to(tmp_path / "stack.key")
    with pytest.raises(CheckFailed, match=r"h/360p/leak\.mp4 is neither a file nor a folder"):
        collect(_ladder(), tmp_path)


@pytest.mark.parametrize("path", ["finished", "finished/h", "finished/h/360p"])
def test_a_link_to_a_folder_is_refused(tmp_path: Path, folder: Path, path: str) -> None:
    (tmp_path / path).rename(tmp_path / "elsewhere")
    (tmp_path / path).symlink_to(tmp_path / "elsewhere")
    assert folder.parent.is_dir()
    with pytest.raises(CheckFailed, match=r"is a link|is neither a file nor a folder"):
        collect(_ladder(), tmp_path)


def test_a_file_of_no_known_type_is_refused(tmp_path: Path, folder: Path) -> None:
    (folder / "notes.txt").touch()
    with pytest.raises(CheckFailed, match=r"notes\.txt of output h is none that was asked for"):
        collect(_ladder(), tmp_path)


def test_a_folder_that_is_gone_is_lost(tmp_path: Path) -> None:
    with pytest.raises(ScratchLost):
        collect(_ladder(), tmp_path)
