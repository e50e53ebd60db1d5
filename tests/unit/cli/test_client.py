from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cloudtranscode.cli.exit_codes import ExitCode

Ct = Callable[..., Any]

CLIENT = {
    "name": "ClientA",
    "account": "444455556666",
    "input": "s3://ClientA_bucket_in/input",
    "output": "s3://ClientA_bucket_out/",
}


def test_a_client_is_listed_until_it_is_removed(ct: Ct, client: str) -> None:
    assert ct("client", "list", "--json").data == [CLIENT]
    assert ct("client", "show", client, "--json").data == CLIENT
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
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.CLIENT, "invalid_location")
