"""Sources on web servers: a job whole, one that may not be fetched, and what opens a URL is nowhere to be read."""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.errors import OriginNotAllowed
from cloudtranscode.jobs.state import JobState
from support.origins import File, Origin, reciting, serving_files
from support.world import CT, OUTPUT, World

SECRET = "s3cret-signature"


@pytest.fixture
def origin(sources: dict[str, Path]) -> Iterator[Origin]:
    with serving_files(Origin({"/films/short.mp4": File(sources["short.mp4"].read_bytes())})) as origin:
        yield origin


@pytest.fixture
def opened(world: World) -> World:
    """A world whose admin lets sources be fetched from loopback."""
    settings = world.stack.settings.model_copy(update={"http_sources": "127.0.0.1"})
    return replace(
        world, stack=Stack(settings), environment=world.environment | {"CT_HTTP_SOURCES": settings.http_sources}
    )


def ct(world: World, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CT, *words], env=world.environment, capture_output=True, text=True, check=False, timeout=60)


def texts(world: World) -> dict[str, bytes]:
    """Everything that the stack wrote, its databases included."""
    return {path.name: path.read_bytes() for path in world.home.rglob("*") if path.is_file()}


@pytest.mark.parametrize("ranges", [True, False], ids=["by ranges", "whole"])
def test_a_job_from_a_web_server_to_the_clients_bucket(opened: World, origin: Origin, *, ranges: bool) -> None:
    origin.files["/films/short.mp4"].ranges = ranges
    origin.hops["/short"] = f"/films/short.mp4?X-Amz-Signature={SECRET}-2"
    job_id = opened.submit(1, input=origin.url(f"/short?X-Amz-Signature={SECRET}"))
    opened.start_worker()

    ended = opened.wait_for_end(job_id)

    assert (ended.state, ended.error) == (JobState.DONE, None), opened.logs()
    assert {"job1/360p.mp4", "job1/hls/master.m3u8", "job1/poster.jpg"} < set(opened.keys())
    assert all(path.endswith((SECRET, f"{SECRET}-2")) for path, _ in origin.requests)
    shown = ct(opened, "job", "show", job_id, "--json").stdout
    (source,) = json.loads(shown)["receipt"]["sources"].values()
    (clip,) = json.loads(shown)["document"]["input"]
    assert source["uri"] == clip["uri"] == origin.url("/short?***")
    assert source["etag"] == '"one"' if ranges else source["etag"].startswith("sha256:")
    assert SECRET not in shown + ct(opened, "job", "list", "--json").stdout + ct(opened, "job", "show", job_id).stdout
    assert [name for name, text in texts(opened).items() if SECRET.encode() in text] == []
    assert opened.scratch_files() == []


def test_an_address_that_is_not_public_is_refused_at_the_desk_and_a_name_for_one_by_the_worker(
    world: World, origin: Origin
) -> None:
    for url in (origin.url("/short"), "http://169.254.169.254/latest/meta-data/", "http://[::1]:8080/"):
        with pytest.raises(OriginNotAllowed):
            world.submit(1, input=f"{url}?token={SECRET}")
    job_id = world.submit(1, input=origin.url(f"/films/short.mp4?token={SECRET}", host="localhost"))
    world.start_worker()

    ended = world.wait_for_end(job_id)

    assert ended.error
    assert (ended.state, ended.error.code) == (JobState.FAILED, "origin_not_allowed")
    assert "localhost" in ended.error.message
    assert SECRET not in json.dumps(ended.error.to_dict()) + world.logs()
    assert (origin.connections, world.keys()) == (0, [])


def test_preflight_tells_what_the_server_says_beside_every_other_gap(
    opened: World, origin: Origin, tmp_path: Path
) -> None:
    origin.files["/films/short.mp4"].first = [403]
    opened.s3.delete_bucket_policy(Bucket=OUTPUT)
    to = {"type": "mp4", "preset": "360p", "to": f"s3://{OUTPUT}/x.mp4"}
    document = tmp_path / "job.json"
    document.write_text(json.dumps({"client": "ClientA", "input": origin.url("/films/short.mp4"), "outputs": [to]}))

    done = ct(opened, "preflight", str(document), "--json")

    assert done.returncode == ExitCode.CLIENT, done.stderr
    assert {gap["code"] for gap in json.loads(done.stdout)["gaps"]} == {"origin_denied", "access_denied"}


def test_a_job_is_cancelled_while_its_source_is_fetched_whole(opened: World) -> None:
    slow = itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"x" * 65_536))
    with reciting(slow, pause=0.05) as url:
        job_id = opened.submit(1, input=url)
        opened.start_worker()
        opened.wait(job_id, lambda job: (job.progress or {}).get("phase") == "fetch")
        opened.stack.jobs.request_cancel(job_id)
        assert opened.wait_for_end(job_id, seconds=5).state is JobState.CANCELLED
    assert opened.scratch_files() == []


def test_without_a_job_a_source_is_read_and_nothing_written_to_a_web_server(
    opened: World, origin: Origin, sources: dict[str, Path], tmp_path: Path
) -> None:
    target = tmp_path / "out.mp4"
    done = ct(
        opened, "transcode", origin.url(f"/films/short.mp4?t={SECRET}"), str(target), "--preset", "360p", "--json"
    )
    assert (done.returncode, json.loads(done.stdout)["state"]) == (ExitCode.DONE, "done"), done.stderr
    assert target.stat().st_size > 1000
    assert SECRET not in done.stdout + done.stderr
    origin.requests.clear()

    done = ct(opened, "transcode", str(sources["short.mp4"]), origin.url("/out.mp4"), "--json")
    assert done.returncode == ExitCode.CLIENT
    assert json.loads(done.stdout)["error"]["code"] == "invalid_location"
    assert origin.requests == []


def test_ctrl_c_ends_the_fetching(opened: World, tmp_path: Path) -> None:
    slow = itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"x" * 65_536))
    begun = threading.Event()

    def body() -> Iterator[bytes]:
        for number, chunk in enumerate(slow):
            if number == 20:
                begun.set()
            yield chunk

    with reciting(body(), pause=0.02) as url:
        command = [CT, "transcode", url, str(tmp_path / "out.mp4"), "--json"]
        with subprocess.Popen(command, env=opened.environment, stdout=subprocess.PIPE, text=True) as process:
            assert begun.wait(20)
            process.send_signal(2)
            out, _ = process.communicate(timeout=10)
    assert (process.returncode, json.loads(out)["state"]) == (ExitCode.CANCELLED, "cancelled")
    assert not (tmp_path / "out.mp4").exists()
