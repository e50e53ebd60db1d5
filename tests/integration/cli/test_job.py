"""A client in another account, from its registration to its files, as people type it."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.devstack.scenario import ClientAccount, two_accounts
from cloudtranscode.devstack.server import Devstack
from support.clips import Clips

Program = Any
Wish = Callable[..., Path]


@dataclass(frozen=True)
class World:
    """The stack's ``ct``, and the client with its own keys."""

    ct: Program
    client: ClientAccount
    s3: Any

    @property
    def traces(self) -> list[str]:
        """What lies in the output bucket, unfinished uploads included."""
        bucket = self.client.bucket_out
        uploads = self.s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        objects = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [one["Key"] for one in (*uploads, *objects)]


@pytest.fixture
def world(ct: Program, tmp_path: Path) -> Iterator[World]:
    with Devstack() as devstack:
        scenario = two_accounts(devstack)
        client = scenario.client("ClientA")
        keys = client.admin
        (tmp_path / ".aws").mkdir()
        (tmp_path / ".aws" / "credentials").write_text(
            f"[clienta]\naws_access_key_id = {keys.access_key}\naws_secret_access_key = {keys.secret_key}\n"
        )
        s3 = boto3.Session(keys.access_key, keys.secret_key, region_name="us-east-1").client(
            "s3", endpoint_url=keys.endpoint
        )
        program = ct.as_(scenario.stack.environment())
        where = ("--input", f"s3://{client.bucket_in}", "--output", f"s3://{client.bucket_out}")
        assert program("client", "add", "ClientA", "--account", client.account, *where).code == ExitCode.DONE
        yield World(program, client, s3)
        s3.close()


@pytest.fixture
def wish(world: World, tmp_path: Path) -> Wish:
    """Upload a source and write a job that asks for a small MP4 of it."""

    def write(source: Path) -> Path:
        world.s3.put_object(Bucket=world.client.bucket_in, Key=source.name, Body=source.read_bytes())
        to = f"s3://{world.client.bucket_out}/v/360p.mp4"
        document = {
            "client": "ClientA",
            "input": f"s3://{world.client.bucket_in}/{source.name}",
            "outputs": [{"type": "mp4", "preset": "360p", "to": to}],
        }
        path = tmp_path / "job.json"
        path.write_text(json.dumps(document))
        return path

    return write


@pytest.fixture
def entitled(world: World) -> None:
    assert world.ct("grant", "ClientA", "--apply", "--profile", "clienta").code == ExitCode.DONE


def test_refused_entitled_verified_done(world: World, wish: Wish, clips: Clips) -> None:
    ct, job = world.ct, wish(clips["plain.mp4"])
    unproven = ct("submit", job, "--wait")
    assert unproven.code == ExitCode.CLIENT
    assert "control_unproven" in unproven.err
    assert ct("client", "prove", "ClientA").code == ExitCode.FAILED
    assert ct("client", "prove", "ClientA", "--profile", "clienta").code == ExitCode.DONE
    refused = ct("submit", job, "--wait")
    assert refused.code == ExitCode.CLIENT
    assert "access_denied" in refused.err
    assert '"s3:PutObject"' in refused.out
    assert ct("verify", "ClientA", "--json").code == ExitCode.FAILED

    apply = ("grant", "ClientA", "--apply", "--profile", "clienta", "--json")
    assert set(ct(*apply).data["applied"].values()) == {True}
    assert set(ct(*apply).data["applied"].values()) == {False}
    assert ct("verify", "ClientA", "--json").data["ok"]

    done = ct("submit", job, "--wait", "--json")
    assert done.code == ExitCode.DONE
    assert (done.data["state"], done.data["error"]) == ("done", None)
    assert done.data["outputs"][0]["to"] == f"s3://{world.client.bucket_out}/v/360p.mp4"
    assert ct("job", "show", done.data["id"], "--json").data["receipt"] == done.data["receipt"]
    assert world.traces == ["v/360p.mp4"]


@pytest.mark.usefixtures("entitled")
def test_ctrl_c_cancels_the_job_that_runs_here(world: World, wish: Wish, long_clip: Path) -> None:
    running = world.ct.start("submit", wish(long_clip), "--wait", "--json")
    running.wait_for("encode")
    ran = running.end(signal.SIGINT, within_s=10)
    assert ran.code == ExitCode.CANCELLED
    assert ran.data["state"] == "cancelled"
    assert world.traces == []
    assert world.ct.leftovers == []


@pytest.mark.usefixtures("entitled")
def test_ctrl_c_only_stops_watching_a_job_that_a_worker_runs(world: World, wish: Wish, long_clip: Path) -> None:
    worker = world.ct.start("worker")
    worker.wait_for("serving")
    running = world.ct.start("submit", wish(long_clip), "--wait", "--json")
    running.wait_for("encode")
    watched = running.end(signal.SIGINT, within_s=5)
    assert watched.code == ExitCode.INTERRUPTED
    assert watched.data["state"] == "running"
    assert world.ct("job", "cancel", watched.data["id"]).code == ExitCode.DONE
    assert world.ct("job", "watch", watched.data["id"], "--json").data["state"] == "cancelled"
    worker.wait_for(f"{watched.data['id']} of ClientA begins")
    worker.wait_for(f"{watched.data['id']} of ClientA is cancelled")
    assert "boto" not in worker.err


@pytest.mark.usefixtures("entitled")
def test_a_job_goes_on_at_the_next_start(world: World, wish: Wish, long_clip: Path) -> None:
    first = world.ct.start("up")
    first.wait_for("is up")
    job = world.ct("submit", wish(long_clip), "--json").data["id"]
    watching = world.ct.start("job", "watch", job, "--json")
    watching.wait_for("encode")
    first.end(signal.SIGTERM, within_s=4)
    world.ct.start("up").wait_for("is up")
    done = watching.end(within_s=90)
    assert (done.code, done.data["state"]) == (ExitCode.DONE, "done")
    assert world.traces == ["v/360p.mp4"]


@pytest.mark.usefixtures("entitled")
def test_watching_says_when_the_worker_is_gone(world: World, wish: Wish, long_clip: Path) -> None:
    worker = world.ct.start("up")
    worker.wait_for("is up")
    job = world.ct("submit", wish(long_clip), "--json").data["id"]
    watching = world.ct.start("job", "watch", job, "--json")
    watching.wait_for("encode")
    worker.wait_for(f"{job} of ClientA begins")
    assert worker.err.startswith("Cloud Transcode is up")
    worker.end(signal.SIGKILL)
    watching.wait_for("No worker is alive", within_s=5)
    watching.end(signal.SIGINT, within_s=5)
    assert "waits for a worker" in world.ct("job", "list").out


def test_the_exit_code_is_the_jobs_also_when_nobody_reads(world: World, wish: Wish, clips: Clips) -> None:
    script = '"$0" submit "$1" --wait | true; exit "${PIPESTATUS[0]}"'
    argv = ["bash", "-c", script, world.ct.program, wish(clips["plain.mp4"])]
    ran = subprocess.run(argv, env=world.ct.environment, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == ExitCode.CLIENT
    assert "control_unproven" in ran.stderr
