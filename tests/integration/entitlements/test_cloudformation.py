"""The CloudFormation templates: nothing to be said against them, and they make what the sheet says.

The imitation of AWS makes no AWS::S3::BucketPolicy; those are compared document by document in the unit tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cloudtranscode.entitlements.forms.cloudformation import cloudformation
from cloudtranscode.entitlements.grant import GrantSheet, grant_sheet
from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.sheet import Place
from cloudtranscode.errors import Side
from support.orders import ORDERS

REGION = "us-east-1"
CFN_LINT = Path(sys.executable).with_name("cfn-lint")
FOREIGN = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Mine",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:DeleteBucket",
                "Resource": "arn:aws:s3:::clienta-in",
            }
        ],
    }
)
PRESENT = Present({"clienta-in": FOREIGN})


def test_the_linter_has_nothing_to_say(tmp_path: Path) -> None:
    files = []
    for name, order in ORDERS.items():
        for side in Side:
            if text := cloudformation(grant_sheet(order), side, PRESENT):
                files.append(tmp_path / f"{name}-{side.value}.yaml")
                files[-1].write_text(text)
    done = subprocess.run([CFN_LINT, *files], capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(files) == 9


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An AWS of one account, with the stack's role in it."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with mock_aws():
        session = boto3.Session("testing", "testing", region_name=REGION)
        session.client("iam").create_role(RoleName="stack_prod", AssumeRolePolicyDocument="{}")
        yield session


def deploy(aws: boto3.Session, sheet: GrantSheet, side: Side) -> dict[str, str]:
    """Make a stack of the template; returns its outputs."""
    client: Any = aws.client("cloudformation")
    body = cloudformation(sheet, side, PRESENT)
    client.create_stack(StackName=side.value, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
    (stack,) = client.describe_stacks(StackName=side.value)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


@pytest.mark.parametrize("name", ["assume-role", "nasty-role"])
def test_the_role_trusts_and_permits_what_the_sheet_says(aws: boto3.Session, name: str) -> None:
    sheet = grant_sheet(ORDERS[name])
    (trust,), (role,) = sheet.at(Place.TRUST), sheet.at(Place.ROLE)
    arn = deploy(aws, sheet, Side.CLIENT)["RoleArn"]
    assert arn.rpartition("/")[2] == role.target.rpartition("/")[2] == "CloudTranscode-ClientA"
    iam = aws.client("iam")
    assert iam.get_role(RoleName="CloudTranscode-ClientA")["Role"]["AssumeRolePolicyDocument"] == trust.document
    inline = iam.get_role_policy(RoleName="CloudTranscode-ClientA", PolicyName="CloudTranscode-ClientA")
    assert inline["PolicyDocument"] == role.document


@pytest.mark.parametrize("name", list(ORDERS))
def test_the_stacks_role_gets_its_own_policy(aws: boto3.Session, name: str) -> None:
    sheet = grant_sheet(ORDERS[name])
    (own,) = sheet.at(Place.STACK)
    deploy(aws, sheet, Side.STACK)
    attached = aws.client("iam").get_role_policy(RoleName="stack_prod", PolicyName="CloudTranscode-ClientA")
    assert attached["PolicyDocument"] == own.document
