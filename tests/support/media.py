"""The real clips, which are not part of the project: ``CT_TEST_MEDIA`` names their folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ABSENT = "the real clips are not there"
_BESIDE = Path(__file__).parents[3] / "shared" / "media"


def real_clip(name: str) -> Path:
    """Return a real clip; without it the test is skipped."""
    path = Path(os.environ.get("CT_TEST_MEDIA") or _BESIDE) / name
    if not path.is_file():
        pytest.skip(f"{ABSENT}: {path.name}; CT_TEST_MEDIA names their folder")
    return path
