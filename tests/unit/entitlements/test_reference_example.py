"""The two policies that users start from, as written in the field: 15-digit account, capitals, version 2008-10-17."""

import pytest

from cloudtranscode.entitlements.evaluate import Effect, PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.policy import Policy

STACK = "arn:aws:iam::000111333444555"
CLIENT = "111122223333"


def bucket_policy(principal: str, action: str, bucket: str) -> Policy:
    return Policy.parse(
        f"""{{"Version": "2008-10-17", "Id": "Policy1400343104177", "Statement": [{{
        "Sid": "Stmt1400342869898", "Effect": "Allow",
        "Principal": {{"AWS": "{principal}"}},
        "Action": "{action}", "Resource": "arn:aws:s3:::{bucket}/*"}}]}}"""
    )


READ = bucket_policy(f"{STACK}:role/stack_prod", "s3:GetObject", "ClientA_bucket_in")
WRITE = bucket_policy(f"{STACK}:user/stack_prod", "s3:PutObject", "ClientA_bucket_out")
IDENTITY = Policy.parse(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::*"}}
)


@pytest.mark.parametrize(
    ("principal", "action", "resource", "policy"),
    [
        (f"{STACK}:role/stack_prod", "s3:GetObject", "arn:aws:s3:::ClientA_bucket_in/film.mov", READ),
        (f"{STACK}:user/stack_prod", "s3:PutObject", "arn:aws:s3:::ClientA_bucket_out/film.mp4", WRITE),
    ],
)
def test_reference_policies_flip_the_decision_for_the_principal_they_name(
    principal: str, action: str, resource: str, policy: Policy
) -> None:
    request = Request(Principal.from_arn(principal), action, resource, CLIENT)
    assert evaluate(request, PolicySet.closed(identity=(IDENTITY,))).effect is Effect.IMPLICIT_DENY
    decision = evaluate(request, PolicySet.closed(identity=(IDENTITY,), resource=policy))
    assert decision.effect is Effect.ALLOW
    assert any(finding.layer == "resource" and finding.sid == "Stmt1400342869898" for finding in decision.trace)


def test_reference_policies_name_a_role_and_a_user_so_that_no_single_principal_holds_both() -> None:
    role = Principal.from_arn(f"{STACK}:role/stack_prod")
    write = Request(role, "s3:PutObject", "arn:aws:s3:::ClientA_bucket_out/film.mp4", CLIENT)
    assert evaluate(write, PolicySet.closed(identity=(IDENTITY,), resource=WRITE)).effect is Effect.IMPLICIT_DENY
