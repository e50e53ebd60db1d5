"""A grant's end on a real S3 server: by its date, or taken back and proven to be gone."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from support.ceph import Rgw
from support.ct import SMALLEST_JOB, Ct, content, ct_as
from support.reference import INPUT, OUTPUT, Client, Stack, outcome

KEY = "input/video1.mp4"
FOREIGN = '{ "Version":"2012-10-17",  "Statement":[ {"Sid":"Mine","Effect":"Allow","Principal":{"AWS":"%s"},\n\
  "Action":"s3:GetObject","Resource":"arn:aws:s3:::%s/*"}  ] }'
GONE = {"read-refused": "pass", "write-refused": "pass"}


@pytest.fixture
def ct(rgw: Rgw, client: Client, stack: Stack, tmp_path: Path) -> Ct:
    credentials = tmp_path / "credentials"
    keys = client.user.keys
    credentials.write_text(f"[clienta]\naws_access_key_id = {keys.access}\naws_secret_access_key = {keys.secret}\n")
    return ct_as(stack.keys, stack.arn, rgw.endpoint, tmp_path / "home").with_variables(
        AWS_SHARED_CREDENTIALS_FILE=str(credentials)
    )


def register(ct: Ct, client: Client, *options: str) -> None:
    places = ("--input", f"s3://{INPUT}", "--output", f"s3://{OUTPUT}")
    done = ct("client", "add", "ClientA", "--account", client.user.name, *places, *options)
    assert done.code == ExitCode.DONE, done.err


def statuses(checks: list[dict[str, str]]) -> dict[str, str]:
    return {check["name"]: check["status"] for check in checks}


def policy(client: Client, bucket: str) -> Any:
    return client.s3.get_bucket_policy(Bucket=bucket)["Policy"]


@pytest.mark.parametrize("stack", ["role"], indirect=True)
def test_a_grant_ends_when_it_is_said_to(ct: Ct, client: Client, stack: Stack) -> None:
    """The server decides by its own clock, and the stack finds out by being refused."""
    client.s3.put_object(Bucket=INPUT, Key=KEY, Body=b"film")
    soon = datetime.now(UTC) + timedelta(seconds=6)
    register(ct, client, "--expires", soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    applied = ct("grant", "ClientA", "--apply", "--profile", "clienta", "--json")
    assert applied.code == ExitCode.DONE, applied
    assert outcome(stack.s3.get_object, Bucket=INPUT, Key=KEY) == (200, "")

    time.sleep(max(0, (soon - datetime.now(UTC)).total_seconds()) + 1)

    assert outcome(stack.s3.get_object, Bucket=INPUT, Key=KEY) == (403, "AccessDenied")
    assert outcome(stack.s3.put_object, Bucket=OUTPUT, Key="x", Body=b"x") == (403, "AccessDenied")
    assert ct("verify", "ClientA", "--key", KEY, "--json").code == ExitCode.FAILED


@pytest.mark.parametrize("stack", ["role"], indirect=True)
@pytest.mark.parametrize(("expires", "works"), [("2020-01-31", False), ("2999-01-31", True)])
def test_a_date_in_the_past_grants_nothing(ct: Ct, client: Client, expires: str, works: bool) -> None:
    client.s3.put_object(Bucket=INPUT, Key=KEY, Body=b"film")
    register(ct, client, "--expires", expires)
    assert ct("grant", "ClientA", "--apply", "--profile", "clienta").code == ExitCode.DONE
    verified = ct("verify", "ClientA", "--key", KEY, "--json")
    assert (verified.code == ExitCode.DONE) is works, verified


def test_what_is_taken_back_is_gone_and_proven(ct: Ct, client: Client, stack: Stack) -> None:
    client.s3.put_object(Bucket=INPUT, Key=KEY, Body=b"film")
    foreign = FOREIGN % (client.user.arn, INPUT)
    client.attach(INPUT, foreign)
    register(ct, client)
    assert ct("grant", "ClientA", "--diff", "--profile", "clienta").code == ExitCode.DONE
    assert ct("grant", "ClientA", "--apply", "--profile", "clienta").code == ExitCode.DONE
    assert ct("verify", "ClientA", "--json").code == ExitCode.DONE
    waiting = ct("submit", "-", stdin=SMALLEST_JOB).out.strip()
    granted = {bucket: policy(client, bucket) for bucket in (INPUT, OUTPUT)}

    shown = ct("revoke", "ClientA", "--profile", "clienta", "--json")

    assert shown.code == ExitCode.DONE, shown
    assert [job["id"] for job in shown.data["jobs"]] == [waiting]
    assert {one["target"]: one["policy"] for one in shown.data["policies"]} == {INPUT: foreign, OUTPUT: None}
    assert {bucket: policy(client, bucket) for bucket in (INPUT, OUTPUT)} == granted
    early = ct("revoke", "ClientA", "--prove", "--json")
    assert (early.code, set(statuses(early.data["checks"]).values())) == (ExitCode.FAILED, {"fail"})

    done = ct("revoke", "ClientA", "--apply", "--yes", "--profile", "clienta", "--json")

    assert (done.code, done.data["gone"]) == (ExitCode.DONE, True), done
    assert done.data["done"] == {INPUT: "edited", OUTPUT: "deleted"}
    assert statuses(done.data["checks"]) == GONE
    assert policy(client, INPUT) == foreign
    assert outcome(client.s3.get_bucket_policy, Bucket=OUTPUT) == (404, "NoSuchBucketPolicy")
    assert outcome(stack.s3.get_object, Bucket=INPUT, Key=KEY) == (403, "AccessDenied")
    assert outcome(stack.s3.put_object, Bucket=OUTPUT, Key="x", Body=b"x") == (403, "AccessDenied")
    assert set(content(client.s3, OUTPUT)) == set()
    again = ct("revoke", "ClientA", "--prove", "--key", f"s3://{INPUT}/{KEY}", "--json")
    assert (again.code, statuses(again.data["checks"])) == (ExitCode.DONE, GONE)
    foreign_key = ct("revoke", "ClientA", "--prove", "--key", f"s3://{INPUT}-mistyped/{KEY}")
    assert foreign_key.code not in {ExitCode.DONE, ExitCode.FAILED}
    assert "is not under ClientA's input" in foreign_key.err


@pytest.mark.parametrize("stack", ["role"], indirect=True)
def test_access_that_somebody_else_left_open_is_named(ct: Ct, client: Client, stack: Stack) -> None:
    client.s3.put_object(Bucket=INPUT, Key=KEY, Body=b"film")
    own = {"Sid": "ByHand", "Effect": "Allow", "Principal": {"AWS": stack.arn}, "Action": "s3:GetObject"}
    resource = {"Resource": f"arn:aws:s3:::{INPUT}/*"}
    client.attach(INPUT, json.dumps({"Version": "2012-10-17", "Statement": [own | resource]}))
    register(ct, client)
    assert ct("grant", "ClientA", "--apply", "--profile", "clienta").code == ExitCode.DONE

    done = ct("revoke", "ClientA", "--apply", "--yes", "--profile", "clienta")

    assert done.code == ExitCode.FAILED
    assert "fail read-refused: The stack still may: Statement[0] (ByHand) of the bucket's policy." in done.out
    assert "pass write-refused" in done.out
