"""A client that gives the stack a role instead of bucket policies: from its registration to its first job."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from types_boto3_s3 import S3Client

from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.devstack.scenario import Scenario, two_accounts
from cloudtranscode.devstack.server import Devstack
from cloudtranscode.entitlements.grant import grant_sheet
from cloudtranscode.entitlements.sheet import GrantSheet, Place
from cloudtranscode.settings import Settings
from support.ct import Ct, content

ACCOUNT, ROLE = "444455556666", "for_the_stack"
INPUT, OUTPUT = "ClientA_bucket_in", "ClientA_bucket_out"
JOB = {
    "client": "ClientA",
    "input": f"s3://{INPUT}/short.mp4",
    "outputs": [{"type": "mp4", "preset": "360p", "to": f"s3://{OUTPUT}/1/360p.mp4"}],
}


@pytest.fixture
def devstack() -> Iterator[Devstack]:
    with Devstack() as devstack:
        yield devstack


@pytest.fixture
def scenario(devstack: Devstack) -> Scenario:
    return two_accounts(devstack)


@pytest.fixture
def s3(scenario: Scenario, sources: dict[str, Path]) -> Iterator[S3Client]:
    """The client's administrator, who has put a source into the input bucket."""
    admin = scenario.clients[0].admin
    config = Config(s3={"addressing_style": "path"})
    s3 = boto3.Session(admin.access_key, admin.secret_key, region_name="us-east-1").client(
        "s3", endpoint_url=admin.endpoint, config=config
    )
    s3.upload_file(str(sources["short.mp4"]), INPUT, "short.mp4")
    yield s3
    s3.close()


@pytest.fixture
def ct(scenario: Scenario, tmp_path: Path) -> Ct:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CT_"))}
    ct = Ct(inherited | scenario.stack.environment() | {"CT_HOME": str(tmp_path)})
    where = ["--account", ACCOUNT, "--input", f"s3://{INPUT}", "--output", f"s3://{OUTPUT}"]
    role = ["--mode", "assume-role", "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"]
    done = ct("client", "add", "ClientA", *where, *role)
    assert done.code == 0, done.err
    return ct


@pytest.fixture
def sheet(ct: Ct, scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> GrantSheet:
    """What the client gets to attach."""
    for name, value in scenario.stack.environment().items():
        monkeypatch.setenv(name, value)
    stack = Stack(Settings(home=ct.home))
    try:
        return grant_sheet(stack.grant_order(stack.clients.get("ClientA")))
    finally:
        stack.database.dispose()


def test_no_bucket_policy_is_needed_and_the_client_sees_its_job(
    ct: Ct, devstack: Devstack, sheet: GrantSheet, s3: S3Client
) -> None:
    refused = ct("verify", "ClientA", "--json")
    policies = {one.place: one.text for one in sheet.attachments}
    devstack.backend.create_role(ACCOUNT, ROLE, policies[Place.TRUST], policies[Place.ROLE])

    verified = ct("verify", "ClientA", "--key", "short.mp4", "--json")
    ended = ct.run(json.dumps(JOB))

    assert (refused.code, verified.code) != (0, 0)
    assert verified.code == 0, verified.out
    assert (ended.code, ended.data["error"]) == (0, None)
    assert "1/360p.mp4" in content(s3, OUTPUT)
    job = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/ClientA-{ended.data['id']}"
    written = {
        one.principal for one in devstack.requests if one.resources[:1] == (f"arn:aws:s3:::{OUTPUT}/1/360p.mp4",)
    }
    assert written == {job}


def test_before_the_role_is_there_the_client_has_to_act(ct: Ct, s3: S3Client) -> None:
    ended = ct("verify", "ClientA", "--json")

    assert ended.code != 0
    assert content(s3, OUTPUT) == {}
    assert "does not let the stack assume its role" in ended.out
    assert "Traceback" not in ended.err
