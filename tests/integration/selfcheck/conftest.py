"""The page as it is written, in a browser that opens it from a file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.iam_reference import PackagedReference
from cloudtranscode.selfcheck.page import Contents, build_page, sources
from cloudtranscode.selfcheck.reference import export
from cloudtranscode.selfcheck.runtime import packaged_runtime
from support.corpus import ORDER
from support.devtools import Tab, browsing
from support.visitor import Visitor


@pytest.fixture(scope="session")
def exported() -> Mapping[str, Any]:
    """The whole reference as pages carry it."""
    reference = PackagedReference()
    return export(reference, reference.services)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory, exported: Mapping[str, Any]) -> Mapping[str, Path]:
    """A page for a client, one for anybody, and one whose bridge answers many cases at once."""
    folder = tmp_path_factory.mktemp("pages")
    runtime = packaged_runtime()
    bridge = (Path(__file__).parents[2] / "support" / "selfcheck_bridge.py").read_bytes()
    made = {
        "client": build_page(Contents(ORDER, exported), runtime, sources()),
        "anybody": build_page(Contents(None, exported), runtime, sources()),
        "trial": build_page(
            Contents(ORDER, exported), runtime, sources() | {"cloudtranscode/selfcheck/bridge.py": bridge}
        ),
    }
    for name, page in made.items():
        (folder / f"{name}.html").write_text(page, "utf-8")
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with browsing() as tab:
        yield tab


@pytest.fixture(scope="module")
def client(pages: Mapping[str, Path]) -> Iterator[Visitor]:
    """The client before its own page; starting the evaluator takes seconds, so the tests share it."""
    with browsing() as tab:
        yield Visitor(tab, pages["client"])


@pytest.fixture(scope="module")
def anybody(pages: Mapping[str, Path]) -> Iterator[Visitor]:
    """Somebody before the page that asks for the particulars."""
    with browsing() as tab:
        yield Visitor(tab, pages["anybody"])
