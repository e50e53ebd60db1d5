"""``ct probe``: what people and programs are told of a source."""

from __future__ import annotations

from typing import Any

from cloudtranscode.cli.exit_codes import ExitCode
from support.clips import Clips

Program = Any


def test_a_film_in_plain_words(ct: Program, clips: Clips) -> None:
    ran = ct("probe", clips["rotate90.mp4"])
    assert ran.code == ExitCode.DONE
    assert "320x180, 24 fps" in ran.out
    assert "turned by 270 degrees" in ran.out
    assert "The source is worth" in ran.out


def test_programs_get_the_source_and_the_plan(ct: Program, clips: Clips) -> None:
    found = ct("probe", clips["plain.mp4"], "--json").data
    assert found["source"]["kind"] == "media"
    assert found["source"]["video"][0]["display_width"] == 320
    assert found["plan"]["packages"][0]["video"]


def test_text_is_no_source(ct: Program, clips: Clips) -> None:
    ran = ct("probe", clips["text.txt"])
    assert ran.code == ExitCode.SOURCE
    assert "source_not_media" in ran.err


def test_nothing_is_left_behind(ct: Program, clips: Clips) -> None:
    ct("probe", clips["plain.mp4"])
    assert ct.leftovers == []
