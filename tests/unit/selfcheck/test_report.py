"""The report on one bucket, or two: verdict, findings, the mended text, what to do next."""

import json
from dataclasses import replace

import pytest

from cloudtranscode.entitlements.document import MAX_BYTES
from cloudtranscode.entitlements.grant import grant_sheet, merge
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.location import S3Location
from cloudtranscode.selfcheck.advice import Advice, Verdict, advise
from cloudtranscode.selfcheck.bridge import Bridge
from cloudtranscode.selfcheck.change import Mark
from cloudtranscode.selfcheck.question import write_order
from cloudtranscode.selfcheck.reference import export
from cloudtranscode.selfcheck.report import BucketReport, describe, examine
from support.corpus import CLIENT, ORDER, ROLE, STACK, cases
from support.iam_reference import FrozenReference
from support.reference import INPUT, OUTPUT, reference_policy

REFERENCE = FrozenReference()
TWO = GrantOrder("ClientA", ROLE, STACK, CLIENT, S3Location(INPUT), S3Location(OUTPUT))
SHEET = grant_sheet(ORDER).documents["clienta"]
DENY = {
    "Sid": "Shut",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::clienta/*",
}


def one(text: str, order: GrantOrder = ORDER) -> BucketReport:
    (report,) = examine(order, {"clienta": text}, REFERENCE)
    return report


def advice(text: str, order: GrantOrder = ORDER) -> Advice:
    return advise(order, examine(order, {"clienta": text}, REFERENCE))


def with_deny() -> str:
    document = json.loads(SHEET)
    document["Statement"].append(DENY)
    return json.dumps(document)


def test_the_reference_example_entitles_to_read_and_not_to_write() -> None:
    texts = {
        INPUT: reference_policy(ROLE, "s3:GetObject", INPUT),
        OUTPUT: reference_policy(ROLE.replace("role/", "user/"), "s3:PutObject", OUTPUT),
    }
    source, target = examine(TWO, texts, REFERENCE)
    assert (source.entitled, target.entitled) == (True, False)
    assert {"version-old", "bucket-name"} <= {finding.id for finding in source.findings}
    assert {"user-for-role", "write-without-abort"} <= {finding.id for finding in target.findings}
    said = advise(TWO, (source, target))
    assert said.verdict is Verdict.NO
    assert said.headline.endswith("Not allowed: write the results, take back unfinished parts.")


def test_the_mended_text_is_that_of_ct_grant_and_entitles() -> None:
    text = reference_policy(ROLE, "s3:GetObject", "clienta")
    fix = one(text).fix
    assert fix
    assert fix.text == merge(text, grant_sheet(ORDER).of("clienta"))
    assert {answer.effect for answer in fix.answers} == {"Allow"}
    assert [mark for mark, _ in fix.pieces] == [Mark.KEPT, Mark.ADDED, Mark.KEPT]


def test_findings_that_the_mended_text_settles_are_told_from_those_that_remain() -> None:
    text = reference_policy(ROLE, "s3:PutObject", "clienta").replace('"s3:PutObject"', '["s3:PutObject", "s3:Objekt"]')
    report = one(text)
    ids = {finding.id for finding in report.findings} - {finding.id for finding in report.remaining}
    assert "write-without-abort" in ids
    assert "unknown-action" not in ids
    assert {one["id"] for one in report.to_dict()["findings"] if one["mended"]} == ids
    assert "clienta: mend what the findings call errors at Statement[0].Action[1]" in " ".join(advice(text).steps)


def test_the_grant_sheet_itself_is_left_as_it_is() -> None:
    report = one(SHEET)
    assert report.entitled
    assert report.findings == ()
    assert report.fix
    assert report.fix.pieces == ((Mark.KEPT, SHEET),)
    assert advice(SHEET).steps == (
        "clienta: nothing has to be added.",
        "Tell the stack's admin that the policies are attached; `ct verify ClientA` proves it.",
    )


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_bucket_without_a_policy_gets_the_sheet(text: str) -> None:
    report = one(text)
    assert [finding.id for finding in report.findings] == ["no-policy"]
    assert report.fix
    assert report.fix.text == SHEET


def test_a_deny_outlives_the_mended_text_and_the_steps_say_so() -> None:
    assert any("exempt" in step and "Statement[5] (Shut)" in step for step in advice(with_deny()).steps)


def test_conditions_that_cannot_be_judged_make_it_depend() -> None:
    document = json.loads(SHEET)
    for statement in document["Statement"]:
        statement["Condition"] = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    assert advice(json.dumps(document)).verdict is Verdict.DEPENDS


def test_what_cannot_be_read_is_told_and_the_stacks_statements_are_shown_alone() -> None:
    report = one(SHEET.replace('"Allow"', '"Permit"', 1))
    assert report.error == "Statement[0].Effect: 'Permit' is neither Allow nor Deny."
    assert {answer.effect for answer in report.answers} == {"Unreadable"}
    assert report.fix
    assert report.fix.problem
    assert report.fix.text == SHEET
    assert "remove everything else" in advice(SHEET.replace('"Allow"', '"Permit"', 1)).steps[0]


def test_a_policy_that_s3_would_not_take_for_its_size_entitles_to_nothing() -> None:
    report = one(SHEET.replace("{", "{" + " " * MAX_BYTES, 1))
    assert not report.entitled
    assert str(MAX_BYTES) in (report.error or "")


def test_what_is_nested_too_deep_is_refused_before_anybody_parses_it() -> None:
    report = one("[" * 100_000)
    assert report.error == "The policy: the document is nested too deep."
    assert [(finding.id, finding.message) for finding in report.findings] == [("not-a-policy", report.error)]


def test_public_statements_are_to_be_taken_out() -> None:
    document = json.loads(SHEET)
    document["Statement"].append({**DENY, "Effect": "Allow", "Action": "s3:GetObject"})
    said = advice(json.dumps(document))
    assert said.verdict is Verdict.DEPENDS
    assert any("take the public statements out" in step for step in said.steps)


def test_a_policy_that_would_grow_too_large_is_not_mended() -> None:
    document = json.loads(reference_policy(ROLE, "s3:GetObject", "clienta"))
    document["Id"] = "x" * (MAX_BYTES - 700)
    fix = one(json.dumps(document)).fix
    assert fix
    assert fix.problem
    assert str(MAX_BYTES) in fix.problem.message


def test_within_one_account_nothing_is_to_be_attached() -> None:
    order = replace(ORDER, client_account=STACK)
    report = one("", order)
    assert (report.fix, report.findings, report.entitled) == (None, (), True)
    assert "no bucket policy is needed" in describe(order)["explanation"]


def test_statements_for_keys_are_shown() -> None:
    key = "arn:aws:kms:eu-west-1:444455556666:key/ab-12"
    order = replace(ORDER, kms_keys=(key,))
    assert [one["key"] for one in describe(order)["keys"]] == [key]
    assert any(step.startswith(key) for step in advice(SHEET, order).steps)


def test_an_unknown_order_is_answered_with_problems_and_a_known_one_with_its_sheet() -> None:
    bridge = Bridge(json.dumps(export(REFERENCE, ("s3", "kms", "sts"))))
    assert set(json.loads(bridge.answer('{"order": {}}'))) == {"problems"}
    assert set(json.loads(bridge.answer(json.dumps({"order": write_order(ORDER)})))) == {"sheet"}
    question = {"order": write_order(ORDER), "ownership": "enforced", "policies": {}, "now": "2026-01-01T00:00:00Z"}
    assert set(json.loads(bridge.answer(json.dumps(question)))) == {"sheet", "reports", "advice"}


def test_whatever_is_pasted_there_is_a_report_and_never_a_wrong_yes() -> None:
    for case in cases(400, seed=2):
        report = one(case.text)
        json.dumps(report.to_dict())
        assert report.findings or report.entitled, case.text
        assert not (report.error and report.entitled)
        assert report.fix
        if not report.fix.problem:
            kept = [text for mark, text in report.fix.pieces if mark is not Mark.ADDED]
            assert "".join(kept) == (case.text if case.text.strip() else "")
