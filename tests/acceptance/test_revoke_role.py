"""A role in the client's account, from sheet to end: assumed with the ExternalId, refused without it, then gone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.iam.models import iam_backends

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.devstack.scenario import Scenario, two_accounts
from cloudtranscode.devstack.server import Devstack
from support.ct import Ct

ACCOUNT, ROLE = "444455556666", "CloudTranscode-ClientA"


@pytest.fixture
def devstack() -> Iterator[Devstack]:
    with Devstack() as devstack:
        yield devstack


@pytest.fixture
def scenario(devstack: Devstack) -> Scenario:
    return two_accounts(devstack)


@pytest.fixture
def ct(scenario: Scenario, tmp_path: Path) -> Ct:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CT_"))}
    ct = Ct(inherited | scenario.stack.environment() | {"CT_HOME": str(tmp_path)})
    client = scenario.client("ClientA")
    places = ["--input", f"s3://{client.bucket_in}", "--output", f"s3://{client.bucket_out}"]
    done = ct("client", "add", "ClientA", "--account", ACCOUNT, *places, "--mode", "assume-role")
    assert done.code == ExitCode.DONE, done.err
    return ct


def assume(scenario: Scenario, **said: str) -> str:
    """What STS answers to the stack: ``""`` for a session."""
    keys = scenario.stack
    sts = boto3.Session(keys.access_key, keys.secret_key, keys.session_token, "us-east-1").client(
        "sts", endpoint_url=keys.endpoint
    )
    try:
        sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", RoleSessionName="test", **said)  # type: ignore[arg-type]
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    finally:
        sts.close()
    return ""


def test_the_role_of_the_sheet_opens_to_the_external_id_alone_and_its_end_is_proven(
    ct: Ct, devstack: Devstack, scenario: Scenario
) -> None:
    sheet = ct("grant", "ClientA", "--json").data
    trust, permissions = (json.dumps(sheet["role"][name]) for name in ("trust", "policy"))
    devstack.backend.create_role(ACCOUNT, ROLE, trust, permissions)

    assert assume(scenario, ExternalId=sheet["external_id"]) == ""
    assert assume(scenario) == "AccessDenied"
    assert assume(scenario, ExternalId="another") == "AccessDenied"

    still = ct("revoke", "ClientA", "--prove", "--json")
    assert (still.code, [check["status"] for check in still.data["checks"]]) == (ExitCode.FAILED, ["fail"])

    iam = iam_backends[ACCOUNT]["aws"]
    iam.delete_role_policy(ROLE, "inline")
    iam.delete_role(ROLE)

    gone = ct("revoke", "ClientA", "--prove", "--json")
    assert (gone.code, [check["name"] for check in gone.data["checks"]]) == (ExitCode.DONE, ["assume-refused"])
