"""The grant sheet as JSON, AWS CLI commands, CloudFormation and Terraform: what is deployed is what the sheet says."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudtranscode.entitlements.forms.awscli import awscli
from cloudtranscode.entitlements.forms.cloudformation import cloudformation
from cloudtranscode.entitlements.forms.data import as_data
from cloudtranscode.entitlements.forms.terraform import terraform
from cloudtranscode.entitlements.grant import GrantSheet, grant_sheet
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.sheet import Place
from cloudtranscode.errors import Side
from cloudtranscode.location import S3Location
from support.orders import KEY, NASTY, ORDERS, order

GOLDEN = Path(__file__).parent / "golden"
FOREIGN = json.dumps(
    {
        "Version": "2012-10-17",
        "Id": "theirs",
        "Statement": [
            {
                "Sid": "OnlyTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::clienta-in", "arn:aws:s3:::clienta-in/*"],
                "Condition": {"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"s3:TlsVersion": 1.2}},
            }
        ],
    }
)
PRESENT = Present({"clienta-in": FOREIGN, "clienta-out": ""})


@pytest.fixture(params=list(ORDERS))
def sheet(request: pytest.FixtureRequest) -> GrantSheet:
    return grant_sheet(ORDERS[request.param])


def documents(sheet: GrantSheet, present: Present, *kinds: Place) -> list[Any]:
    """What has to come out of any form, in order."""
    return [
        json.loads(present.merged(place)) if place.place is Place.BUCKET else place.document
        for place in sheet.at(*kinds)
    ]


def every(form: Any, sheet: GrantSheet, present: Present) -> str:
    return "\n".join(form(sheet, side, present) for side in Side)


DEPLOYED = (Place.BUCKET, Place.TRUST, Place.ROLE, Place.STACK)


@pytest.mark.parametrize("present", [Present(), PRESENT], ids=["unknown", "known"])
def test_cloudformation_deploys_the_sheets_documents(sheet: GrantSheet, present: Present) -> None:
    found = []
    for side in Side:
        template = yaml.safe_load(cloudformation(sheet, side, present)) or {"Resources": {}}
        for resource in template["Resources"].values():
            properties = resource["Properties"]
            found += [properties[name] for name in ("PolicyDocument", "AssumeRolePolicyDocument") if name in properties]
            found += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    assert found == documents(sheet, present, *DEPLOYED)


@pytest.mark.parametrize("present", [Present(), PRESENT], ids=["unknown", "known"])
def test_the_script_attaches_the_sheets_documents(sheet: GrantSheet, present: Present) -> None:
    found = []
    for side in Side:
        words = shlex.split(awscli(sheet, side, present), comments=True)
        names = {"--policy", "--policy-document", "--assume-role-policy-document"}
        found += [json.loads(words[at + 1]) for at, word in enumerate(words) if word in names]
    assert found == documents(sheet, present, *DEPLOYED)


def test_the_scripts_are_shell(sheet: GrantSheet) -> None:
    for side in Side:
        subprocess.run(["sh", "-n"], input=awscli(sheet, side, Present()), text=True, check=True)


@pytest.mark.parametrize("name", list(ORDERS))
@pytest.mark.parametrize("side", list(Side)[:2])
def test_terraform_is_written_as_terraform_fmt_writes_it(name: str, side: Side) -> None:
    """The files beside this test are what `terraform fmt` leaves as it is; where the binary is, it is asked again."""
    text = terraform(grant_sheet(ORDERS[name]), side, PRESENT)
    golden = GOLDEN / f"{name}-{side.value}.tf"
    assert text == (golden.read_text() if golden.exists() else "")
    if (program := shutil.which("terraform")) and text:
        subprocess.run([program, "fmt", "-check", "-"], input=text, text=True, check=True, capture_output=True)


def expressions(text: str) -> Iterator[str]:
    return (found[1] for found in re.finditer(r"= jsonencode\((\{\n.*?\n  \})\)\n", text, re.DOTALL))


def test_terraform_means_the_sheets_documents(sheet: GrantSheet, tmp_path: Path) -> None:
    written = list(expressions(every(terraform, sheet, PRESENT)))
    expected = documents(sheet, PRESENT, *DEPLOYED)
    assert [json.loads(read_hcl(one)) for one in written] == expected
    if program := shutil.which("terraform"):
        (tmp_path / "main.tf").write_text(f"locals {{\n  all = [{', '.join(written)}]\n}}\n")
        answered = subprocess.run(
            [program, "console"],
            cwd=tmp_path,
            input="jsonencode(local.all)",
            text=True,
            check=True,
            capture_output=True,
        ).stdout
        # The console prints the text as HCL has it, but for the escapes of templates.
        assert json.loads(json.loads(answered)) == expected


def read_hcl(text: str) -> str:
    """Turn the part of the language that is written here into JSON: its keys, its strings, its commas."""
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|#[^\n]*|[A-Za-z_]\w*|[-\d.]+|[={}\[\],]|\n', text)
    found: list[str] = []
    for token in tokens:
        if token == "\n":
            if found and found[-1] not in "{[,":
                found.append(",")
        elif token.startswith('"'):
            found.append(token.replace("$${", "${").replace("%%{", "%{"))
        elif token == "=":
            found.append(":")
        elif not token.startswith("#"):
            found.append(f'"{token}"' if token[0].isupper() else token)
    return re.sub(r",+([}\]]|$)", r"\1", "".join(found))


def test_every_form_tells_every_reason(sheet: GrantSheet) -> None:
    told = [reason for place in sheet.attachments for one in place.statements for reason in one.reasons]
    for form in (awscli, cloudformation, terraform):
        text = every(form, sheet, PRESENT).replace("''", "'")
        assert [reason for reason in told if reason not in text] == []


def test_a_key_is_left_to_its_owner_unless_its_policy_is_known() -> None:
    sheet = grant_sheet(ORDERS["bucket-policy"])
    (key,) = sheet.at(Place.KEY)
    for form in (awscli, cloudformation, terraform):
        (line,) = [one for one in form(sheet, Side.CLIENT, Present()).splitlines() if '"CloudTranscodeUseKey' in one]
        assert json.loads(line.removeprefix("# ")) == key.document["Statement"][0]
    default = {"Sid": "Enable IAM", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "kms:*"}
    known = Present({KEY: json.dumps({"Version": "2012-10-17", "Statement": [{**default, "Resource": "*"}]})})
    assert "aws kms put-key-policy --region eu-west-1" in awscli(sheet, Side.CLIENT, known)
    assert 'resource "aws_kms_key_policy"' in terraform(sheet, Side.CLIENT, known)
    assert "cannot change the policy of a key" in cloudformation(sheet, Side.CLIENT, known)


def test_what_would_be_replaced_is_said_plainly() -> None:
    sheet = grant_sheet(ORDERS["bucket-policy"])
    for form in (awscli, cloudformation, terraform):
        unknown, known = form(sheet, Side.CLIENT, Present()), form(sheet, Side.CLIENT, PRESENT)
        assert unknown.count("not known here what stands there") == 2
        assert "--existing clienta-in=FILE" in unknown
        assert "not known" not in known
        assert "OnlyTls" in known


@pytest.mark.parametrize(("one", "other"), [("a-b", "a.b"), ("1bucket", "2bucket"), ("a-b", "A_b")])
def test_each_bucket_has_its_own_resource(one: str, other: str) -> None:
    sheet = grant_sheet(replace(order(), input=S3Location(one, "in"), output=S3Location(other, "out"), seals=()))
    resources = yaml.safe_load(cloudformation(sheet, Side.CLIENT, Present()))["Resources"]
    assert [found["Properties"]["Bucket"] for found in resources.values()] == [one, other]
    assert all(re.fullmatch("[A-Za-z0-9]+", name) for name in resources)
    labels = re.findall(
        r'^resource "aws_s3_bucket_policy" "([a-z][a-z0-9_]*)"', terraform(sheet, Side.CLIENT, Present()), re.MULTILINE
    )
    assert len(set(labels)) == 2


@pytest.mark.parametrize(
    "word", ["089988887777", "1e3", "-1e3", "+.5", "0o17", "1_000", "1:20", "y", "N", "no", "~", ""]
)
def test_no_reader_of_the_template_takes_a_string_for_something_else(word: str) -> None:
    statement = {
        "Sid": word,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::clienta-in",
    }
    present = Present({"clienta-in": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})
    assert f"Sid: '{word}'\n" in cloudformation(grant_sheet(ORDERS["bucket-policy"]), Side.CLIENT, present)


def test_the_data_holds_every_document_and_the_bytes() -> None:
    data = as_data(grant_sheet(ORDERS["bucket-policy"]), PRESENT)
    assert [bucket["bucket"] for bucket in data["buckets"]] == ["clienta-in", "clienta-out"]
    first = data["buckets"][0]
    assert first["bytes"] == len(first["merged"].encode()) < first["max_bytes"] == 20_480
    assert "bytes" not in as_data(grant_sheet(ORDERS["bucket-policy"]), Present())["buckets"][0]
    assert data["keys"][0]["key"] == KEY
    assert (data["role"], data["external_id"]) == (None, None)
    role = as_data(grant_sheet(ORDERS["assume-role"]), Present())
    assert role["role"]["trust"]["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"] == role["external_id"]
    assert role["buckets"] == []


def test_a_nasty_prefix_stays_one_prefix() -> None:
    (bucket, *_) = grant_sheet(ORDERS["nasty"]).at(Place.BUCKET)
    (resource,) = Policy.parse(bucket.document).statements[0].resources
    assert "".join(part if isinstance(part, str) else "<any>" for part in resource.parts).endswith(f"{NASTY}/<any>")
