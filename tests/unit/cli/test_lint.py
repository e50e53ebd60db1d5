from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.entitlements.snapshot import BucketSnapshot
from cloudtranscode.identity import attach, look

Ct = Callable[..., Any]
ROLE = "arn:aws:iam::111122223333:role/stack_prod"


def write(path: Path, principal: str, action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": resource}
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return str(path)


@pytest.fixture
def read(tmp_path: Path) -> str:
    return write(tmp_path / "in.json", ROLE, "s3:GetObject", "arn:aws:s3:::client-a-in/*")


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    return write(tmp_path / "out.json", ROLE.replace("1111", "1111111"), "s3:PutObject", "arn:aws:s3:::client-a-out/*")


@pytest.fixture
def policies(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """The policies of the buckets that there are."""
    attached: dict[str, str | None] = {}
    monkeypatch.setattr(attach, "get_bucket_policy", lambda _session, bucket: attached[bucket])
    monkeypatch.setattr(look, "look_at_bucket", lambda _session, bucket, account: BucketSnapshot(bucket, account))
    return attached


def test_findings_are_printed_with_place_and_remedy(ct: Ct, faulty: str) -> None:
    ran = ct("lint", faulty)
    assert ran.code == ExitCode.FAILED
    assert f"error account-id-digits  {faulty}#Statement[0].Principal.AWS" in ran.out
    assert "has 15 characters" in ran.out
    assert "1 error, 1 warning." in ran.err


def test_without_an_error_the_exit_code_is_zero(ct: Ct, read: str) -> None:
    ran = ct("lint", read, "--json")
    assert ran.code == ExitCode.DONE
    (finding,) = ran.data
    assert list(finding) == ["id", "severity", "path", "message", "remedy"]
    assert (finding["id"], finding["path"]) == ("read-without-list", "Statement[0].Action")


def test_of_several_documents_the_path_names_which(ct: Ct, read: str, faulty: str) -> None:
    assert {finding["path"].partition("#")[0] for finding in ct("lint", read, faulty, "--json").data} == {read, faulty}


def test_sarif_for_code_review(ct: Ct, faulty: str) -> None:
    ran = ct("lint", faulty, "--sarif")
    assert ran.code == ExitCode.FAILED
    assert {result["ruleId"] for result in ran.data["runs"][0]["results"]} == {
        "account-id-digits",
        "write-without-abort",
    }
    assert ct("lint", faulty, "--sarif", "--json").code == ExitCode.USAGE


def test_stdin(ct: Ct, read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(Path(read).read_text()))
    assert [finding["id"] for finding in ct("lint", "-", "--json").data] == ["read-without-list"]


def test_what_is_no_policy_is_a_finding_and_no_failure(ct: Ct, tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("Version: 2012-10-17")
    ran = ct("lint", str(tmp_path / "none.json"), "--json")
    assert (ran.code, [finding["id"] for finding in ran.data]) == (ExitCode.FAILED, ["not-a-policy"])


def test_files_that_cannot_be_read(ct: Ct, tmp_path: Path) -> None:
    (tmp_path / "picture.json").write_bytes(b"\xff\xfe\x00")
    for name in ("missing.json", "picture.json"):
        ran = ct("lint", str(tmp_path / name), "--json")
        assert (ran.code, ran.data["error"]["code"]) == (ExitCode.CLIENT, "invalid_document")


def test_the_stack_is_looked_for_when_it_is_known(ct: Ct, read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    user = ROLE.replace("role/", "user/")
    assert ct("lint", read, "--json", "--stack-arn", ROLE).code == ExitCode.DONE
    named = {finding["id"] for finding in ct("lint", read, "--json", "--stack-arn", user).data}
    assert "user-for-role" in named
    monkeypatch.setenv("CT_STACK_ARN", user)
    assert {finding["id"] for finding in ct("lint", read, "--json").data} == named
    assert ct("lint", read, "--json", "--stack-arn", "stack").data["error"]["code"] == "invalid_document"


@pytest.mark.usefixtures("identified")
def test_a_clients_buckets_are_examined_with_what_is_known_of_the_client(
    ct: Ct, client: str, policies: dict[str, str | None]
) -> None:
    wide = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject"}
    wide["Resource"] = "arn:aws:s3:::ClientA_bucket_in/*"
    policies["ClientA_bucket_in"] = json.dumps({"Version": "2012-10-17", "Statement": wide})
    policies["ClientA_bucket_out"] = None
    ran = ct("lint", client, "--json")
    assert ran.code == ExitCode.DONE
    assert {(finding["id"], finding["path"]) for finding in ran.data} == {
        ("bucket-name", "s3://ClientA_bucket_in#Statement.Resource"),
        ("beyond-prefix", "s3://ClientA_bucket_in#Statement.Resource"),
        ("read-without-list", "s3://ClientA_bucket_in#Statement.Action"),
        ("no-policy", "s3://ClientA_bucket_out#"),
    }


@pytest.mark.usefixtures("identified")
def test_what_ct_grant_prints_has_no_findings_but_the_buckets_names(
    ct: Ct, client: str, policies: dict[str, str | None]
) -> None:
    for bucket in ct("grant", client, "--json").data["buckets"]:
        policies[bucket["bucket"]] = json.dumps(bucket["policy"])
    assert {finding["id"] for finding in ct("lint", client, "--json").data} == {"bucket-name"}


@pytest.mark.usefixtures("identified")
def test_one_bucket(ct: Ct, policies: dict[str, str | None], read: str) -> None:
    policies["other"] = Path(read).read_text()
    assert "other-bucket" in {finding["id"] for finding in ct("lint", "s3://other", "--json").data}


def test_an_unknown_name_is_no_client(ct: Ct) -> None:
    assert ct("lint", "Nobody", "--json").data["error"]["code"] == "unknown_client"
    assert ct("lint", "One", "Two").code == ExitCode.USAGE


@pytest.mark.usefixtures("identified", "policies")
def test_a_profile_that_does_not_exist_is_told(ct: Ct) -> None:
    ran = ct("lint", "s3://other", "--profile", "nobody", "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.STACK, "credentials_missing")
