"""A whole world on this machine: an S3 with enforced policies, an entitled client with a source, and workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.clients.client import Client
from cloudtranscode.clients.proof import How
from cloudtranscode.entitlements.grant import GrantSheet, grant_sheet
from cloudtranscode.jobs.job import Job
from cloudtranscode.location import S3Location
from cloudtranscode.settings import Settings

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

INPUT, OUTPUT = "ClientA_bucket_in", "ClientA_bucket_out"
CT = str(Path(sys.executable).with_name("ct"))
_ELSEWHERE = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_ACCOUNT = "444455556666"
_ROLE = "arn:aws:iam::111122223333:role/stack_prod"


@dataclass
class World:
    """``home`` is CT_HOME, ``s3`` acts as the client's administrator, ``stack`` reads and writes the same database."""

    home: Path
    environment: dict[str, str]
    s3: S3Client
    stack: Stack
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def submit(self, number: int, *, minutes: bool = False, **fields: Any) -> str:
        """Hand in a job with an MP4, a ladder and a poster under ``job<number>/``; with ``minutes`` a long one.

        ``fields`` are further fields of the document.
        """
        to = f"s3://{OUTPUT}/job{number}"
        source = "long.mp4" if minutes else "short.mp4"
        document = {
            "client": "ClientA",
            "input": f"s3://{INPUT}/{source}",
            "outputs": [
                {"type": "mp4", "preset": "360p", "to": f"{to}/360p.mp4"},
                {"type": "hls", "presets": ["360p"], "to": f"{to}/hls/"},
                {"type": "poster", "at": "1s", "to": f"{to}/poster.jpg"},
            ],
        }
        return self.stack.submission.submit(document | fields).id

    def start_worker(self, *, elsewhere: bool = False, **environment: str) -> subprocess.Popen[bytes]:
        """Start a ``ct worker`` and return at once; ``elsewhere`` hides its process from the other workers.

        They then have nothing but its heartbeats to know it by, as if it ran on another machine. ``environment`` adds
        variables to the world's.
        """
        command = [*(_ELSEWHERE if elsewhere else ()), CT, "worker"]
        with (self.home / f"worker{len(self.workers)}.log").open("wb") as log:
            worker = subprocess.Popen(
                command, env=self.environment | environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """``kill -9``."""
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def wait(self, job_id: str, until: Callable[[Job], bool], seconds: float = 60) -> Job:
        """Wait for a job to get somewhere."""
        deadline = time.monotonic() + seconds
        while not until(job := self.stack.jobs.get(job_id)):
            assert time.monotonic() < deadline, f"{job}\n{self.logs()}"
            time.sleep(0.02)
        return job

    def wait_for_end(self, job_id: str, seconds: float = 60) -> Job:
        """Wait for a final state."""
        return self.wait(job_id, lambda job: job.state.final, seconds)

    def logs(self) -> str:
        """What the workers wrote."""
        return "\n".join(f"--- {path.name}\n{path.read_text()}" for path in sorted(self.home.glob("*.log")))

    def keys(self, prefix: str = "") -> list[str]:
        """The client's view of its output bucket."""
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=OUTPUT, Prefix=prefix).get("Contents", [])]

    def versions(self) -> dict[str, int]:
        """How often each key was published; the bucket is versioned."""
        counts: dict[str, int] = {}
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=OUTPUT):
            for version in page.get("Versions", []):
                counts[version["Key"]] = counts.get(version["Key"], 0) + 1
        return counts

    def unfinished_uploads(self) -> list[Any]:
        """Multipart uploads that were neither completed nor aborted."""
        return self.s3.list_multipart_uploads(Bucket=OUTPUT).get("Uploads", [])

    def scratch_files(self) -> list[Path]:
        """What is left in the scratch folder."""
        return [path for path in (self.home / "scratch").rglob("*") if path.is_file()]

    def tools_running(self) -> list[int]:
        """Processes that work in this world's scratch folder."""
        return [pid for pid in _processes() if _works_in(pid, self.home / "scratch")]

    def stop(self) -> None:
        """End every worker."""
        for worker in self.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                self.kill(worker)
        self.stack.database.dispose()


@contextmanager
def running_world(home: Path, sources: dict[str, Path], database_url: str = "") -> Iterator[World]:
    """Start the S3 with an entitled client whose input bucket holds ``sources``."""
    with _devstack() as scenario:
        admin = scenario["environment"]["ClientA"]
        environment = _environment(home, scenario["environment"]["stack"], database_url) | _profile(home, admin)
        s3 = boto3.Session(admin["AWS_ACCESS_KEY_ID"], admin["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1").client(
            "s3", endpoint_url=scenario["endpoint"], config=Config(s3={"addressing_style": "path"})
        )
        for name, path in sources.items():
            s3.upload_file(str(path), INPUT, name)
        s3.put_bucket_versioning(Bucket=OUTPUT, VersioningConfiguration={"Status": "Enabled"})
        client = Client("ClientA", _ACCOUNT, S3Location(INPUT), S3Location(OUTPUT))
        for bucket, policy in _grant(client).documents.items():
            s3.put_bucket_policy(Bucket=bucket, Policy=policy)
        stack = Stack(Settings(home=home, database_url=database_url, stack_arn=_ROLE))
        stack.clients.add(client)
        stack.clients.accept(client, How.STATED, "tests")
        world = World(home, environment, s3, stack)
        try:
            yield world
        finally:
            world.stop()
            s3.close()


def _grant(client: Client) -> GrantSheet:
    from cloudtranscode.entitlements.grant import GrantOrder  # noqa: PLC0415

    order = GrantOrder(client.name, _ROLE, _ROLE.split(":")[4], client.account, client.input, client.output)
    return grant_sheet(order)


@contextmanager
def _devstack() -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "cloudtranscode.devstack", "--scenario"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout
            yield json.loads(process.stdout.readline())["scenario"]
        finally:
            process.terminate()
            process.wait(10)


def _environment(home: Path, keys: dict[str, str], database_url: str) -> dict[str, str]:
    home.mkdir(parents=True, exist_ok=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CT_"))}
    return own | keys | {"CT_HOME": str(home), "CT_DATABASE_URL": database_url, "CT_STACK_ARN": _ROLE}


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _profile(home: Path, keys: dict[str, str]) -> dict[str, str]:
    """The client's own keys as the profile ``ClientA``."""
    path = home / "profiles"
    lines = [f"{name.lower()} = {value}" for name, value in keys.items() if name in _KEYS]
    path.write_text("\n".join(["[ClientA]", *lines]))
    return {"AWS_SHARED_CREDENTIALS_FILE": str(path)}


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
    except OSError:
        return False
