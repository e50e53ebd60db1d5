from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.exit_codes import ExitCode
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.selfcheck.question import read_order
from cloudtranscode.selfcheck.reference import CarriedReference
from cloudtranscode.selfcheck.report import examine
from cloudtranscode.selfcheck.runtime import Runtime

Ct = Any

ADD = ("client", "add", "ClientA", "--account", "444455556666", "--trusted")
WHERE = ("--input", "s3://ClientA_bucket_in/input", "--output", "s3://ClientA_bucket_out")


@pytest.fixture(autouse=True)
def _small_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compressing the real one takes seconds; the tests in a browser use it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Runtime, "files", {})


def prepared(page: str) -> Any:
    (found,) = re.findall(r'id="prepared">(.*?)</script>', Path(page).read_text("utf-8"))
    return json.loads(found)


@pytest.mark.usefixtures("identified")
def test_a_clients_page_carries_its_order(ct: Ct, client: str) -> None:
    ran = ct("selfcheck", client, "--json")
    assert ran.code == ExitCode.DONE
    assert ran.data == {"client": client, "file": "ct-selfcheck-ClientA.html", "bytes": ran.data["bytes"]}
    assert Path(ran.data["file"]).stat().st_size == ran.data["bytes"]
    assert prepared(ran.data["file"])["order"] == {
        "client": "ClientA",
        "stack_arn": "arn:aws:iam::111122223333:role/stack_prod",
        "account": "444455556666",
        "input": "s3://ClientA_bucket_in/input",
        "output": "s3://ClientA_bucket_out/",
        "kms_keys": [],
        "expires": None,
        "seals": [],
    }


@pytest.mark.usefixtures("identified")
def test_what_the_page_makes_of_nothing_is_what_ct_grant_prints(ct: Ct) -> None:
    """Also where the client has yet to prove that its buckets are its own."""
    assert ct(*ADD[:-1], *WHERE).code == ExitCode.DONE
    order = read_order(prepared(ct("selfcheck", "ClientA", "--json").data["file"])["order"])
    assert isinstance(order, GrantOrder)
    assert order.seals
    granted = {bucket["bucket"]: bucket["policy"] for bucket in ct("grant", "ClientA", "--json").data["buckets"]}
    made = {report.bucket: report.fix for report in examine(order, {}, CarriedReference({"sets": [], "services": {}}))}
    assert {bucket: json.loads(fix.text) for bucket, fix in made.items() if fix} == granted


def test_a_page_for_anybody_needs_neither_identity_nor_clients(ct: Ct, tmp_path: Path) -> None:
    ran = ct("selfcheck", "--out", str(tmp_path / "page.html"))
    assert (ran.code, prepared(str(tmp_path / "page.html"))) == (ExitCode.DONE, None)
    assert "page.html" in ran.out


@pytest.mark.usefixtures("identified")
def test_a_client_whose_role_is_assumed_has_no_policy_to_examine(ct: Ct) -> None:
    assert ct(*ADD, *WHERE, "--mode", "assume-role").code == ExitCode.DONE
    ran = ct("selfcheck", "ClientA", "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.USAGE, "usage")
    assert list(Path.cwd().glob("*.html")) == []


@pytest.mark.usefixtures("identified")
def test_nobody_gets_a_page_in_an_unknown_name(ct: Ct) -> None:
    ran = ct("selfcheck", "Nobody", "--json")
    assert ran.data["error"]["code"] == "unknown_client"


def test_a_file_that_cannot_be_written_is_named(ct: Ct, tmp_path: Path) -> None:
    ran = ct("selfcheck", "--out", str(tmp_path / "missing" / "page.html"), "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.USAGE, "usage")
    assert "missing/page.html cannot be written" in ran.data["error"]["message"]
