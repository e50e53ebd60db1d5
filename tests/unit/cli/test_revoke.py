from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode

Ct = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("identified")


def save(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_the_plan_names_jobs_statements_and_what_is_left(ct: Ct, client: str, tmp_path: Path) -> None:
    output = {"type": "poster", "to": "s3://ClientA_bucket_out/v.jpg"}
    document = {"client": client, "input": "s3://ClientA_bucket_in/input/v.mp4", "outputs": [output]}
    ct("client", "prove", client, "--trusted")
    job = ct("submit", save(tmp_path / "job.json", json.dumps(document))).out.strip()
    granted = ct("grant", client, "--json").data["buckets"][1]["policy"]
    own = {"Sid": "Mine", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:GetObject"}
    granted["Statement"].insert(0, own | {"Resource": "arn:aws:s3:::ClientA_bucket_out/*"})
    existing = "ClientA_bucket_out=" + save(tmp_path / "out.json", json.dumps(granted))

    ran = ct("revoke", client, "--existing", existing, "--json")

    assert ran.code == ExitCode.DONE
    assert ran.data["jobs"] == [{"id": job, "state": "queued"}]
    (policy,) = ran.data["policies"]
    assert [one["Sid"] for one in json.loads(policy["policy"])["Statement"]] == ["Mine"]
    (unread,) = ran.data["unread"]
    assert unread["target"] == "ClientA_bucket_in"
    assert "CloudTranscodeReadClientA" in unread["sids"]
    text = ct("revoke", client, "--existing", existing)
    assert job in text.out
    assert "ClientA_bucket_out without the grant" in text.out
    assert "aws iam delete-role-policy --role-name stack_prod" in text.out


def test_a_policy_that_is_ours_alone_is_to_be_deleted(ct: Ct, client: str, tmp_path: Path) -> None:
    granted = ct("grant", client, "--json").data["buckets"][0]["policy"]
    existing = "ClientA_bucket_in=" + save(tmp_path / "in.json", json.dumps(granted))
    assert "no statement is left, delete the policy" in ct("revoke", client, "--existing", existing).out


def test_a_role_is_deleted_by_who_made_it(ct: Ct) -> None:
    places = ("--input", "s3://b-in", "--output", "s3://b-out")
    ct("client", "add", "B", "--account", "444455556666", *places, "--mode", "assume-role")
    commands = ct("revoke", "B", "--json").data["commands"]
    assert commands["client"] == [
        "aws iam delete-role-policy --role-name CloudTranscode-B --policy-name CloudTranscode-B",
        "aws iam delete-role --role-name CloudTranscode-B",
    ]
    assert ct("revoke", "B", "--apply", "--yes", "--profile", "b").code == ExitCode.USAGE


@pytest.mark.parametrize(
    "options",
    [
        ("--apply",),
        ("--prove", "--profile", "p"),
        ("--apply", "--profile", "p", "--json"),
        ("--existing", "x=/dev/null"),
    ],
)
def test_options_that_make_no_sense_together(ct: Ct, client: str, options: tuple[str, ...]) -> None:
    assert ct("revoke", client, *options).code == ExitCode.USAGE
