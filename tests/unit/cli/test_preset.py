"""``ct preset``: what there is, where it comes from, and whether a file is valid."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode

Ct = Callable[..., Any]


def test_a_family_is_listed(ct: Ct) -> None:
    lines = ct("preset", "list", "--family", "archive").out.splitlines()
    assert [line.split()[1] for line in lines[1:]] == ["prores-4444", "prores-hq", "prores-proxy", "ffv1"]


def test_a_preset_is_shown_whole_with_origins(ct: Ct) -> None:
    shown = ct("preset", "show", "480p-av1").out
    found = tomllib.loads(shown)
    assert found["video"] | {"codec": "av1", "crf": 32, "max_rate_kbps": 750} == found["video"]
    assert re.search(r'^codec = "av1" +# 1080p-av1$', shown, re.MULTILINE)
    assert re.search(r'^color = "sdr" +# usual$', shown, re.MULTILINE)
    assert ct("preset", "show", "480p-av1", "--json").data["video"] == found["video"]


def test_ones_own_presets_are_among_them(ct: Ct, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text('extends = "720p"\n[video]\ncrf = 28\n')
    monkeypatch.setenv("CT_PRESETS", str(tmp_path))
    assert "own" in ct("preset", "list", "--family", "own").out
    assert "crf = 28" in ct("preset", "show", "mine").out
    monkeypatch.setenv("CT_PRESETS", str(tmp_path / "none"))
    ran = ct("preset", "show", "mine")
    assert ran.code == ExitCode.STACK
    assert "There is no folder of presets" in ran.err


def test_files_are_checked(ct: Ct, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('extends = "720p"\n[video]\ncrf = 28\n')
    bad.write_text('extends = "720p"\n[video]\nprofile = "main12"\n')
    assert ct("preset", "check", str(good)).out == f"{good}: valid\n"
    ran = ct("preset", "check", str(good), str(bad))
    assert ran.code == ExitCode.CLIENT
    assert f"{bad}: Preset bad: video.profile is 'main12', must be one of baseline, main, high" in ran.err
    assert "1 of 2 presets are not valid" in ran.err
