"""A direct run: what is refused before any work, and what is left behind when the end goes wrong."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cloudtranscode.errors import JobCancelled, StorageUnavailable
from cloudtranscode.location import Location, parse
from cloudtranscode.storage.local import LocalStore
from cloudtranscode.workflow.control import DirectControl
from cloudtranscode.workflow.direct import DirectRun
from cloudtranscode.workflow.wanted import of_destination


class Value:
    """Stands for any result of the media room."""

    def to_dict(self) -> dict[str, Any]:
        return {"checks": []}


class OneFile:
    """A maker that makes one small file; ``worked`` tells whether it was asked to."""

    def __init__(self) -> None:
        self.worked = False

    def probe(self, *_: object) -> dict[str, Value]:
        self.worked = True
        return {"source": Value()}

    def plan(self, *_: object) -> tuple[Value, dict[str, str]]:
        return Value(), {}

    def encode(self, source: object, plan: object, folder: Path, control: object) -> Any:
        (folder / "made").write_text("made")
        made = SimpleNamespace(output_id="out0", name="", path="made", content_type="video/mp4", role="media")
        return SimpleNamespace(artifacts=[made], to_dict=lambda: {"artifacts": []})

    def check(self, *_: object) -> list[Any]:
        return []


class Failing(LocalStore):
    def complete_upload(self, location: Location, upload: str, parts: object) -> None:
        raise StorageUnavailable("Away.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.mp4").write_text("source")
    (tmp_path / "c" / "dir.mp4").mkdir()
    return tmp_path / "c"


def run(
    folder: Path, target: str, *, maker: OneFile | None = None, store: LocalStore | None = None, stop: bool = False
) -> dict[str, Any]:
    found = store or LocalStore()
    scratch = folder.parent / "scratch"
    direct = DirectRun(lambda _: found, maker or OneFile(), scratch, "host", lambda _: found)  # type: ignore[arg-type]  # a stand-in
    control = DirectControl(lambda _: None)
    if stop:
        control.stop.set()
    to = f"{folder}/{target}"
    return direct.transcode(parse(f"{folder}/a.mp4"), of_destination(parse(to), to, ["720p"]), control)


def names(folder: Path) -> list[str]:
    return sorted(found.name for found in folder.iterdir())


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("a.mp4", "invalid_document"),
        ("../c/a.mp4", "invalid_document"),
        ("", "invalid_document"),
        ("dir.mp4", "invalid_location"),
        ("a.mp4/x.mp4", "invalid_location"),
        ("a.mp4/hls/", "invalid_location"),
    ],
)
def test_a_destination_that_cannot_be_is_refused_before_any_work(folder: Path, target: str, code: str) -> None:
    before, maker = names(folder), OneFile()
    result = run(folder, target, maker=maker)
    assert (result["state"], result["error"]["code"]) == ("failed", code)
    assert not maker.worked
    assert names(folder) == before
    assert (folder / "a.mp4").read_text() == "source"


@pytest.mark.parametrize("target", ["b.mp4", "new/deep/b.mp4"])
@pytest.mark.parametrize(
    ("store", "stop", "code"), [(Failing(), False, StorageUnavailable.code), (LocalStore(), True, JobCancelled.code)]
)
def test_an_end_that_goes_wrong_leaves_nothing(
    folder: Path, target: str, store: LocalStore, stop: bool, code: str
) -> None:
    before = names(folder)
    result = run(folder, target, store=store, stop=stop)
    assert result["error"]["code"] == code
    assert names(folder) == before
