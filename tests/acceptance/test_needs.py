"""What a job is said to need is what it asks for, no less and no more: the server keeps count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.devstack.scenario import Scenario, two_accounts
from cloudtranscode.devstack.server import Devstack
from cloudtranscode.entitlements.needs import Need
from cloudtranscode.jobs.needs import needs_of
from cloudtranscode.jobs.spec import parse_job
from support.ceph import Keys
from support.ct import Ct, ct_as
from support.reference import INPUT, OUTPUT

JOB = {
    "client": "ClientA",
    "input": f"s3://{INPUT}/films/film.mp4",
    "outputs": [
        {"type": "mp4", "preset": "360p", "to": f"s3://{OUTPUT}/mp4/film.mp4"},
        {"type": "hls", "presets": ["360p"], "to": f"s3://{OUTPUT}/hls/"},
        {"type": "poster", "at": "1s", "to": f"s3://{OUTPUT}/film.jpg"},
    ],
}
NEEDS = needs_of(parse_job(JOB))

Asked = set[tuple[str, str]]


@pytest.fixture
def devstack() -> Iterator[Devstack]:
    with Devstack() as server:
        yield server


@pytest.fixture
def scenario(devstack: Devstack, sources: dict[str, Path]) -> Scenario:
    found = two_accounts(devstack)
    admin = found.client("ClientA").admin
    s3 = admin.session().client("s3", endpoint_url=devstack.endpoint)
    s3.upload_file(str(sources["short.mp4"]), INPUT, "films/film.mp4")
    return found


@pytest.fixture
def ct(scenario: Scenario, tmp_path: Path) -> Ct:
    """The stack's ``ct``; it acts under a role, so that every job works on a session that is limited to its needs."""
    keys = Keys(scenario.stack.access_key, scenario.stack.secret_key, scenario.stack.session_token)
    ct = ct_as(keys, scenario.role_arn, scenario.endpoint, tmp_path / "home")
    ct.register("ClientA", scenario.client("ClientA").account, f"s3://{INPUT}", f"s3://{OUTPUT}")
    return ct


def entitle(ct: Ct, scenario: Scenario) -> None:
    admin = scenario.client("ClientA").admin
    s3 = admin.session().client("s3", endpoint_url=scenario.endpoint)
    for bucket in ct("grant", "ClientA", "--json").data["buckets"]:
        s3.put_bucket_policy(Bucket=bucket["bucket"], Policy=json.dumps(bucket["policy"]))


def asked_for(devstack: Devstack, since: int) -> Asked:
    """Each permission on each resource that the stack's requests to S3 took, by the server's own tables."""
    return {
        pair
        for one in devstack.requests[since:]
        if "assumed-role" in one.principal
        for pair in zip(one.actions, one.resources, strict=True)
        if pair[0].startswith("s3:")
    }


def covers(need: Need, permission: str, resource: str) -> bool:
    if permission not in need.permissions:
        return False
    if need.operation.on_bucket:
        return resource == need.resource.arn()
    return resource.startswith(need.location.arn()) if need.below else resource == need.location.arn()


def test_a_job_asks_for_its_needs_and_for_nothing_else(devstack: Devstack, scenario: Scenario, ct: Ct) -> None:
    entitle(ct, scenario)
    since = len(devstack.requests)

    ended = ct.run(json.dumps(JOB))

    assert (ended.code, ended.data["state"]) == (ExitCode.DONE, "done"), ended
    assert {one.status for one in devstack.requests[since:] if one.decision == "AccessDenied"} == set()
    asked = asked_for(devstack, since)
    assert {pair for pair in asked if not any(covers(need, *pair) for need in NEEDS)} == set()
    assert [
        need for need in NEEDS if set(need.permissions) != {name for name, on in asked if covers(need, name, on)}
    ] == []
