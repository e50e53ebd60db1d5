"""What the documents say is so: settings, links, examples, commands."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from cloudtranscode.cli.main import app
from cloudtranscode.jobs.document import read_document
from cloudtranscode.jobs.spec import parse_job
from cloudtranscode.media.presets import Presets
from cloudtranscode.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README_LINES = 110

_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)(#[^)]*)?\)")
_YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SETTING_ROW = re.compile(r"^\| `CT_(\w+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", re.MULTILINE)
_COMMAND = re.compile(r"(?:`|^|\s)ct ([a-z]+)(?: ([a-z]+))?")


def test_every_setting_is_documented_with_its_default() -> None:
    rows = {name.lower(): default for name, default, _ in _SETTING_ROW.findall((ROOT / "docs/settings.md").read_text())}
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert rows == {name: "" if value in (None, "") else _written(value) for name, value in defaults.items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target, _ in _LINK.findall(page.read_text())]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_job_documents_in_the_pages_are_valid(page: Path) -> None:
    for text in _YAML.findall(page.read_text()):
        if text.startswith("client:"):
            for choice in parse_job(read_document(text)).choices:
                Presets().load(choice)


def test_the_documents_name_only_commands_that_exist() -> None:
    root = get_command(app)
    known = {name: set(getattr(command, "commands", {})) for name, command in getattr(root, "commands", {}).items()}
    unknown = {
        f"ct {command} {sub}".strip()
        for page in PAGES
        for command, sub in _COMMAND.findall(_code(page.read_text()))
        if command not in known or (known[command] and sub and sub not in known[command])
    }
    assert unknown == set()


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _code(page: str) -> str:
    """Only what is set as code: blocks, and words between backquotes."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", page, re.DOTALL))
