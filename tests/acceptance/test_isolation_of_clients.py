"""No client reaches another one's buckets through the stack, although both have entitled it and S3 would permit it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.clients.client import Client as Registered
from cloudtranscode.clients.proof import How
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.database import open_database
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.state import ACTIVE
from cloudtranscode.jobs.store import JobStore
from cloudtranscode.location import S3Location
from support.ceph import Rgw, remove_bucket
from support.ct import Ct, content, ct_as, unfinished_uploads
from support.reference import INPUT, OUTPUT, Client, Stack, outcome, reference_policy
from support.wiretap import Wiretap, tapped

THEIRS_IN, THEIRS_OUT = "ClientB_bucket_in", "ClientB_bucket_out"
SECRET = f"s3://{INPUT}/secret.mp4"

pytestmark = pytest.mark.parametrize("stack", ["role"], indirect=True)


@pytest.fixture
def wiretap(rgw: Rgw) -> Iterator[Wiretap]:
    with tapped(rgw.endpoint) as tap:
        yield tap


@pytest.fixture
def neighbour(rgw: Rgw) -> Iterator[Client]:
    """Another client with buckets of its own."""
    user = rgw.create_user()
    s3 = rgw.s3(user.keys)
    for bucket in (THEIRS_IN, THEIRS_OUT):
        s3.create_bucket(Bucket=bucket)
    yield Client(user, s3)
    for bucket in (THEIRS_IN, THEIRS_OUT):
        remove_bucket(s3, bucket)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """The database in the stack's home."""
    home = tmp_path / "home"
    home.mkdir()
    database = open_database(f"sqlite:///{home / 'cloudtranscode.sqlite'}")
    yield database
    database.dispose()


@pytest.fixture
def ct(client: Client, neighbour: Client, stack: Stack, wiretap: Wiretap, database: Engine, tmp_path: Path) -> Ct:
    """A stack that both clients have entitled; ClientA has a source that is nobody else's business."""
    registry = ClientRegistry(database)
    for name, owner, source, target in (
        ("ClientA", client, INPUT, OUTPUT),
        ("ClientB", neighbour, THEIRS_IN, THEIRS_OUT),
    ):
        registered = Registered(name, owner.user.name, S3Location(source), S3Location(target))
        registry.add(registered)
        registry.accept(registered, How.STATED, "tests")
        owner.attach(source, reference_policy(stack.arn, "s3:GetObject", source))
        owner.attach(target, reference_policy(stack.arn, "s3:PutObject", target))
    client.s3.put_object(Bucket=INPUT, Key="secret.mp4", Body=b"for ClientA's eyes only")
    assert outcome(stack.s3.get_object, Bucket=INPUT, Key="secret.mp4") == (200, "")
    return ct_as(stack.keys, stack.arn, wiretap.url, tmp_path / "home")


def document(client: str, source: str, to: str) -> dict[str, Any]:
    return {"client": client, "input": source, "outputs": [{"type": "mp4", "preset": "360p", "to": to}]}


TRESPASSES = {
    "reads": document("ClientB", SECRET, f"s3://{THEIRS_OUT}/stolen.mp4"),
    "writes": document("ClientB", f"s3://{THEIRS_IN}/mine.mp4", f"s3://{OUTPUT}/planted.mp4"),
}


@pytest.mark.parametrize("trespass", TRESPASSES)
def test_refused_at_submission(ct: Ct, wiretap: Wiretap, trespass: str) -> None:
    ended = ct("submit", "-", "--wait", "--json", stdin=json.dumps(TRESPASSES[trespass]))

    assert ended.code == ExitCode.CLIENT
    error = ended.data["error"]
    assert (error["code"], error["side"]) == ("location_not_allowed", "client")
    assert "ClientB" in error["message"]
    assert "`ct client show`" in error["remedy"]
    assert "Traceback" not in ended.err
    assert ct("job", "list", "--json").data == []
    assert wiretap.heard == []


def test_refused_by_the_worker_when_the_submission_was_bypassed(
    ct: Ct, wiretap: Wiretap, client: Client, neighbour: Client, database: Engine
) -> None:
    """Also when the row says ClientB and the document inside it ClientA, who may do what it asks for."""
    disguised = document("ClientA", SECRET, f"s3://{OUTPUT}/planted.mp4")
    honest = document("ClientB", f"s3://{THEIRS_IN}/missing.mp4", f"s3://{THEIRS_OUT}/out.mp4")
    jobs = JobStore(database)
    for job_id, planted in {**TRESPASSES, "disguised": disguised, "honest": honest}.items():
        jobs.add(job_id, "ClientB", planted)

    with ct.worker() as log:
        wait_for_all(jobs)
    ended = {job.id: job for job in jobs.list()}

    assert {job_id: found(job) for job_id, job in ended.items()} == {
        **dict.fromkeys([*TRESPASSES, "disguised"], ("failed", "location_not_allowed")),
        "honest": ("failed", "source_not_found"),
    }
    assert all(job.receipt is None for job in ended.values())
    assert wiretap.asked_for(f"{THEIRS_IN}/missing.mp4")
    assert not wiretap.asked_for(INPUT)
    assert not wiretap.asked_for(OUTPUT)
    for owner, bucket in ((client, OUTPUT), (neighbour, THEIRS_OUT)):
        assert content(owner.s3, bucket) == {}
        assert unfinished_uploads(owner.s3, bucket) == []
    assert "Traceback" not in log.read_text()


def found(job: Job) -> tuple[str, str]:
    return job.state.value, job.error.code if job.error else ""


def wait_for_all(jobs: JobStore, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while jobs.list(states=ACTIVE):
        assert time.monotonic() < deadline, jobs.list(states=ACTIVE)
        time.sleep(0.1)


def test_verify_does_not_look_at_what_is_not_the_clients(ct: Ct, wiretap: Wiretap) -> None:
    ended = ct("verify", "ClientB", "--key", SECRET, "--json")

    assert ended.code == ExitCode.CLIENT
    assert ended.data["error"]["code"] == "location_not_allowed"
    assert not wiretap.asked_for(INPUT)
