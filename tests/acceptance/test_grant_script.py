"""The script of AWS CLI commands, run by a shell: it entitles the stack, and ends before it would replace a policy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from support.ceph import REGION, Rgw
from support.ct import Ct, ct_as
from support.reference import INPUT, OUTPUT, Client, Stack, outcome

FOREIGN = '{"Version":"2012-10-17","Statement":[{"Sid":"Mine","Effect":"Allow","Principal":{"AWS":"%s"},\
"Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/*"}]}'
PREFIX = 'it\'s $(echo "a") `b` $c \\n'  # no ${c}: this server does not know how a policy writes it


@pytest.fixture
def shell(rgw: Rgw, client: Client, tmp_path: Path) -> dict[str, str]:
    """The client's own environment: its keys, and an ``aws`` on the path."""
    program = tmp_path / "bin" / "aws"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nexec {sys.executable} {Path(__file__).parents[1] / "support" / "aws_cli.py"} "$@"\n'
    )
    program.chmod(0o755)
    keys = client.user.keys
    return {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": rgw.endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": keys.access,
        "AWS_SECRET_ACCESS_KEY": keys.secret,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


@pytest.fixture
def ct(rgw: Rgw, stack: Stack, client: Client, tmp_path: Path) -> Ct:
    ct = ct_as(stack.keys, stack.arn, rgw.endpoint, tmp_path / "home")
    ct.register("ClientA", client.user.name, f"s3://{INPUT}/{PREFIX}", f"s3://{OUTPUT}")
    return ct


def run(script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh"], input=script, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("stack", ["role"], indirect=True)
def test_the_script_entitles_and_does_not_replace(
    ct: Ct, client: Client, stack: Stack, shell: dict[str, str], tmp_path: Path
) -> None:
    client.s3.put_object(Bucket=INPUT, Key=f"{PREFIX}/film.mp4", Body=b"film")
    client.attach(INPUT, FOREIGN % (client.user.arn, INPUT))

    blind = run(ct("grant", "ClientA", "--format", "cli").out, shell)

    assert blind.returncode == 1, blind
    assert f"{INPUT} has a policy, which would be lost" in blind.stderr
    assert outcome(stack.s3.get_object, Bucket=INPUT, Key=f"{PREFIX}/film.mp4") == (403, "AccessDenied")

    saved = tmp_path / "present.json"
    saved.write_text(client.s3.get_bucket_policy(Bucket=INPUT)["Policy"])
    merged = run(ct("grant", "ClientA", "--format", "cli", "--existing", f"{INPUT}={saved}").out, shell)

    assert (merged.returncode, merged.stderr) == (0, "")
    verified = ct("verify", "ClientA", "--json")
    assert verified.code == ExitCode.DONE, verified
    statements = json.loads(client.s3.get_bucket_policy(Bucket=INPUT)["Policy"])["Statement"]
    assert [one["Sid"] for one in statements][:2] == ["Mine", "CloudTranscodeReadClientA"]
