from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from cloudtranscode import database
from cloudtranscode.cli.exit_codes import ExitCode

Ct = Callable[..., Any]


@pytest.fixture
def two(ct: Ct, client: str) -> None:
    """ClientA, and another client that is not proven."""
    where = ("--input", "s3://b-in/media", "--output", "s3://b-out")
    assert ct("client", "add", "B", "--account", "777788889999", *where).code == ExitCode.DONE


@pytest.fixture
def engine(tmp_path: Path, two: None) -> Iterator[Engine]:
    engine = database.open_database(f"sqlite:///{tmp_path / 'home' / 'cloudtranscode.sqlite'}")
    yield engine
    engine.dispose()


@pytest.mark.usefixtures("two")
def test_strangers_are_isolated_and_the_proofs_are_told(ct: Ct) -> None:
    ran = ct("audit", "isolation")
    assert ran.code == ExitCode.DONE
    lines = [line.split() for line in ran.out.splitlines()]
    assert lines[:3] == [["JOBS", "OF", "B", "ClientA"], ["B", "-", "isolated"], ["ClientA", "isolated", "-"]]
    assert ["B", "unproven", "-", "-"] in lines
    assert "2 clients, 2 pairs: 2 isolated." in ran.err


def test_what_was_planted_in_the_database_is_named(ct: Ct, engine: Engine) -> None:
    with database.transaction(engine) as connection:
        known = database.clients
        planted = {"input": "s3://ClientA_bucket_in/input/deep", "account": "444455556666"}
        connection.execute(update(known).where(known.c.name == "B").values(planted))
    ran = ct("audit", "isolation")
    assert ran.code == ExitCode.FAILED
    theirs = "ClientA's input s3://ClientA_bucket_in/input"
    assert ran.out.count(f"OVERLAP B's input s3://ClientA_bucket_in/input/deep meets {theirs} (inside)") == 1
    data = ct("audit", "isolation", "--json").data
    assert not data["ok"]
    assert {pair["verdict"] for pair in data["pairs"]} == {"OVERLAP"}
    (found,) = data["pairs"][0]["overlaps"]
    assert (found["kind"], found["reach"], found["stated"], found["violates"]) == ("inside", True, False, True)
    assert any(one["action"] == "s3:GetObject" for one in data["pairs"][0]["reach"])


def test_who_can_have_no_session_of_its_own_is_not_called_isolated(ct: Ct, engine: Engine) -> None:
    with database.transaction(engine) as connection:
        known = database.clients
        connection.execute(update(known).where(known.c.name == "B").values(input=f"s3://b-in/{'é' * 200}"))
    ran = ct("audit", "isolation")
    assert ran.code == ExitCode.FAILED
    assert "No session policy that STS takes fits B" in ran.out
    assert "1 unlimited, 1 isolated." in ran.err


def test_many_clients_are_told_without_a_table(ct: Ct) -> None:
    for number in range(12):
        where = ("--input", f"s3://c{number}-in", "--output", f"s3://c{number}-out")
        ct("client", "add", f"C{number}", "--account", "444455556666", *where, "--trusted")
    ran = ct("audit", "isolation")
    assert "JOBS OF" not in ran.out
    assert "12 clients, 132 pairs: 132 isolated." in ran.err


def test_without_clients_it_says_so(ct: Ct) -> None:
    ran = ct("audit", "isolation")
    assert (ran.code, ran.out) == (ExitCode.DONE, "")
    assert "ct client add" in ran.err


def test_a_location_of_another_client_is_refused_and_can_be_stated(ct: Ct, client: str) -> None:
    add = ("client", "add", "B", "--account", "444455556666", "--output", "s3://b-out")
    refused = ct(*add, "--input", "s3://ClientA_bucket_in", "--json")
    assert (refused.code, refused.data["error"]["code"]) == (ExitCode.STACK, "location_taken")
    assert "--shares" in refused.data["error"]["remedy"]
    assert ct(*add, "--input", "s3://ClientA_bucket_in", "--shares").code == ExitCode.DONE
    assert "shared" in ct("audit", "isolation").out
    theirs = ct("client", "add", "M", "--account", "1", "--input", "s3://b-out/x", "--output", "s3://m-out", "--shares")
    assert "A bucket has one owner" in theirs.err


@pytest.mark.usefixtures("identified", "two")
def test_the_challenge_is_what_the_grant_has_and_the_word_of_an_admin_needs_none(ct: Ct, client: str) -> None:
    data = ct("client", "challenge", "B", "--json").data
    sids = {one["Sid"] for statements in data["buckets"].values() for one in statements}
    granted = {
        one["Sid"] for bucket in ct("grant", "B", "--json").data["buckets"] for one in bucket["policy"]["Statement"]
    }
    assert len(sids) == 4
    assert len(sids & granted) == 2
    assert ct("client", "challenge", client, "--json").data["buckets"] == {}
    assert not any(
        "Control" in bucket["policy"]["Statement"][-1]["Sid"]
        for bucket in ct("grant", client, "--json").data["buckets"]
    )
    proven = ct("client", "prove", client, "--json").data
    assert (proven["check"]["status"], proven["proof"]["how"]) == ("pass", "stated")


def test_an_admin_may_vouch_for_a_client_later(ct: Ct, two: None) -> None:
    proven = ct("client", "prove", "B", "--trusted", "--json").data
    assert (proven["check"]["status"], proven["proof"]["how"]) == ("pass", "stated")
    assert "has stated it" in ct("client", "prove", "B").out


@pytest.mark.usefixtures("two")
def test_jobs_of_who_is_not_proven_are_refused(ct: Ct, tmp_path: Path) -> None:
    job = tmp_path / "job.yaml"
    job.write_text('client: B\ninput: s3://b-in/media/1.mp4\noutputs: [{type: poster, to: "s3://b-out/1.jpg"}]\n')
    ran = ct("submit", str(job), "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.CLIENT, "control_unproven")
    assert "ct client prove B" in ran.data["error"]["remedy"]
