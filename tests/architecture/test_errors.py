"""Every error says what happened, who must act and what to do, and stands in the documentation."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudtranscode.cli.exit_codes import ExitCode, exit_code
from cloudtranscode.errors import CloudTranscodeError, Side

ROOT = Path(__file__).parents[2]


def tree(error: type[CloudTranscodeError] = CloudTranscodeError) -> Iterator[type[CloudTranscodeError]]:
    yield error
    for child in error.__subclasses__():
        yield from tree(child)


@pytest.mark.parametrize("error", list(tree()), ids=lambda error: error.__name__)
def test_every_error_has_code_side_occasion_and_remedy_of_its_own(error: type[CloudTranscodeError]) -> None:
    own = vars(error)
    assert own["code"].isidentifier()
    assert own["code"].islower()
    assert isinstance(own["side"], Side)
    assert own["__doc__"].rstrip().endswith(".")
    assert own["default_remedy"].endswith(".")
    assert exit_code(error("It happened.").report) is not ExitCode.DONE


def test_no_two_errors_share_a_code() -> None:
    counts = Counter(error.code for error in tree())
    assert [code for code, count in counts.items() if count > 1] == []


def test_errors_are_made_in_one_tree_only() -> None:
    names = {error.__name__ for error in tree()}
    strangers = [
        f"{path.name}:{node.lineno} {node.name}"
        for path in (ROOT / "src").rglob("*.py")
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) in names for base in node.bases)
    ]
    assert strangers == []


def test_the_page_of_errors_is_what_the_code_says() -> None:
    page = subprocess.run(
        [sys.executable, ROOT / "scripts" / "errors_page.py"], capture_output=True, text=True, check=True
    ).stdout
    assert (ROOT / "docs" / "errors.md").read_text() == page, "run `make docs`"


def test_the_page_knows_every_code_and_every_exit_code() -> None:
    page = (ROOT / "docs" / "errors.md").read_text()
    assert [error.code for error in tree() if f"### `{error.code}`\n" not in page] == []
    assert [code.name for code in ExitCode if f"\n| {code.value} | " not in page] == []
