from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudtranscode.cli.evaluate import FACTS, LAYERS
from cloudtranscode.cli.exit_codes import ExitCode

Ct = Callable[..., Any]

STACK, CLIENT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{STACK}:role/stack_prod"
KMS = f"arn:aws:kms:eu-west-1:{CLIENT}:key/abcd"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
GRANT = {"Sid": "Read", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:Get*", "Resource": "*"}
NO_PLAIN = {
    "Sid": "Tls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
WHO = ("--principal", ROLE, "--resource-account", CLIENT)
GET = ("evaluate", "--action", "s3:GetObject", "--resource", "arn:aws:s3:::in/a", *WHO)
CLOSED = ("--absent", "layers", "--absent", "settings")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def written(name: str, *statements: Any) -> str:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
        return str(path)

    return written


Write = Callable[..., str]
PAGE = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text()


def test_allow_names_the_statements_that_allowed(ct: Ct, write: Write) -> None:
    bucket, own = write("bucket", GRANT), write("own", ALL)
    ran = ct(*GET, "--policy", bucket, "--identity", own, *CLOSED, "--json")
    assert (ran.code, ran.data["decision"], ran.data["not_supplied"]) == (ExitCode.DONE, "Allow", [])
    assert [(one["layer"], one["document"], one["statement"], one["sid"]) for one in ran.data["trace"]] == [
        ("resource", bucket, 0, "Read"),
        ("identity", own, 0, None),
    ]


def test_a_layer_that_was_not_given_is_named_and_never_guessed(ct: Ct, write: Write) -> None:
    files = ("--policy", write("bucket", GRANT), "--identity", write("own", ALL))
    ran = ct(*GET, *files, "--absent", "settings", "--json")
    assert (ran.code, ran.data["decision"]) == (ExitCode.FAILED, "Unknown")
    assert set(ran.data["not_supplied"]) == {"boundary", "session", "endpoint", "scp", "rcp"}
    shown = ct(*GET, *files, "--absent", "settings")
    assert "Not supplied: rcp, endpoint, scp, boundary, session" in shown.out
    assert "--absent" in shown.err


def test_a_setting_of_the_bucket_that_was_not_given_is_named(ct: Ct, write: Write) -> None:
    files = ("--policy", write("bucket", GRANT), "--identity", write("own", ALL), "--absent", "layers")
    ran = ct(*GET, *files, "--json")
    assert (ran.data["decision"], set(ran.data["not_supplied"])) == (
        "Unknown",
        {"encryption", "object-ownership", "requester-pays"},
    )
    told = ("ownership=BucketOwnerEnforced", "requester-pays=no", "kms-key=none")
    assert ct(*GET, *files, *(part for fact in told for part in ("--fact", fact))).code == ExitCode.DONE


@pytest.mark.parametrize(
    ("more", "decision"),
    [
        (("--context", "aws:SecureTransport=true"), "Allow"),
        (("--context", "AWS:securetransport=false"), "ExplicitDeny"),
        ((), "Unknown"),
        (("--absent", "aws:SourceIp"), "Unknown"),
    ],
)
def test_a_condition_key_that_was_not_given_is_unknown(
    ct: Ct, write: Write, more: tuple[str, ...], decision: str
) -> None:
    files = ("--policy", write("bucket", GRANT, NO_PLAIN), "--identity", write("own", ALL))
    assert ct(*GET, *files, *CLOSED, *more, "--json").data["decision"] == decision


@pytest.mark.parametrize("absent", ["s3:ExistingObjectTag/secret", "keys", "all"])
def test_a_key_may_be_declared_absent(ct: Ct, write: Write, absent: str) -> None:
    tagged = {**NO_PLAIN, "Condition": {"StringEquals": {"s3:ExistingObjectTag/secret": "yes"}}}
    files = ("--policy", write("bucket", GRANT, tagged), "--identity", write("own", ALL))
    assert ct(*GET, *files, *CLOSED, "--json").data["decision"] == "Unknown"
    assert ct(*GET, *files, *CLOSED, "--absent", absent).code == ExitCode.DONE


def test_people_read_which_statement_of_which_file_denied(ct: Ct, write: Write) -> None:
    bucket = write("bucket", GRANT, NO_PLAIN)
    ran = ct(*GET, "--policy", bucket, "--context", "aws:SecureTransport=false")
    assert ran.code == ExitCode.FAILED
    assert ran.out.startswith("ExplicitDeny: s3:GetObject on arn:aws:s3:::in/a")
    assert f"resource: {bucket} Statement[1] (Tls): matches" in ran.out


def test_levels_of_service_control_policies_are_told_apart(ct: Ct, write: Write) -> None:
    deny = write("unit", ALL, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"})
    ran = ct(*GET, "--layer", f"scp={write('root', ALL)}", "--layer", f"scp={deny}", "--json")
    assert [(one["layer"], one["document"]) for one in ran.data["trace"]] == [("scp", deny)]


def test_the_policy_of_a_kms_key_is_a_layer(ct: Ct, write: Write) -> None:
    files = ("--policy", write("bucket", GRANT), "--identity", write("own", ALL), *CLOSED[:2], "--absent", "settings")
    key = ("--fact", f"kms-key={KMS}")
    refused = ct(*GET, *files, *key, "--json").data
    assert refused["decision"] == "ImplicitDeny"
    assert ("kms:Decrypt", "key") in [(one["action"], one["layer"]) for one in refused["trace"]]
    policy = write("key", {**GRANT, "Action": "kms:Decrypt"})
    allowed = ct(*GET, *files, *key, "--layer", f"key={policy}", "--json").data
    assert allowed["decision"] == "Allow"
    assert policy in [one["document"] for one in allowed["trace"]]


def test_calls_that_are_no_permission_are_understood(ct: Ct, write: Write) -> None:
    files = ("--policy", write("bucket", GRANT), "--identity", write("own", ALL), *CLOSED)
    ran = ct(*GET, *files, "--action", "s3:HeadObject", "--json")
    assert (ran.code, {one["action"] for one in ran.data["trace"]}) == (ExitCode.DONE, {"s3:GetObject"})


def test_who_signs_nothing(ct: Ct, write: Write) -> None:
    public = write("bucket", {**GRANT, "Principal": "*"})
    ran = ct(*GET, "--policy", public, *CLOSED, "--principal", "anonymous", "--json")
    assert (ran.data["decision"], [one["layer"] for one in ran.data["trace"]]) == (
        "ImplicitDeny",
        ["restrict-public-buckets"],
    )


def test_the_page_shows_what_the_command_prints(
    ct: Ct, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write("bucket", GRANT, NO_PLAIN)
    write("stack", ALL)
    example = PAGE.split("```")[1]
    command, _, printed = example.replace("\\\n", "").strip(" \n").partition("\n")
    ran = ct(*shlex.split(command)[1:])
    assert (ran.out.strip(), ran.err) == (printed, "")


@pytest.mark.parametrize("name", [*FACTS, *LAYERS])
def test_the_page_knows_every_fact_and_layer(name: str) -> None:
    assert re.search(rf"`{name}[=`]", PAGE)


def test_the_path_of_a_sessions_role_is_told_in_the_context(ct: Ct, write: Write) -> None:
    role = f"arn:aws:iam::{STACK}:role/video/stack_prod"
    guarded = {**GRANT, "Principal": {"AWS": STACK}, "Condition": {"ArnEquals": {"aws:PrincipalArn": role}}}
    files = ("--policy", write("bucket", guarded), "--identity", write("own", ALL), *CLOSED)
    asked = (*GET, *files, "--principal", f"arn:aws:sts::{STACK}:assumed-role/stack_prod/job", "--json")
    assert ct(*asked).data["decision"] == "Unknown"
    assert ct(*asked, "--context", f"aws:PrincipalArn={role}").data["decision"] == "Allow"


def test_other_services_are_decided_by_their_policies_alone(ct: Ct, write: Write) -> None:
    asked = ("--action", "kms:Decrypt", "--resource", KMS, "--policy", write("key", {**GRANT, "Action": "kms:*"}))
    ran = ct("evaluate", *asked, *WHO, "--identity", write("own", ALL), "--absent", "layers")
    assert ran.code == ExitCode.DONE


def test_the_caller_says_what_the_call_carries(ct: Ct, write: Write) -> None:
    files = ("--policy", write("bucket", {**GRANT, "Action": "s3:*"}), "--identity", write("own", ALL), *CLOSED)
    put = (*GET, *files, "--action", "s3:PutObject", "--json")
    assert ct(*put, "--fact", "acl=bucket-owner-full-control").data["decision"] == "Allow"
    assert ct(*put, "--fact", "acl=private").data["decision"] == "ImplicitDeny"
    assert ct(*put, "--fact", "expected-owner=777788889999").data["decision"] == "ImplicitDeny"
    assert ct(*put, "--fact", "requester-pays=yes").data["decision"] == "ImplicitDeny"
    assert ct(*put, "--fact", "requester-pays=yes", "--fact", "request-payer=yes").data["decision"] == "Allow"


def test_an_object_of_somebody_else(ct: Ct, write: Write) -> None:
    files = ("--policy", write("bucket", GRANT), "--identity", write("own", ALL), *CLOSED)
    owned = ("--fact", "ownership=ObjectWriter", "--fact", "object-owner=777788889999")
    assert ct(*GET, *files, *owned, "--json").data["decision"] == "ImplicitDeny"
    assert ct(*GET, *files, *owned, "--fact", f"object-readers={STACK},{CLIENT}").code == ExitCode.DONE


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("--action", "s3:GetObjekt"), "is not an action"),
        (("--action", "GetObject"), "is not an action"),
        (("--action", "s3:Get*"), "is not an action"),
        (("--resource", "arn:aws:s3:::in/*"), "is a pattern"),
        (("--resource", "in/a"), "is not an ARN"),
        (("--resource", "arn:aws:s3:::in"), "is not made on"),
        (("--principal", "stack_prod"), "is not an ARN"),
        (("--context", "aws:SourceIp"), "--context"),
        (("--context", "=x"), "--context"),
        (("--layer", "guess=x.json"), "--layer"),
        (("--layer", "scp=/no/such/file"), "/no/such/file cannot be read"),
        (("--fact", "weather=fine"), "--fact"),
        (("--fact", "ownership=Mine"), "ownership cannot be"),
        (("--fact", "requester-pays=perhaps"), "requester-pays cannot be"),
        (("--fact", "kms-key=alias/mine"), "is not the ARN of a KMS key"),
        (("--absent", "boundry"), "boundry"),
    ],
)
def test_bad_input_is_one_clear_error(ct: Ct, argv: tuple[str, ...], message: str) -> None:
    ran = ct(*GET, *argv, "--json")
    assert ran.code == ExitCode.CLIENT
    assert list(ran.data) == ["error"]
    assert message in ran.data["error"]["message"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"Statement": [{"Effect": "Maybe"}]}', "policy.json: Statement[0].Effect: 'Maybe'"),
        (b"\xff\xfe", "is not UTF-8"),
        (b'{"Id": "' + b"x" * 20 * 1024 + b'", "Statement": ' + json.dumps(GRANT).encode() + b"}", "at most 20480"),
    ],
)
def test_rule_32_and_broken_policies_are_named_by_their_file(ct: Ct, tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "policy.json"
    path.write_bytes(data)
    ran = ct(*GET, "--policy", str(path), "--json")
    assert (ran.code, ran.data["error"]["code"]) == (ExitCode.CLIENT, "invalid_policy")
    assert message in ran.data["error"]["message"]
