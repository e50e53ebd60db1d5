"""The grants that a client attaches, and their way into and out of a policy that is already there."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudtranscode.entitlements.evaluate import PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.grant import GrantOrder, GrantSheet, grant_sheet, merge, revoke
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.errors import InvalidDocument, InvalidPolicy
from cloudtranscode.location import S3Location

STACK, CLIENT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{STACK}:role/stack_prod"
ORDER = GrantOrder("ClientA", ROLE, STACK, CLIENT, S3Location("in", "video"), S3Location("out", "results/"))
FOREIGN = '{\n  "Version" : "2012-10-17",\n  "Statement": [\n    {"Sid":"Mine",  "Effect":"Deny","Principal":"*",\n\
     "Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::in"}\n  ]\n}\n'
READ = grant_sheet(ORDER).of("in")


def actions(sheet: GrantSheet) -> list[str]:
    return [action for statement in sheet.statements for action in statement.actions]


def allowed(sheet: GrantSheet, action: str, resource: str, **context: str) -> bool:
    identity = Policy.parse({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
    bucket = resource.removeprefix("arn:aws:s3:::").split("/")[0]
    values = {name.replace("_", ":", 1): (value,) for name, value in context.items()}
    request = Request(Principal.from_arn(ROLE), action, resource, CLIENT, values)
    text = sheet.documents[bucket]
    return evaluate(request, PolicySet.closed(identity=(identity,), resource=Policy.parse(text))).allowed


def test_the_grant_allows_what_a_job_does_and_nothing_beside() -> None:
    sheet = grant_sheet(ORDER)
    assert allowed(sheet, "s3:GetObject", "arn:aws:s3:::in/video/a.mov")
    assert allowed(sheet, "s3:ListBucket", "arn:aws:s3:::in", s3_prefix="video/")
    assert allowed(sheet, "s3:PutObject", "arn:aws:s3:::out/results/a.mp4")
    assert allowed(sheet, "s3:AbortMultipartUpload", "arn:aws:s3:::out/results/a.mp4")
    assert allowed(
        sheet, "s3:PutObjectAcl", "arn:aws:s3:::out/results/a", **{"s3_x-amz-acl": "bucket-owner-full-control"}
    )
    assert not allowed(sheet, "s3:GetObject", "arn:aws:s3:::in/video2/a.mov")
    assert not allowed(sheet, "s3:ListBucket", "arn:aws:s3:::in")
    assert not allowed(sheet, "s3:ListBucket", "arn:aws:s3:::in", s3_prefix="video2/")
    assert not allowed(sheet, "s3:GetObject", "arn:aws:s3:::out/results/a.mp4")
    assert not allowed(sheet, "s3:DeleteObject", "arn:aws:s3:::out/results/a.mp4")
    assert not allowed(sheet, "s3:PutObjectAcl", "arn:aws:s3:::out/results/a", **{"s3_x-amz-acl": "public-read"})


def test_every_permission_has_its_reason_and_the_minimum_is_three() -> None:
    assert all(len(statement.actions) == len(statement.reasons) for statement in grant_sheet(ORDER).statements)
    minimal = grant_sheet(ORDER, minimal=True)
    assert actions(minimal) == ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]


def test_rule_25_and_26_the_acl_is_granted_as_far_as_ownership_is_known() -> None:
    enforced, not_enforced = replace(ORDER, ownership_enforced=True), replace(ORDER, ownership_enforced=False)
    assert "s3:PutObjectAcl" not in actions(grant_sheet(enforced))
    assert "s3:PutObjectAcl" in actions(grant_sheet(not_enforced, minimal=True))
    assert "s3:PutObjectAcl" in actions(grant_sheet(ORDER))


def test_rule_36_within_one_account_nothing_is_needed() -> None:
    sheet = grant_sheet(replace(ORDER, client_account=STACK))
    assert not sheet.needed
    assert sheet.documents == {}
    assert "KMS" in sheet.explanation


def test_one_bucket_for_both_gets_one_document() -> None:
    sheet = grant_sheet(replace(ORDER, output=S3Location("in", "results")))
    assert list(sheet.documents) == ["in"]
    assert len(json.loads(sheet.documents["in"])["Statement"]) == 5


def test_the_principal_is_the_role_behind_a_session_and_never_a_wildcard_or_root() -> None:
    session = replace(ORDER, stack_arn=f"arn:aws:sts::{STACK}:assumed-role/stack_prod/i-1")
    assert {statement.principal for statement in grant_sheet(session).statements} == {ROLE}
    for arn in (f"arn:aws:iam::{STACK}:root", "*", ROLE.replace(STACK, CLIENT), ROLE.replace("aws", "aws-cn", 1)):
        with pytest.raises(InvalidDocument):
            replace(ORDER, stack_arn=arn)


@pytest.mark.parametrize("kind", ["user", "role"])
def test_a_principal_of_rados_gateways_default_tenant_has_no_account(kind: str) -> None:
    sheet = grant_sheet(replace(ORDER, stack_arn=f"arn:aws:iam:::{kind}/stack", stack_account=""))
    assert {statement.principal for statement in sheet.statements} == {f"arn:aws:iam:::{kind}/stack"}


def test_sids_are_alphanumeric_and_tell_similar_clients_apart() -> None:
    names = ["ClientA", "client-a", "client_a", "Client-A"]
    sids = [grant_sheet(replace(ORDER, client=name)).statements[0].sid for name in names]
    assert sids[0] == "CloudTranscodeReadClientA"
    assert len(set(sids)) == len(names)
    assert all(sid.isalnum() for sid in sids)


def test_a_prefix_with_wildcards_grants_only_itself() -> None:
    sheet = grant_sheet(replace(ORDER, input=S3Location("in", "a*b?${c}")))
    assert allowed(sheet, "s3:GetObject", "arn:aws:s3:::in/a*b?${c}/x")
    assert not allowed(sheet, "s3:GetObject", "arn:aws:s3:::in/axxb?${c}/x")
    old = FOREIGN.replace("2012-10-17", "2008-10-17")
    with pytest.raises(InvalidPolicy, match="2012-10-17"):
        merge(old, sheet.of("in"))


def test_merge_keeps_what_others_wrote_byte_for_byte() -> None:
    merged = merge(FOREIGN, READ)
    before, after = FOREIGN.split("\n  ]\n}\n", maxsplit=1)[0], "\n  ]\n}\n"
    assert merged.startswith(before + ",\n    {")
    assert merged.endswith(after)
    assert len(Policy.parse(merged).statements) == 3
    assert merge(merged, READ) == merged
    assert revoke(merged, READ) == FOREIGN


def test_merge_replaces_its_own_statements_in_place() -> None:
    renewed = grant_sheet(replace(ORDER, input=S3Location("in", "film"))).of("in")
    merged = merge(merge(FOREIGN, READ), renewed)
    assert merged.count("/film/*") == 1
    assert "video" not in merged
    assert merge(merged, renewed) == merged


def test_another_stacks_statements_of_the_same_names_are_neither_replaced_nor_revoked() -> None:
    theirs = merge(FOREIGN, READ).replace(ROLE, f"arn:aws:iam::{STACK}:role/stack_staging")
    with pytest.raises(InvalidPolicy, match="Sid CloudTranscodeReadClientA for another principal"):
        merge(theirs, READ)
    assert revoke(theirs, READ) == theirs
    for principal in ('"*"', json.dumps({"AWS": [ROLE, "*"]}), json.dumps({"Service": ROLE, "AWS": "*"})):
        wider = theirs.replace(json.dumps({"AWS": ROLE.replace("prod", "staging")}, indent=2), principal)
        assert revoke(wider, READ) == wider


@pytest.mark.parametrize("principal", ["AROAJQABLZS4A3QDU576Q", "AIDAJQABLZS4A3QDU576Q"])
def test_rule_31_what_a_deleted_principal_left_under_our_names_is_ours(principal: str) -> None:
    left = merge(FOREIGN, READ).replace(ROLE, principal)
    assert merge(left, READ) == merge(FOREIGN, READ)
    assert revoke(left, READ) == FOREIGN


def test_merge_leaves_its_own_statement_alone_when_somebody_only_reformatted_it() -> None:
    reformatted = json.dumps(json.loads(merge(FOREIGN, READ)), separators=(" ,", " :"))
    assert merge(reformatted, READ) == reformatted


def test_a_single_statement_becomes_a_list_around_its_text() -> None:
    alone = '{"Statement":  {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"} , "Id": "x"}'
    merged = merge(alone, READ)
    assert merged.startswith(alone.split(" , ", maxsplit=1)[0].replace('  {"', '  [{"') + ", {")
    assert merged.endswith('] , "Id": "x"}')
    assert merge(merged, READ) == merged


def test_revoke_of_the_last_statement_leaves_nothing() -> None:
    assert revoke(merge(None, READ), READ) is None
    assert revoke(FOREIGN, READ) == FOREIGN


@pytest.mark.parametrize("existing", ["", "{}", "[1]", '{"Statement": [{"Effect": "Allow"}]}', "[" * 50_000])
def test_merge_refuses_what_it_cannot_read(existing: str) -> None:
    with pytest.raises(InvalidPolicy):
        merge(existing, READ)
    with pytest.raises(InvalidPolicy):
        revoke(existing, READ)


def test_rule_32_twenty_kilobytes_counted_in_bytes() -> None:
    filler = FOREIGN.replace("Mine", "ä" * 9_000)
    assert len(filler) < 20 * 1024
    with pytest.raises(InvalidPolicy, match="20480"):
        merge(filler, (*READ, *READ, *grant_sheet(replace(ORDER, client="B" * 2_000)).of("in")))


@st.composite
def policy_texts(draw: st.DrawFn) -> str:
    """Policies as people format them: any spacing, one statement or several, members in any order."""
    space = st.text(" \t\r\n", max_size=3)

    def spaced(value: Any) -> str:
        if isinstance(value, dict):
            members = [f"{draw(space)}{json.dumps(key)}{draw(space)}:{spaced(item)}" for key, item in value.items()]
            return f"{draw(space)}{{{','.join(members)}}}{draw(space)}"
        if isinstance(value, list):
            return f"{draw(space)}[{','.join(map(spaced, value))}]{draw(space)}"
        return f"{draw(space)}{json.dumps(value, ensure_ascii=draw(st.booleans()))}{draw(space)}"

    sids = draw(st.lists(st.text(max_size=5), min_size=1, max_size=4))
    written = [
        {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::in/]},{"}
        for sid in sids
    ]
    statement = written[0] if len(written) == 1 and draw(st.booleans()) else written
    members = draw(st.permutations([("Version", "2012-10-17"), ("Id", "a,b"), ("Statement", statement)]))
    return spaced(dict(members))


@settings(max_examples=200, deadline=None)
@given(policy_texts())
def test_merge_is_idempotent_and_revoke_undoes_it(text: str) -> None:
    merged = merge(text, READ)
    assert merge(merged, READ) == merged
    ours = len(READ)
    assert Policy.parse(merged).statements[:-ours] == Policy.parse(text).statements
    undone = revoke(merged, READ)
    assert undone is not None
    if isinstance(json.loads(text)["Statement"], list):
        assert undone == text
    else:
        assert Policy.parse(undone) == Policy.parse(text)
