"""The catalogue of refusals' causes is what the code says, and every clue speaks of a cause that is in it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cloudtranscode.entitlements.explain.answer import CODES
from cloudtranscode.entitlements.explain.catalogue import CATALOGUE
from cloudtranscode.entitlements.explain.cause import ANYBODY, Cause

ROOT = Path(__file__).parents[2]
IDS = {cause.id for cause in CATALOGUE}
_QUOTED = re.compile(r'"([a-z]+(?:-[a-z]+)+)"')
_NO_CAUSES = {"bucket-owner-full-control"}


def test_the_page_is_what_the_code_says() -> None:
    page = subprocess.run(
        [sys.executable, ROOT / "scripts" / "causes_page.py"], capture_output=True, text=True, check=True
    ).stdout
    assert (ROOT / "docs" / "causes.md").read_text() == page, "run scripts/causes_page.py > docs/causes.md"


@pytest.mark.parametrize("cause", CATALOGUE, ids=lambda cause: cause.id)
def test_every_cause_says_what_and_what_to_do(cause: Cause) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", cause.id)
    assert cause.prior > 0
    for text in (cause.what.format_map(ANYBODY), cause.remedy.format_map(ANYBODY)):
        assert text.endswith(".")
        assert "{" not in text


def test_ids_are_used_once() -> None:
    assert len(IDS) == len(CATALOGUE)
    assert set(CODES.values()) <= IDS


@pytest.mark.parametrize("module", ["attempts", "circumstances", "documents", "near", "said"])
def test_clues_speak_of_causes_that_exist(module: str) -> None:
    text = (ROOT / "src/cloudtranscode/entitlements/explain" / f"{module}.py").read_text()
    assert set(_QUOTED.findall(text)) - _NO_CAUSES <= IDS
