from __future__ import annotations

from pathlib import Path

import pytest

from cloudtranscode.errors import ToolMissing
from cloudtranscode.media.tools.programs import Tool, find_tools


def test_the_packages_bring_every_tool() -> None:
    tools = find_tools()
    assert all(tools.path(tool).is_file() for tool in Tool)


def test_a_given_path_wins(tmp_path: Path) -> None:
    own = tmp_path / "ffmpeg"
    own.touch(mode=0o755)
    assert find_tools(ffmpeg=str(own)).ffmpeg == own


def test_a_path_without_a_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="ffprobe is not an executable file"):
        find_tools(ffprobe=str(tmp_path))
