"""What the linter finds, and what it leaves alone."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from cloudtranscode.entitlements.grant import GrantOrder, grant_sheet
from cloudtranscode.entitlements.lint.case import Surroundings
from cloudtranscode.entitlements.lint.draft import Document
from cloudtranscode.entitlements.lint.finding import Finding, Severity
from cloudtranscode.entitlements.lint.linter import CATALOGUE, has_errors, lint
from cloudtranscode.entitlements.seal import Seal
from cloudtranscode.location import S3Location
from support.iam_reference import FrozenReference

STACK, CLIENT = "111122223333", "444455556666"
ROLE, USER = f"arn:aws:iam::{STACK}:role/stack_prod", f"arn:aws:iam::{STACK}:user/stack_prod"
BUCKET = "arn:aws:s3:::client-a-in"
OBJECTS = f"{BUCKET}/video/*"
ORDER = GrantOrder(
    "ClientA", ROLE, STACK, CLIENT, S3Location("client-a-in", "video"), S3Location("client-a-out", "results/")
)
READ: dict[str, Any] = {
    "Sid": "Read",
    "Effect": "Allow",
    "Principal": {"AWS": ROLE},
    "Action": "s3:GetObject",
    "Resource": OBJECTS,
}
LIST = {**READ, "Sid": "List", "Action": "s3:ListBucket", "Resource": BUCKET}
WRITE = {**READ, "Sid": "Write", "Action": ["s3:PutObject", "s3:AbortMultipartUpload"]}

Statement = Mapping[str, Any]


def reference_example(role: str = "role", user: str = "user") -> list[Document]:
    pairs = (("in", role, "s3:GetObject"), ("out", user, "s3:PutObject"))
    return [
        Document(f"{way}.json", json.dumps({
            "Version": "2008-10-17", "Id": "Policy1400343104177", "Statement": [{
                "Sid": "Stmt1400342869898", "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::000111333444555:{kind}/stack_prod"},
                "Action": action, "Resource": f"arn:aws:s3:::ClientA_bucket_{way}/*"}]}))
        for way, kind, action in pairs
    ]  # fmt: skip


def policy(*statements: Statement, **members: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **members})


def found(*texts: str, around: Surroundings | None = None) -> tuple[Finding, ...]:
    documents = [Document(f"{place}.json", text) for place, text in enumerate(texts)]
    return lint(documents, FrozenReference(), around)


def ids(*texts: str, around: Surroundings | None = None) -> set[str]:
    return {finding.id for finding in found(*texts, around=around)}


def when(operator: str, key: str, value: str | list[str]) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


# --- the reference example and its correction ----------------------------------------------------------------------


def test_the_reference_example_shows_its_seven_traps() -> None:
    findings = lint(reference_example(), FrozenReference())
    places = {(finding.id, finding.source) for finding in findings}
    assert places == {
        ("account-id-digits", "in.json"),  # 1
        ("account-id-digits", "out.json"),
        ("role-and-user", "out.json"),  # 2
        ("version-old", "in.json"),  # 3
        ("version-old", "out.json"),
        ("bucket-name", "in.json"),  # 4
        ("bucket-name", "out.json"),
        ("policy-id-reused", "out.json"),  # 5
        ("sid-reused", "out.json"),
        ("write-without-abort", "out.json"),  # 6
        ("read-without-list", "in.json"),  # 7
    }
    write = next(finding for finding in findings if finding.id == "write-without-abort")
    assert "BucketOwnerEnforced" in write.message
    assert has_errors(findings)


SHEETS = {
    "role": ORDER,
    "user": replace(ORDER, stack_arn=USER),
    "session": replace(ORDER, stack_arn=f"arn:aws:sts::{STACK}:assumed-role/stack_prod/i-1"),
    "no prefix": replace(ORDER, input=S3Location("client-a-in"), output=S3Location("client-a-out")),
    "odd prefix": replace(ORDER, input=S3Location("client-a-in", "a*b?${c}")),
    "one bucket": replace(ORDER, output=S3Location("client-a-in", "results")),
    "enforced": replace(ORDER, ownership_enforced=True),
    "not enforced": replace(ORDER, ownership_enforced=False),
    "sealed": replace(
        ORDER, seals=(Seal("A", ORDER.input, "input", "0" * 32), Seal("A", ORDER.output, "output", "0" * 32))
    ),
    "China": replace(ORDER, stack_arn=ROLE.replace("aws", "aws-cn", 1), partition="aws-cn"),
}


@pytest.mark.parametrize("known", [True, False], ids=["in context", "alone"])
@pytest.mark.parametrize("order", SHEETS.values(), ids=SHEETS)
def test_nothing_is_found_in_what_the_grant_sheet_writes(order: GrantOrder, known: bool) -> None:
    around = Surroundings(order.stack_arn, order.input, order.output, ownership_enforced=order.ownership_enforced)
    documents = [Document(bucket, text, bucket) for bucket, text in grant_sheet(order).documents.items()]
    assert lint(documents, FrozenReference(), around if known else None) == ()


def test_the_minimal_sheet_pays_with_one_finding() -> None:
    sheet = grant_sheet(replace(ORDER, ownership_enforced=True), minimal=True)
    assert ids(*sheet.documents.values()) == {"read-without-list"}


# --- one example for every rule -------------------------------------------------------------------------------------

EVERYONE = {**READ, "Principal": "*"}
DENY = {**READ, "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]}
OLD = "arn:aws:s3:::client-a-in/${aws:username}/*"


def principal(text: str) -> str:
    return policy({**READ, "Principal": {"AWS": text}}, {**LIST, "Principal": {"AWS": text}})


def read(**members: Any) -> str:
    return policy({**READ, **members}, LIST)


EXAMPLES: dict[str, tuple[str, ...]] = {
    "not-a-policy": ("[]",),
    "grammar": (read(Efect="Allow"),),
    "size-over-limit": (read(Resource=[f"{BUCKET}/{'x' * 100}/{place}" for place in range(180)]),),
    "size-near-limit": (read(Resource=[f"{BUCKET}/{'x' * 100}/{place}" for place in range(130)]),),
    "version-old": (policy(READ, LIST, Version="2008-10-17"),),
    "version-missing": (json.dumps({"Statement": [READ, LIST]}),),
    "variable-literal": (policy({**READ, "Resource": OLD}, LIST, Version="2008-10-17"),),
    "duplicate-sid": (policy(READ, {**LIST, "Sid": "Read"}),),
    "look-alike": (principal(ROLE.replace("o", "\N{CYRILLIC SMALL LETTER O}")),),
    "account-id-digits": (principal("arn:aws:iam::000111333444555:role/stack_prod"),),
    "dead-principal": (principal("AROAEXAMPLEEXAMPLE123"),),
    "partial-wildcard-principal": (principal(f"arn:aws:iam::{STACK}:role/*"),),
    "session-principal": (principal(f"arn:aws:sts::{STACK}:assumed-role/stack_prod/i-1"),),
    "account-principal": (principal(STACK),),
    "principal-missing": (policy(READ, {name: value for name, value in LIST.items() if name != "Principal"}),),
    "service-unbounded": (read(Principal={"Service": "cloudfront.amazonaws.com"}),),
    "bucket-name": (read(Resource="arn:aws:s3:::Client_A/*"),),
    "s3-arn-form": (read(Resource="arn:aws:s3:eu-west-1::client-a-in/*"),),
    "wrong-partition": (read(Principal={"AWS": ROLE.replace("aws", "aws-cn", 1)}),),
    "other-service": (read(Action="kms:Decrypt", Resource=f"arn:aws:kms:eu-west-1:{CLIENT}:key/1"),),
    "other-bucket": (read(Resource="arn:aws:s3:::client-a-out/*"),),
    "unknown-action": (read(Action="s3:GetObjects"),),
    "resource-mismatch": (policy(READ, {**LIST, "Resource": OBJECTS}),),
    "resource-unused": (read(Resource=[OBJECTS, BUCKET]),),
    "external-id-in-bucket-policy": (read(**when("StringEquals", "sts:ExternalId", "x")),),
    "unknown-condition-key": (read(**when("StringEquals", "aws:PrincipalOrgId2", "x")),),
    "foreign-condition-key": (read(**when("StringEquals", "kms:ViaService", "x")),),
    "condition-key-not-of-action": (read(**when("StringLike", "s3:prefix", "video/*")),),
    "wildcard-literal": (read(**when("StringEquals", "aws:UserAgent", "ct*")),),
    "private-source-ip": (read(**when("IpAddress", "aws:SourceIp", "10.0.0.0/8")),),
    "organisation-id": (read(**when("StringEquals", "aws:PrincipalOrgID", "0-a1b2c3d4e5")),),
    "session-in-principal-arn": (
        read(**when("ArnLike", "aws:PrincipalArn", f"arn:aws:sts::{STACK}:assumed-role/stack_prod/*")),
    ),
    "public-grant": (policy(EVERYONE),),
    "wildcard-principal": (policy({**EVERYONE, **when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")}),),
    "public-may-cut-off": (policy(EVERYONE, LIST),),
    "public-cuts-off": (policy(EVERYONE, LIST),),
    "all-actions": (read(Action="s3:*"),),
    "action-wildcard": (read(Action="s3:GetObject*"),),
    "not-action-allow": (policy({**LIST, "NotAction": "s3:DeleteObject"} | {"Action": None}),),
    "not-resource-allow": (policy({**READ, "NotResource": OBJECTS}, LIST),),
    "not-principal-allow": (policy({**READ, "NotPrincipal": {"AWS": ROLE}}, LIST),),
    "not-principal-deny": (policy({**READ, "Effect": "Deny", "NotPrincipal": {"AWS": ROLE}}),),
    "permissions-management": (policy(WRITE, {**WRITE, "Sid": "Acl", "Action": "s3:PutObjectAcl"}),),
    "any-resource": (read(Resource="*"),),
    "beyond-prefix": (read(Resource=f"{BUCKET}/*"),),
    "read-without-list": (policy(READ),),
    "write-without-abort": (policy({**WRITE, "Action": "s3:PutObject"}),),
    "results-unreadable": (policy(WRITE),),
    "stack-not-named": (principal(ROLE.upper().replace("ARN:AWS:IAM", "arn:aws:iam").replace("ROLE", "role")),),
    "user-for-role": (principal(USER),),
    "stack-other-account": (principal(ROLE.replace(STACK, CLIENT)),),
    "shadowed-by-deny": (policy(READ, LIST, DENY),),
    "role-and-user": (principal(ROLE), principal(USER)),
    "policy-id-reused": (policy(READ, LIST, Id="one"), policy(WRITE, Id="one")),
    "sid-reused": (policy(READ, LIST), policy({**WRITE, "Sid": "Read"})),
}
CONTEXT = {
    "public-cuts-off": Surroundings(restrict_public_buckets=True),
    "beyond-prefix": Surroundings(ROLE, S3Location("client-a-in", "video")),
    "results-unreadable": Surroundings(ownership_enforced=False),
    "stack-not-named": Surroundings(ROLE),
    "user-for-role": Surroundings(ROLE),
    "stack-other-account": Surroundings(ROLE),
}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_rule_finds_its_example(rule: str) -> None:
    assert rule in ids(*EXAMPLES[rule], around=CONTEXT.get(rule))


def test_every_rule_has_its_example_and_an_id_of_its_own() -> None:
    catalogue = [rule.id for family in CATALOGUE.values() for rule in family]
    assert len(catalogue) == len(set(catalogue))
    assert set(catalogue) - {"no-policy"} == set(EXAMPLES)  # a bucket without a policy is found where buckets are read


# --- what is right stays without findings ----------------------------------------------------------------------------

TRUST = {
    "Effect": "Allow",
    "Principal": {"AWS": ROLE},
    "Action": "sts:AssumeRole",
    **when("StringEquals", "sts:ExternalId", "a-secret"),
}
GOOD = {
    "read and list": policy(READ, LIST),
    "one resource for each kind": read(Action=["s3:GetObject", "s3:ListBucket"], Resource=[OBJECTS, BUCKET]),
    "a Deny without TLS": policy(READ, LIST, {**DENY, **when("Bool", "aws:SecureTransport", "false")}),
    "a Deny of something else": policy(READ, LIST, {**DENY, "Action": "s3:DeleteObject"}),
    "tags": read(**when("StringEquals", "s3:ExistingObjectTag/ready", "yes")),
    "keys in other letters": read(**when("StringEquals", "AWS:principalorgid", "o-a1b2c3d4e5")),
    "a variable": read(Resource=OLD),
    "identity policy": policy(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [OBJECTS, "arn:aws:s3:::other/*"]}
    ),
    "CloudFront": policy(
        {**READ, "Principal": {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EXAMPLE"}},
        {
            **READ,
            "Sid": "Control",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            **when("StringEquals", "AWS:SourceArn", f"arn:aws:cloudfront::{CLIENT}:distribution/EXAMPLE"),
        },
    ),
    "a key policy": policy({**READ, "Principal": {"AWS": STACK}, "Action": "kms:*", "Resource": "*"}),
    "lambda's function": read(**when("ArnEquals", "lambda:SourceFunctionArn", "arn:aws:lambda:eu-west-1:1:function:f")),
}  # fmt: skip


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_is_right_has_no_findings(text: str) -> None:
    assert found(text) == ()


def test_a_trust_policy_has_no_resource_and_may_test_the_external_id() -> None:
    assert found(policy(TRUST)) == ()
    assert found(json.dumps({"Version": "2012-10-17", "Statement": TRUST})) == ()
    assert ids(policy({**TRUST, "Effect": "allow"})) == {"grammar"}


def test_the_stack_is_named_by_its_role_its_account_or_everyone() -> None:
    around = Surroundings(f"arn:aws:sts::{STACK}:assumed-role/stack_prod/i-1")
    for text in (ROLE, STACK, f"arn:aws:iam::{STACK}:root", "*", ROLE.replace("role/", "role/path/")):
        assert not ids(principal(text), around=around) & {"stack-not-named", "user-for-role", "stack-other-account"}


def test_a_stack_of_the_same_account_need_not_be_named() -> None:
    assert found(principal(ROLE.replace("stack", "other")), around=Surroundings(ROLE, entitled=False)) == ()


def test_a_live_policy_speaks_for_its_own_bucket() -> None:
    findings = lint([Document("s3://other", policy(READ, LIST), "other")], FrozenReference())
    assert {finding.id for finding in findings} == {"other-bucket"}


def test_a_public_range_is_no_bound() -> None:
    assert "public-grant" in ids(policy({**EVERYONE, **when("IpAddress", "aws:SourceIp", "0.0.0.0/0")}))
    assert "public-grant" not in ids(policy({**EVERYONE, **when("IpAddress", "aws:SourceIp", "192.0.2.0/24")}))
    assert "public-grant" in ids(policy({**EVERYONE, **when("StringEqualsIfExists", "aws:SourceVpce", "vpce-1")}))


def test_one_action_of_two_may_lack_the_key() -> None:
    text = policy({**WRITE, **when("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control")})
    (finding,) = found(text)
    assert (finding.id, "AbortMultipartUpload" in finding.message) == ("condition-key-not-of-action", True)


# --- paths, order and form ------------------------------------------------------------------------------------------


def test_paths_lead_to_the_element_and_come_in_order() -> None:
    statements = [{**READ, "Sid": f"S{place}", "Action": ["s3:GetObject", "s3:Nothing"]} for place in range(11)]
    paths = [finding.path for finding in found(policy(*statements, LIST)) if finding.id == "unknown-action"]
    assert paths == [f"Statement[{place}].Action[1]" for place in range(11)]


def test_every_broken_statement_is_reported_and_the_rest_is_examined() -> None:
    text = policy(
        {**READ, "Effect": "allow"}, {**LIST, "Condition": {"Sometimes": {"aws:SourceIp": "192.0.2.1"}}}, EVERYONE
    )
    assert [(finding.id, finding.path) for finding in found(text) if finding.severity is Severity.ERROR] == [
        ("grammar", "Statement[0].Effect"),
        ("grammar", "Statement[1].Condition.Sometimes.aws:SourceIp"),
        ("public-grant", "Statement[2].Principal"),
    ]  # fmt: skip


def test_a_rule_that_knows_more_speaks_for_the_grammar() -> None:
    findings = found(principal(f"arn:aws:iam::{STACK}:role/*"))
    assert {finding.id for finding in findings if finding.severity is Severity.ERROR} == {"partial-wildcard-principal"}


def test_a_finding_as_json_has_five_members() -> None:
    (finding,) = found(policy(READ))
    assert list(finding.to_dict()) == ["id", "severity", "path", "message", "remedy"]
    assert finding.to_dict()["path"] == "Statement[0].Action"
    assert finding.to_dict(with_source=True)["path"] == "0.json#Statement[0].Action"


def test_look_alikes_become_visible() -> None:
    (finding, *_) = [one for one in found(*EXAMPLES["look-alike"]) if one.id == "look-alike"]
    assert "\\u043e" in finding.message


def test_a_deny_of_one_action_of_a_grant_is_found_at_that_action() -> None:
    """`ct grant` writes s3:PutObject and s3:AbortMultipartUpload into one statement."""
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": WRITE["Resource"]}
    shadowed = [one for one in found(policy(WRITE, deny)) if one.id == "shadowed-by-deny"]
    assert [(one.path, one.message) for one in shadowed] == [
        ("Statement[0].Action[0]", "Statement[1] denies 's3:PutObject' wherever this statement allows it.")
    ]
