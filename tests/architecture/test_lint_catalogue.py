"""The catalogue of the linter's findings is what the code says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cloudtranscode.entitlements.lint.finding import Rule
from cloudtranscode.entitlements.lint.linter import CATALOGUE

ROOT = Path(__file__).parents[2]
RULES = [rule for family in CATALOGUE.values() for rule in family]


def test_the_page_is_what_the_code_says() -> None:
    page = subprocess.run(
        [sys.executable, ROOT / "scripts" / "lint_page.py"], capture_output=True, text=True, check=True
    ).stdout
    assert (ROOT / "docs" / "lint.md").read_text() == page, "run scripts/lint_page.py > docs/lint.md"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_why_and_what_to_do(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    assert all(text.rstrip()[-1] in ".:" and text[0].isupper() for text in (rule.what, rule.why, rule.remedy))
