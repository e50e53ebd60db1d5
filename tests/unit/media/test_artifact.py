from __future__ import annotations

from pathlib import Path

import pytest

from cloudtranscode.media.artifact import Artifact, Role, changed

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
