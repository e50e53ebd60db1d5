"""The installed ``ct`` as people and scripts run it: a program with a home, credentials and an endpoint of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from types_boto3_s3 import S3Client

from support.ceph import REGION, Keys

PROGRAM = Path(sys.executable).with_name("ct")

SMALLEST_JOB = """\
client: ClientA
input: s3://ClientA_bucket_in/input/video1.mp4
outputs:
  - {type: mp4, preset: 720p, to: "s3://ClientA_bucket_out/video1/720p.mp4"}
  - {type: hls, presets: [720p, 360p], to: "s3://ClientA_bucket_out/video1/hls/"}
  - {type: poster, at: 5s, to: "s3://ClientA_bucket_out/video1/poster.jpg"}
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON value on stdout."""
        assert self.out, self.err
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Ct:
    """``ct`` with this environment and nothing else of the caller's that could lend it credentials or settings."""

    environment: dict[str, str]

    @property
    def home(self) -> Path:
        return Path(self.environment["CT_HOME"])

    def __call__(self, *words: str, stdin: str = "", seconds: float = 60) -> Ended:
        command = [str(PROGRAM), *words]
        done = subprocess.run(
            command, input=stdin, env=self.environment, capture_output=True, text=True, check=False, timeout=seconds
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def run(self, document: str, *, seconds: float = 60) -> Ended:
        """``ct submit - --wait --json``: a job from its document to its end."""
        return self("submit", "-", "--wait", "--json", stdin=document, seconds=seconds)

    @contextmanager
    def worker(self, seconds: float = 60) -> Iterator[Path]:
        """Run ``ct worker`` for the time of the block, which begins when it takes jobs; yields its log."""
        log = self.home / "worker.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(PROGRAM), "worker"], env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            deadline = time.monotonic() + seconds
            while " serving " not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield log
        finally:
            process.kill()
            process.wait()

    def register(self, client: str, account: str, input_: str, output: str) -> None:
        """Make a client known whose buckets the admin takes for its own without a proof, whoever else has them."""
        places = ("--input", input_, "--output", output)
        done = self("client", "add", client, "--account", account, *places, "--trusted", "--shares")
        assert done.code == 0, done.err

    def with_variables(self, **variables: str) -> Ct:
        return replace(self, environment=self.environment | variables)


def ct_as(keys: Keys, arn: str, endpoint: str, home: Path) -> Ct:
    """``ct`` of a stack that acts with ``keys``; a RADOS Gateway does not tell whose they are, so ``arn`` does."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CT_"))}
    own = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": keys.access,
        "AWS_SECRET_ACCESS_KEY": keys.secret,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CT_HOME": str(home),
        "CT_STACK_ARN": arn,
    }
    return Ct(inherited | own | ({"AWS_SESSION_TOKEN": keys.token} if keys.token else {}))


def content(s3: S3Client, bucket: str) -> dict[str, int]:
    """Every object of a bucket with its size."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}


def unfinished_uploads(s3: S3Client, bucket: str) -> list[str]:
    """The keys of multipart uploads that were neither completed nor aborted."""
    return [upload["Key"] for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


def download(s3: S3Client, bucket: str, folder: Path) -> Path:
    """Copy every object of a bucket, as its owner, under ``folder``."""
    for key in content(s3, bucket):
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, key, str(path))
    return folder
