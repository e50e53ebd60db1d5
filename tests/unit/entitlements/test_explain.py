"""Why a read or a write was refused: the likeliest cause first, the side that must act, the document to send."""

import json

import pytest

from cloudtranscode.entitlements.evaluate import PolicySet, Principal, Request, evaluate
from cloudtranscode.entitlements.explain import Access, explain
from cloudtranscode.entitlements.grant import GrantOrder, grant_sheet
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.errors import Side
from cloudtranscode.location import S3Location

STACK, CLIENT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{STACK}:role/stack_prod"
ORDER = GrantOrder("ClientA", ROLE, STACK, CLIENT, S3Location("in"), S3Location("out"))
EXACT = grant_sheet(ORDER).documents["in"]


def test_an_unreadable_policy_is_suspected_first_and_the_grant_is_ready_to_send() -> None:
    explanation = explain(None, ORDER, Access.READ)
    assert "does not entitle" in explanation.causes[0].cause
    assert explanation.causes[0].side is Side.CLIENT
    assert explanation.documents == {"in": EXACT}
    assert {cause.side for cause in explanation.causes} == set(Side)


def test_a_policy_that_names_the_user_of_that_name_is_recognised() -> None:
    slip = EXACT.replace(":role/", ":user/")
    explanation = explain(None, ORDER, Access.READ, {"in": slip})
    assert ":user/stack_prod" in explanation.causes[0].cause
    assert ROLE in explanation.causes[0].remedy
    assert Policy.parse(explanation.documents["in"]) == Policy.parse(EXACT)


def test_a_deny_in_the_bucket_policy_is_named_by_its_sid() -> None:
    denied = json.loads(EXACT)
    deny = {"Sid": "NoOne", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::in/*"}
    denied["Statement"].append(deny)
    first = explain(None, ORDER, Access.READ, {"in": json.dumps(denied)}).causes[0]
    assert "NoOne" in first.cause
    assert first.side is Side.CLIENT


def test_a_policy_that_entitles_is_not_blamed() -> None:
    causes = explain(None, ORDER, Access.READ, {"in": EXACT}).causes
    assert [cause.side for cause in causes[:2]] == [Side.SOURCE, Side.STACK]


def test_a_write_to_a_bucket_without_policy() -> None:
    explanation = explain(None, ORDER, Access.WRITE, {"out": ""})
    assert "write" in explanation.causes[0].cause
    assert list(explanation.documents) == ["out"]
    assert all(cause.side is not Side.SOURCE for cause in explanation.causes)


def test_a_broken_policy_is_said_to_be_broken() -> None:
    assert "Statement: is missing" in explain(None, ORDER, Access.READ, {"in": "{}"}).causes[0].cause


def test_a_decision_points_at_the_stacks_own_side() -> None:
    request = Request(Principal.from_arn(ROLE), "s3:GetObject", "arn:aws:s3:::in/k", CLIENT)
    decision = evaluate(request, PolicySet.closed(resource=Policy.parse(EXACT)))
    first = explain(decision, ORDER, Access.READ, {"in": EXACT}).causes[0]
    assert "'identity'" in first.cause
    assert first.side is Side.STACK


def test_rule_36_within_one_account_no_grant_is_asked_for_but_a_deny_counts() -> None:
    order = GrantOrder("ClientA", ROLE, STACK, STACK, S3Location("in"), S3Location("out"))
    explanation = explain(None, order, Access.WRITE, {"out": ""})
    assert explanation.documents == {}
    assert explanation.causes[0].side is Side.STACK
    deny = {"Sid": "NoOne", "Effect": "Deny", "Principal": "*", "Action": "s3:Put*", "Resource": "arn:aws:s3:::out/*"}
    denied = explain(None, order, Access.WRITE, {"out": json.dumps({"Statement": deny})})
    assert "NoOne" in denied.causes[0].cause


def test_conditions_that_cannot_be_judged_are_said_to_decide() -> None:
    session = f"arn:aws:sts::{STACK}:assumed-role/stack_prod/job-1"
    first = explain(None, ORDER, Access.READ, {"in": EXACT.replace(ROLE, session)}).causes[0]
    assert "conditions" in first.cause


@pytest.mark.parametrize("access", list(Access))
def test_the_terminal_form_holds_causes_and_document(access: Access) -> None:
    explanation = explain(None, ORDER, access)
    text = explanation.render()
    assert text.startswith("1. [client] ")
    assert all(cause.remedy in text for cause in explanation.causes)
    assert json.loads(text[text.index("\n{") :])["Version"] == "2012-10-17"
