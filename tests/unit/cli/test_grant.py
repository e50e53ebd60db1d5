from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
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


KMS = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PLACES = ("--account", "444455556666", "--input", "s3://b-in", "--output", "s3://b-out")


@pytest.mark.usefixtures("identified")
@pytest.mark.parametrize(
    ("form", "client_says", "stack_says"),
    [
        ("cli", "aws s3api put-bucket-policy", "aws iam put-role-policy"),
        ("cloudformation", "AWS::S3::BucketPolicy", "AWS::IAM::Policy"),
        ("terraform", "aws_s3_bucket_policy", "aws_iam_role_policy"),
    ],
)
def test_every_form_has_a_part_for_each_side(
    ct: Ct, client: str, tmp_path: Path, form: str, client_says: str, stack_says: str
) -> None:
    assert client_says in ct("grant", client, "--format", form).out
    assert stack_says in ct("grant", client, "--format", form, "--for", "stack").out
    written = ct("grant", client, "--format", form, "--out", str(tmp_path / "sheet")).out.split()
    assert len(written) == 2
    assert client_says in Path(written[0]).read_text()


@pytest.mark.usefixtures("identified")
def test_terms_come_into_the_grant(ct: Ct) -> None:
    ct("client", "add", "B", *PLACES, "--kms-key", KMS, "--expires", "2027-01-31")
    data = ct("grant", "B", "--json").data
    assert [key["key"] for key in data["keys"]] == [KMS]
    statements = [one for bucket in data["buckets"] for one in bucket["policy"]["Statement"]]
    assert {one["Condition"]["DateLessThan"]["aws:CurrentTime"] for one in statements} == {"2027-01-31T00:00:00Z"}


@pytest.mark.usefixtures("identified")
def test_each_role_has_an_external_id_that_nobody_chose(ct: Ct) -> None:
    ids = set()
    for name in ("B", "C"):
        places = (word.replace("b-", f"{name.lower()}-") for word in PLACES)
        ct("client", "add", name, *places, "--mode", "assume-role")
        data = ct("grant", name, "--json").data
        assert data["buckets"] == []
        assert data["role"]["arn"] == f"arn:aws:iam::444455556666:role/CloudTranscode-{name}"
        assert data["external_id"] == ct("client", "show", name, "--json").data["terms"]["external_id"]
        ids.add(data["external_id"])
    assert len(ids) == 2
    assert all(len(one) >= 43 for one in ids)


@pytest.mark.parametrize(
    "options",
    [
        ("--expires", "31.01.2027"),
        ("--expires", "2027-02-30"),
        ("--kms-key", "alias/media"),
        ("--role-arn", "arn:aws:iam::444455556666:role/x"),
        ("--mode", "assume-role", "--role-arn", "arn:aws:iam::444455556666:user/x"),
    ],
)
def test_terms_that_mean_nothing_are_refused(ct: Ct, options: tuple[str, ...]) -> None:
    assert ct("client", "add", "B", *PLACES, *options).code == ExitCode.USAGE


@pytest.mark.usefixtures("identified")
def test_the_diff_shows_what_is_new_and_proves_the_rest(ct: Ct, client: str, tmp_path: Path) -> None:
    existing = tmp_path / "out.json"
    existing.write_text(json.dumps(ct("grant", client, "--json").data["buckets"][1]["policy"]))
    ran = ct("grant", client, "--diff", "--existing", f"ClientA_bucket_out={existing}")
    assert ran.code == ExitCode.DONE
    assert ran.out.count("nothing else changes") == 2
    assert "of 20,480 bytes" in ran.out
    assert "ClientA_bucket_in is compared with nothing" in ran.err
    told, other = (
        ct("grant", client, "--diff", "--json").data["comparisons"],
        "arn:aws:iam::111122223333:role/stack_prod",
    )
    assert {row["principal"] for one in told for row in one["matrix"]} == {other}


@pytest.mark.usefixtures("identified")
def test_the_diff_says_when_there_are_too_many_cases(ct: Ct, client: str, tmp_path: Path) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::444455556666:user/u{number}" for number in range(60)]},
        "Action": [f"s3:Get{number}" for number in range(60)],
        "Resource": [f"arn:aws:s3:::ClientA_bucket_out/{number}" for number in range(60)],
    }
    existing = tmp_path / "out.json"
    existing.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    ran = ct("grant", client, "--diff", "--existing", f"ClientA_bucket_out={existing}")
    assert ran.code == ExitCode.FAILED
    assert "NOT PROVEN: too many cases. Only the first 20,000 were tried." in ran.out
    assert ran.out.count("Proven with") == 1  # the other bucket's
    assert "THIS DOES MORE" not in ran.out


@pytest.mark.usefixtures("identified")
@pytest.mark.parametrize(
    "options",
    [
        ("--diff", "--format", "cli"),
        ("--json", "--format", "cli"),
        ("--out", "x"),
        ("--existing", "nobodys=/dev/null", "--diff"),
        ("--existing", "ClientA_bucket_in", "--diff"),
        ("--existing", "ClientA_bucket_in=/dev/null"),
        ("--existing", "ClientA_bucket_in=/dev/null", "--apply", "--profile", "clienta"),
    ],
)
def test_options_of_the_grant_that_make_no_sense_together(ct: Ct, client: str, options: tuple[str, ...]) -> None:
    assert ct("grant", client, *options).code == ExitCode.USAGE
