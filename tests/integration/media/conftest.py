"""Real tools, real clips, a private folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudtranscode.media.engine import Engine
from cloudtranscode.media.tools.jail import Isolation, Jail
from cloudtranscode.media.tools.programs import Tools, find_tools
from support.clips import Clips
from support.shelf import Shelf


@pytest.fixture(scope="session")
def tools() -> Tools:
    return find_tools()


@pytest.fixture(scope="session")
def clips(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Clips:
    return Clips(tmp_path_factory.mktemp("clips"), tools.ffmpeg)


@pytest.fixture(scope="session")
def shelf(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(tmp_path_factory.mktemp("shelf"), tools.ffmpeg)


@pytest.fixture
def engine(tools: Tools) -> Engine:
    return Engine(tools, Jail(Isolation.PREFER))


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder
