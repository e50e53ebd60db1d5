"""Which session the storage of a client or a job is opened with: the stack's role, the job role, the client's role."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.clients.client import Client, Mode, Terms
from cloudtranscode.clients.proof import How
from cloudtranscode.devstack.scenario import STACK_ACCOUNT, Credentials, Scenario, two_accounts
from cloudtranscode.devstack.server import Devstack
from cloudtranscode.errors import AccessDenied, SessionRefused, Side, SourceNotFound, StorageUnavailable
from cloudtranscode.jobs.job import Job
from cloudtranscode.jobs.state import JobState
from cloudtranscode.location import S3Location
from cloudtranscode.settings import Settings
from cloudtranscode.storage.port import ObjectStore

ACCOUNT, SECRET = "444455556666", "a-secret-of-ClientA"
INPUT, OUTPUT = S3Location("ClientA_bucket_in"), S3Location("ClientA_bucket_out")
SOURCE, OTHER = INPUT.child("video.mp4"), INPUT.child("other.mp4")
STACK_ROLE = f"arn:aws:iam::{STACK_ACCOUNT}:role/stack_prod"
SHARED = "jobs work on the stack's own session"


@dataclass(frozen=True)
class World:
    devstack: Devstack
    scenario: Scenario
    s3: Any

    def seen(self) -> set[str]:
        """Who has asked for the source so far, as the bucket's owner sees it."""
        resource = SOURCE.arn()
        return {one.principal for one in self.devstack.requests if resource in one.resources and one.method == "HEAD"}


class Silent:
    """The leash of a job that nobody holds."""

    stop = threading.Event()

    def confirm(self) -> None:
        """Nobody stops it."""

    def report(self, progress: object) -> None:
        """Nobody listens."""


@pytest.fixture
def world() -> Iterator[World]:
    with Devstack() as devstack:
        scenario = two_accounts(devstack)
        admin = scenario.clients[0].admin
        s3 = admin.session().client("s3", endpoint_url=admin.endpoint, config=Config(s3={"addressing_style": "path"}))
        for place in (SOURCE, OTHER):
            s3.put_object(Bucket=place.bucket, Key=place.key, Body=b"film")
        yield World(devstack, scenario, s3)
        s3.close()


@pytest.fixture
def entitled(world: World) -> World:
    """The stack's role may read the input and write the output."""
    for bucket, actions in (("ClientA_bucket_in", ["s3:GetObject"]), ("ClientA_bucket_out", ["s3:PutObject"])):
        statement = allow(actions, f"arn:aws:s3:::{bucket}/*") | {"Principal": {"AWS": STACK_ROLE}}
        world.s3.put_bucket_policy(Bucket=bucket, Policy=document(statement))
    return world


@pytest.fixture
def open_stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Make stacks that act with given credentials and settings."""
    opened: list[Stack] = []

    def open_it(credentials: Credentials, **settings: Any) -> Stack:
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        for name, value in credentials.environment().items():
            monkeypatch.setenv(name, value)
        opened.append(Stack(Settings(home=tmp_path, **settings)))
        return opened[-1]

    yield open_it
    for stack in opened:
        stack.database.dispose()


def allow(actions: list[str], *resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def job(stack: Stack, client: Client, name: str = "job-1") -> Job:
    """A job on ``SOURCE``, of a client that is known and accepted."""
    if client.name not in {one.name for one in stack.clients.list()}:
        stack.clients.add(client)
        stack.clients.accept(client, How.STATED, "tests")
    outputs = [{"type": "mp4", "preset": "360p", "to": OUTPUT.child("1.mp4").uri}]
    words = {"client": client.name, "input": SOURCE.uri, "outputs": outputs}
    return Job(name, client.name, JobState.RUNNING, words)


def preflight(stack: Stack, of: Job) -> None:
    stack.phases().preflight(of, Silent())


def refused(store: ObjectStore, place: S3Location) -> bool:
    try:
        store.pin(place)
    except AccessDenied:
        return True
    return False


# --- the stack's own role -----------------------------------------------------------------------------------------

CLIENT = Client("ClientA", ACCOUNT, INPUT, OUTPUT)


def test_the_owner_sees_client_and_job(entitled: World, open_stack: Any) -> None:
    stack = open_stack(entitled.scenario.stack)

    preflight(stack, job(stack, CLIENT))

    assert entitled.seen() == {f"arn:aws:sts::{STACK_ACCOUNT}:assumed-role/stack_prod/ClientA-job-1"}


def test_one_session_serves_all_steps_of_a_job_and_no_other(entitled: World, open_stack: Any) -> None:
    stack = open_stack(entitled.scenario.stack)
    phases, first, second = stack.phases(), job(stack, CLIENT), job(stack, CLIENT, "job-2")
    before = assumed(entitled)

    for step in (first, first, second, first):
        phases.preflight(step, Silent())
    assert assumed(entitled) == before + 2

    phases.discard(first)
    phases.preflight(first, Silent())
    assert assumed(entitled) == before + 3


def assumed(world: World) -> int:
    return sum(one.actions == ("sts:AssumeRole",) for one in world.devstack.requests)


def test_work_outside_of_jobs_keeps_to_the_clients_locations(entitled: World, open_stack: Any) -> None:
    stack = open_stack(entitled.scenario.stack)
    part = Client("ClientA", ACCOUNT, S3Location(INPUT.bucket, "mine"), OUTPUT)

    store = stack.store_of(part)

    assert refused(store, SOURCE)
    assert not refused(stack.store_of(CLIENT), SOURCE)


def test_off_is_off(entitled: World, open_stack: Any) -> None:
    stack = open_stack(entitled.scenario.stack, narrow_sessions="off")

    preflight(stack, job(stack, CLIENT))

    assert entitled.seen() == {f"arn:aws:sts::{STACK_ACCOUNT}:assumed-role/stack_prod/worker"}


def test_a_silence_of_sts_takes_no_limits_off_once_they_were_on(
    entitled: World, open_stack: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    stack = open_stack(entitled.scenario.stack)
    stack.store_of(CLIENT)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    late = open_stack(entitled.scenario.stack, stack_arn=STACK_ROLE)

    assert not refused(late.store_of(CLIENT), SOURCE)
    assert caplog.text.count(SHARED) == 1
    with pytest.raises(StorageUnavailable):
        silent(stack).store_of(CLIENT)


def test_a_refusal_takes_no_limits_off_once_they_were_on(entitled: World, open_stack: Any) -> None:
    stack = open_stack(entitled.scenario.stack)
    stack.store_of(CLIENT)
    stack.sessions._roles._source = entitled.scenario.clients[0].admin.session()  # whom the role does not trust

    with pytest.raises(SessionRefused, match="AccessDenied"):
        stack.store_of(CLIENT)


@pytest.mark.parametrize("narrow", ["auto", "require"])
def test_no_client_names_locations_that_take_its_limits_off(entitled: World, open_stack: Any, narrow: str) -> None:
    stack = open_stack(entitled.scenario.stack, narrow_sessions=narrow)
    long = Client("ClientA", ACCOUNT, INPUT.child("é" * 200), OUTPUT.child("é" * 200))

    with pytest.raises(SessionRefused, match="do not fit") as caught:
        stack.store_of(long)

    assert "shorter prefixes" in caught.value.remedy


def silent(stack: Stack) -> Stack:
    """The same process, whose STS is out of reach from now on."""
    stack.sessions._roles._source = boto3.Session(region_name="us-east-1")
    return stack


# --- a role for jobs ----------------------------------------------------------------------------------------------


def test_clients_name_the_job_role_and_jobs_run_as_it(entitled: World, open_stack: Any) -> None:
    """The launcher itself may do nothing but assume the role."""
    stack = open_stack(entitled.scenario.launcher, job_role_arn=STACK_ROLE)

    preflight(stack, job(stack, CLIENT))

    assert stack.identity.arn == STACK_ROLE
    assert entitled.seen() == {f"arn:aws:sts::{STACK_ACCOUNT}:assumed-role/stack_prod/ClientA-job-1"}


# --- a role of the client -----------------------------------------------------------------------------------------


def of_role(world: World, external_id: str = SECRET, principal: str = STACK_ROLE) -> Client:
    """ClientA with a role that reads and writes its buckets, for whoever is ``principal`` and says ``SECRET``."""
    trust = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    trust["Condition"] = {"StringEquals": {"sts:ExternalId": SECRET}}
    own = allow(["s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:AbortMultipartUpload"], "*")
    role = world.devstack.backend.create_role(ACCOUNT, "for_the_stack", document(trust), document(own))
    return Client("ClientA", ACCOUNT, INPUT, OUTPUT, Terms(Mode.ASSUME_ROLE, role, external_id))


def test_a_job_runs_as_the_clients_role_without_any_bucket_policy(world: World, open_stack: Any) -> None:
    stack = open_stack(world.scenario.stack)
    client = of_role(world)

    preflight(stack, job(stack, client))

    assert world.seen() == {f"arn:aws:sts::{ACCOUNT}:assumed-role/for_the_stack/ClientA-job-1"}
    with pytest.raises(SourceNotFound):
        stack.store_of(client).pin(INPUT.child("missing.mp4"))
    elsewhere = Client("ClientA", ACCOUNT, S3Location(INPUT.bucket, "mine"), OUTPUT, client.terms)
    assert refused(stack.store_of(elsewhere), SOURCE)


def test_the_job_role_assumes_the_clients_role(world: World, open_stack: Any) -> None:
    stack = open_stack(world.scenario.launcher, job_role_arn=STACK_ROLE)

    preflight(stack, job(stack, of_role(world)))

    assert world.seen() == {f"arn:aws:sts::{ACCOUNT}:assumed-role/for_the_stack/ClientA-job-1"}


def test_a_wrong_external_id_is_the_clients_to_mend(world: World, open_stack: Any) -> None:
    stack = open_stack(world.scenario.stack)

    with pytest.raises(AccessDenied, match="does not let the stack assume its role") as caught:
        preflight(stack, job(stack, of_role(world, external_id="a guess")))

    assert caught.value.side is Side.CLIENT
    assert "trust policy that `ct grant ClientA` prints" in caught.value.remedy
    assert world.seen() == set()


def test_what_was_never_asked_is_no_refusal_of_the_client(world: World, open_stack: Any) -> None:
    """Its locations fit no policy; then, the job role itself cannot be assumed."""
    client = of_role(world)
    stack = open_stack(world.scenario.stack)
    long = Client("ClientA", ACCOUNT, INPUT.child("é" * 200), OUTPUT.child("é" * 200), client.terms)
    with pytest.raises(SessionRefused, match="do not fit"):
        stack.store_of(long)
    stack.sessions.of_nothing(long)

    without = open_stack(world.scenario.launcher, job_role_arn=f"arn:aws:iam::{STACK_ACCOUNT}:role/nobody")
    with pytest.raises(SessionRefused, match="role/nobody"):
        without.sessions.of_nothing(client)
