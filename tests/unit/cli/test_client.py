from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode

Ct = Callable[..., Any]

CLIENT = {
    "name": "ClientA",
    "account": "444455556666",
    "input": "s3://ClientA_bucket_in/input",
    "output": "s3://ClientA_bucket_out/",
    "terms": {
        "mode": "bucket-policy",
        "role_arn": None,
        "external_id": None,
        "kms_keys": [],
        "expires": None,
        "shares": False,
    },
    "proof": "stated",
}


def test_a_client_is_listed_until_it_is_removed(ct: Ct, client: str) -> None:
    listed = ct("client", "list", "--json").data
    assert [one | {"proof": one["proof"]["how"]} for one in listed] == [CLIENT]
    assert ct("client", "show", client, "--json").data == listed[0]
    assert ct("client", "remove", client).code == ExitCode.DONE
    assert ct("client", "list", "--json").data == []


def test_add_names_the_next_step(ct: Ct) -> None:
    ran = ct("client", "add", "B", "--account", "444455556666", "--input", "s3://b-in", "--output", "s3://b-out")
    assert "ct grant B" in ran.err
    assert "s3://b-in" in ran.out


def test_the_secret_is_shown_only_when_asked_for_and_stays_the_same(ct: Ct, client: str) -> None:
    assert "whsec_" not in ct("client", "show", client).out
    secret = ct("client", "show", client, "--secret", "--json").data["webhook_secret"]
    assert secret.startswith("whsec_")
    assert secret in ct("client", "show", client, "--secret").out


def test_a_client_exists_once(ct: Ct, client: str) -> None:
    again = ("client", "add", client, "--account", "1", "--input", "s3://b-in", "--output", "s3://b-out", "--json")
    ran = ct(*again)
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.STACK, "client_exists")


def test_an_unknown_client_is_one_clear_error(ct: Ct) -> None:
    ran = ct("client", "show", "Nobody")
    assert ran.code == ExitCode.STACK
    assert ran.out == ""
    for words in ("No client is called 'Nobody'", "the stack's admin", "ct client add", "unknown_client"):
        assert words in ran.err


def test_a_local_folder_is_no_input(ct: Ct) -> None:
    ran = ct("client", "add", "B", "--account", "1", "--input", "media/in", "--output", "s3://b-out", "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.USAGE, "usage")


@pytest.mark.parametrize(
    ("letters", "options", "says"),
    [
        ("é" * 100, (), "do not fit the 2,048 characters"),
        ("x", ("--mode", "assume-role", "--role-arn", "arn:aws:iam::777788889999:role/ct"), "not a role of account"),
    ],
    ids=["prefixes too long for a session", "a role of another account"],
)
def test_what_would_take_the_limits_off_is_refused(ct: Ct, letters: str, options: tuple[str, ...], says: str) -> None:
    places = ("--input", f"s3://b-in/{letters}", "--output", f"s3://b-out/{letters}")
    ran = ct("client", "add", "B", "--account", "444455556666", *places, *options, "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.USAGE, "usage")
    assert says in ran.data["error"]["message"]
    assert ct("client", "list", "--json").data == []


def test_a_bad_name_is_the_admins_to_mend(ct: Ct) -> None:
    ran = ct("client", "add", "Bad Name!", "--account", "1", "--input", "s3://b-in", "--output", "s3://b-out", "--json")
    assert (ran.code, ran.data["error"]["side"]) == (ExitCode.USAGE, "stack")
    assert "Bad Name!" in ran.data["error"]["message"]


@pytest.mark.usefixtures("identified")
@pytest.mark.parametrize(
    ("account", "says", "keeps_quiet"),
    [
        ("111122223333", "no grant", "ct grant"),
        ("444455556666", "ct grant", "tenant"),
        ("tenant7", "tenant", "no grant"),
    ],
)
def test_add_says_what_kind_of_account_it_is(ct: Ct, account: str, says: str, keeps_quiet: str) -> None:
    ran = ct("client", "add", "B", "--account", account, "--input", "s3://b-in", "--output", "s3://b-out")
    assert says in ran.err
    assert keeps_quiet not in ran.err


def test_a_client_whose_job_waits_cannot_be_removed(ct: Ct, client: str, tmp_path: Path) -> None:
    output = {"type": "poster", "to": "s3://ClientA_bucket_out/v.jpg"}
    job = tmp_path / "job.json"
    job.write_text(json.dumps({"client": client, "input": "s3://ClientA_bucket_in/input/v.mp4", "outputs": [output]}))
    waiting = ct("submit", str(job)).out.strip()
    refused = ct("client", "remove", client, "--json")
    assert (refused.code, refused.data["error"]["code"]) == (ExitCode.STACK, "client_busy")
    ct("job", "cancel", waiting)
    assert ct("client", "remove", client).code == ExitCode.DONE
