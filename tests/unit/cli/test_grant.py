from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode

Ct = Callable[..., Any]


@pytest.mark.usefixtures("identified")
def test_every_permission_comes_with_its_reason(ct: Ct, client: str) -> None:
    data = ct("grant", client, "--json").data
    assert data["needed"]
    assert [bucket["bucket"] for bucket in data["buckets"]] == ["ClientA_bucket_in", "ClientA_bucket_out"]
    for bucket in data["buckets"]:
        granted = [
            action
            for statement in bucket["policy"]["Statement"]
            for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        ]
        assert [permission["action"] for permission in bucket["permissions"]] == granted
        assert all(permission["reason"] for permission in bucket["permissions"])


@pytest.mark.usefixtures("identified")
def test_the_printed_policy_can_be_pasted(ct: Ct, client: str) -> None:
    printed = ct("grant", client).out
    start = printed.index("{", printed.index("Bucket ClientA_bucket_out"))
    policy, _ = json.JSONDecoder().raw_decode(printed, start)
    assert policy["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/stack_prod"}


@pytest.mark.usefixtures("identified")
def test_minimal_leaves_out_what_jobs_may_do_without(ct: Ct, client: str) -> None:
    buckets = ct("grant", client, "--minimal", "--json").data["buckets"]
    assert not any(permission["optional"] for bucket in buckets for permission in bucket["permissions"])


@pytest.mark.usefixtures("identified")
def test_the_stacks_own_account_needs_none(ct: Ct) -> None:
    ct("client", "add", "Own", "--account", "111122223333", "--input", "s3://own-in", "--output", "s3://own-out")
    ran = ct("grant", "Own")
    assert ran.code == ExitCode.DONE
    assert "no bucket policy is needed" in ran.out
    assert "\nBucket " not in ran.out
    assert "The stack's own arn:aws:iam::111122223333:role/stack_prod" in ran.out
    assert ct("grant", "Own", "--json").data["needed"] is False


def test_without_credentials_nobody_knows_whom_to_entitle(ct: Ct, client: str) -> None:
    ran = ct("grant", client, "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.STACK, "credentials_missing")


@pytest.mark.parametrize("options", [("--apply",), ("--profile", "clienta")])
def test_applying_and_the_clients_profile_belong_together(ct: Ct, client: str, options: tuple[str, ...]) -> None:
    ran = ct("grant", client, *options)
    assert ran.code == ExitCode.USAGE
    assert "--profile" in ran.err
