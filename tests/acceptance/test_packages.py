"""One encode, many packages, and a key that nobody finds afterwards: a job on a real S3 server."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from support.ceph import Rgw
from support.chromium import play_hls
from support.ct import Ct, ct_as, download
from support.dash import play_dash
from support.reference import INPUT, OUTPUT, Client, Stack
from support.web import serving

_KEY, _KEY_ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "00112233445566778899aabbccddeeff"
_SECRET = {"scheme": "cbcs", "key_id": _KEY_ID, "key": _KEY, "key_uri": "https://keys.example/1"}


@pytest.fixture
def ct(rgw: Rgw, client: Client, stack: Stack, sources: dict[str, Path], tmp_path: Path) -> Ct:
    """The stack's ``ct``, entitled by a client with a clip of two seconds."""
    ct = ct_as(stack.keys, stack.arn, rgw.endpoint, tmp_path / "home")
    ct.register("ClientA", client.user.name, f"s3://{INPUT}", f"s3://{OUTPUT}")
    client.s3.upload_file(str(sources["short.mp4"]), INPUT, "short.mp4")
    for bucket in ct("grant", "ClientA", "--json").data["buckets"]:
        client.attach(bucket["bucket"], json.dumps(bucket["policy"]))
    return ct


def _job(*outputs: dict[str, Any]) -> str:
    to = f"s3://{OUTPUT}/v"
    placed = [{**output, "to": f"{to}/{output['to']}"} for output in outputs]
    return json.dumps({"client": "ClientA", "input": f"s3://{INPUT}/short.mp4", "outputs": placed})


@pytest.mark.parametrize("stack", ["role"], indirect=True)
def test_one_encode_makes_every_package(ct: Ct, client: Client, stack: Stack, tmp_path: Path) -> None:
    files = [{"type": kind, "preset": "360p", "to": f"a.{kind}"} for kind in ("mp4", "mov", "mkv", "ts")]
    fragments = {"type": "fmp4", "preset": "360p", "to": "fragments.mp4"}
    ladders = [{"type": kind, "presets": ["360p"], "to": f"{kind}/"} for kind in ("hls", "dash", "cmaf")]

    ended = ct.run(_job(*files, fragments, *ladders))

    assert (ended.code, ended.data["error"]) == (ExitCode.DONE, None), ended
    plan = ended.data["receipt"]["plan"]
    assert [item["id"] for item in plan["video"]] == ["360p"]
    assert [item["id"] for item in plan["audio"]] == ["audio"]
    assert len(plan["packages"]) == 8
    assert {name for package in plan["packages"] for name in package["audio"]} == {"audio"}
    encodes = [one for one in ended.data["receipt"]["commands"] if "libx264" in one["args"]]
    assert [sum(word == "libx264" for word in one["args"]) for one in encodes] == [1]
    folder = download(client.s3, OUTPUT, tmp_path / "delivered") / "v"
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        *("a.mkv", "a.mov", "a.mp4", "a.ts", "fragments.mp4"),
    ]
    with serving(folder) as url:
        hls = play_hls(f"{url}/cmaf/master.m3u8", 1.5)
        dash = play_dash(f"{url}/cmaf/manifest.mpd", 1.5)
    assert (hls.error, dash.error) == ("", "")
    segments = {path.name: path.read_bytes() for path in (folder / "cmaf/360p").glob("*.m4s")}
    assert segments == {path.name: path.read_bytes() for path in (folder / "hls/360p").glob("*.m4s")}
    assert segments == {path.name: path.read_bytes() for path in (folder / "dash/360p").glob("*.m4s")}


def _stored(path: Path) -> Iterator[bytes]:
    """Every value of a database, and what it says in base64, in which the engine keeps the results of steps."""
    with closing(sqlite3.connect(path)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  # its own list of tables
                for value in row:
                    word = value if isinstance(value, bytes) else str(value).encode()
                    yield word
                    with suppress(ValueError):
                        yield base64.b64decode(word, validate=True)


@pytest.mark.parametrize("stack", ["role"], indirect=True)
def test_a_key_opens_the_ladder_and_is_found_nowhere(ct: Ct, client: Client, stack: Stack, tmp_path: Path) -> None:
    with ct.worker() as log:
        queued = ct(
            "submit",
            "-",
            "--json",
            stdin=_job({"type": "cmaf", "presets": ["360p"], "to": "c/", "encryption": _SECRET}),
        )
        ended = ct("job", "watch", queued.data["id"], "--json")
        shown = ct("job", "show", queued.data["id"], "--json")
        said = log.read_text()

    assert (ended.code, shown.data["state"], shown.data["error"]) == (ExitCode.DONE, "done", None), ended
    folder = download(client.s3, OUTPUT, tmp_path / "delivered")
    kept = [path.read_bytes() for place in (ct.home, folder) for path in place.rglob("*") if path.is_file()]
    rows = [word for path in ct.home.glob("*.sqlite") for word in _stored(path)]
    assert not any(_KEY.encode() in text.lower() for text in (*kept, *rows))
    assert (
        sum(_KEY_ID.encode() in text for text in rows) > 2
    )  # the document, the receipt, and the plan as a step's result
    assert not any(_KEY in text for text in (queued.out, ended.out, ended.err, shown.out, said))
    encryption = shown.data["receipt"]["plan"]["packages"][0]["encryption"]
    assert encryption["key"].startswith("locked:1:")
    assert shown.data["document"]["outputs"][0]["encryption"]["key_id"] == _KEY_ID
    with serving(folder / "v/c") as url:
        seen = play_dash(f"{url}/manifest.mpd", 1.5, key=("cbcs", _KEY_ID, _KEY))
    assert (seen.error, seen.current_time >= 1.5) == ("", True)
    assert "METHOD=SAMPLE-AES," in (folder / "v/c/360p/index.m3u8").read_text()


@pytest.mark.parametrize("stack", ["role"], indirect=True)
def test_segments_that_are_no_whole_gops_are_refused(ct: Ct, client: Client, stack: Stack) -> None:
    ended = ct.run(_job({"type": "hls", "presets": ["360p"], "to": "h/", "segment": 5}))

    assert (ended.code, ended.data["state"]) == (ExitCode.CLIENT, "failed")
    assert ended.data["error"]["code"] == "invalid_document"
    assert "no multiple of the GOP of 2 s" in ended.data["error"]["message"]
