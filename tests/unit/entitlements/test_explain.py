"""Why a read or a write was refused: from evidence to causes, the side that must act, documents and the message."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cloudtranscode.entitlements.bucket import Ownership
from cloudtranscode.entitlements.evaluate import Effect
from cloudtranscode.entitlements.explain.answer import Answer, Verdict, Words, cause_of_code, read_words
from cloudtranscode.entitlements.explain.catalogue import BY_ID, CATALOGUE
from cloudtranscode.entitlements.explain.evidence import Access, Evidence, ObjectSnapshot, Probe
from cloudtranscode.entitlements.explain.explain import explain
from cloudtranscode.entitlements.explain.explanation import Suspect
from cloudtranscode.entitlements.grant import GrantOrder, grant_sheet
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.snapshot import BucketSnapshot, StackSnapshot
from cloudtranscode.errors import Side
from cloudtranscode.location import S3Location
from support.corpus import cases

STACK, CLIENT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{STACK}:role/stack_prod"
ORDER = GrantOrder("ClientA", ROLE, STACK, CLIENT, S3Location("in"), S3Location("out"))
EXACT = grant_sheet(ORDER).documents["in"]
AT = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
PERFORM = "is not authorized to perform:"
BARE = Answer(Verdict.REFUSED, 403, "AccessDenied", "Access Denied", "REQ1")
YES = Answer(Verdict.ALLOWED)
ALLOW_ALL = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'


def evidence(policy: str | None = None, access: Access = Access.READ, **changes: Any) -> Evidence:
    target = S3Location("in", "film.mov") if access is Access.READ else S3Location("out", "a/film.mp4")
    bucket = BucketSnapshot(target.bucket, CLIENT, policy=policy)
    return replace(Evidence(ORDER, access, target, {Probe.AS_JOB: BARE}, AT, bucket), **changes)


def first(about: Evidence) -> Suspect:
    return explain(about).causes[0]


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def grant(**changes: Any) -> dict[str, Any]:
    made = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::in/*"}
    return made | changes


_FROM_THERE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}


def deny(**condition: Any) -> dict[str, Any]:
    denial = grant(Sid="Guard", Effect="Deny", Principal="*", Action="s3:*")
    return denial | ({"Condition": condition} if condition else {})


class TestWhatS3Says:
    @pytest.mark.parametrize(
        ("message", "words"),
        [
            ("Access Denied", None),
            (
                f"User: {ROLE} {PERFORM} s3:GetObject because no identity-based policy allows the s3:GetObject action",
                Words("identity", False, "s3:GetObject"),
            ),
            (
                f"{PERFORM} s3:GetObject with an explicit deny in a service control policy",
                Words("scp", True, "s3:GetObject"),
            ),
            (
                "with an explicit deny in a resource control policy: arn:aws:organizations::1:policy/o-a/rcp/p-b",
                Words("rcp", True, None, "arn:aws:organizations::1:policy/o-a/rcp/p-b"),
            ),
            (
                "because no VPC endpoint policy allows the s3:PutObject action",
                Words("endpoint", False, "s3:PutObject"),
            ),
            ("with an explicit deny in a permissions boundary", Words("boundary", True)),
            ("because no session policy allows the s3:GetObject action", Words("session", False, "s3:GetObject")),
            ("with an explicit deny in a resource-based policy", Words("resource", True)),
            (
                f"{PERFORM} kms:Decrypt because no resource-based policy allows the kms:Decrypt action",
                Words("key", False, "kms:Decrypt"),
            ),
            (
                f"{PERFORM} kms:Decrypt because no identity-based policy allows the kms:Decrypt action",
                Words("identity", False, "kms:Decrypt"),
            ),
            (
                "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access",
                Words("public", True),
            ),
            ("The ciphertext refers to a customer master key that does not exist", Words("key", False)),
        ],
    )
    def test_the_layer_is_read_from_the_text(self, message: str, words: Words | None) -> None:
        assert read_words(message) == words

    @pytest.mark.parametrize(
        ("code", "cause"),
        [
            ("InvalidAccessKeyId", "credentials-unknown"),
            ("RequestTimeTooSkewed", "clock-skewed"),
            ("InvalidObjectState", "object-archived"),
            ("KMS.DisabledException", "key-policy"),
            ("PermanentRedirect", "region-wrong"),
            ("AccessDenied", None),
        ],
    )
    def test_a_code_that_is_no_question_of_permission(self, code: str, cause: str | None) -> None:
        answer = Answer(Verdict.REFUSED, 403, code)
        assert cause_of_code(answer) == cause
        if cause:
            assert first(evidence(answers={Probe.AS_JOB: answer})).id == cause

    def test_an_expired_presigned_request_is_called_access_denied(self) -> None:
        assert cause_of_code(replace(BARE, message="Request has expired")) == "credentials-expired"

    def test_a_bare_403_says_that_the_rest_is_well_where_credentials_are_accepted(self) -> None:
        excluded = explain(evidence(accepted=True)).excluded
        assert {"credentials-expired", "clock-skewed", "region-wrong", "bucket-missing"} <= excluded.keys()
        listed = {suspect.id for suspect in explain(evidence(accepted=False)).causes[:3]}
        assert listed == {"credentials-expired", "credentials-unknown", "credentials-wrong"}

    def test_a_named_layer_comes_first(self) -> None:
        said = replace(BARE, message="with an explicit deny in a service control policy")
        assert first(evidence(answers={Probe.AS_JOB: said})).id == "service-control-policy"
        said = replace(BARE, message="because no resource-based policy allows the s3:GetObject action")
        assert BY_ID[first(evidence(answers={Probe.AS_JOB: said})).id].id == "policy-missing"


class TestTheBucketsPolicy:
    def test_none_is_named_first_and_the_grant_is_ready_to_send(self) -> None:
        explanation = explain(evidence(""))
        assert explanation.causes[0].id == "policy-missing"
        assert explanation.documents == {"in": EXACT}
        assert EXACT in explanation.message

    def test_what_cannot_be_read_leaves_every_side_under_suspicion(self) -> None:
        causes = explain(evidence()).causes
        assert {cause.side for cause in causes} == set(Side)
        assert sum(cause.likelihood for cause in causes) == pytest.approx(1)

    @pytest.mark.parametrize(
        ("changes", "cause"),
        [
            ({"Principal": {"AWS": ROLE.replace(":role/", ":user/")}}, "principal-kind"),
            ({"Principal": {"AWS": ROLE.replace(STACK, f"000{STACK}")}}, "principal-digits"),
            ({"Principal": {"AWS": ROLE.replace(STACK, CLIENT)}}, "principal-account"),
            ({"Principal": {"AWS": f"{ROLE}2"}}, "principal-name"),
            ({"Principal": {"AWS": "AROA" + "X" * 17}}, "principal-deleted"),
            ({"Principal": {"AWS": f"arn:aws:sts::{STACK}:assumed-role/stack_prod/job"}}, "condition-unmet"),
            ({"Principal": {"AWS": f"arn:aws:iam::{CLIENT}:role/partner"}}, "grant-missing"),
            ({"Action": ["s3:ListBucket", "s3:GetObjectVersion"]}, "action-missing"),
            ({"Action": None, "NotAction": "s3:GetObject"}, "action-missing"),
            ({"Resource": "arn:aws:s3:::in"}, "resource-whole-bucket"),
            ({"Resource": "arn:aws:s3:::in/media/*"}, "resource-prefix"),
            ({"Resource": "arn:aws:s3:::in/FILM.*"}, "resource-case"),
            ({"Resource": "arn:aws:s3:::inn/*"}, "resource-other-bucket"),
            ({"Condition": {"StringEquals": {"sts:ExternalId": "x"}}}, "condition-never"),
            ({"Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}}, "condition-expired"),
            ({"Condition": {"StringEquals": {"s3:ExistingObjectTag/for": "stack"}}}, "condition-unmet"),
        ],
    )
    def test_the_slip_of_a_statement_is_found(self, changes: dict[str, Any], cause: str) -> None:
        statement = {name: value for name, value in (grant() | changes).items() if value is not None}
        assert first(evidence(policy(statement))).id == cause

    def test_a_condition_that_cannot_be_judged_is_quoted(self) -> None:
        found = first(evidence(policy(grant(Condition=_FROM_THERE))))
        assert (found.id, found.certainty) == ("condition-unmet", "likely")
        assert "203.0.113.0/24" in found.cause

    def test_a_slip_quotes_what_stands_there(self) -> None:
        slip = EXACT.replace(":role/", ":user/")
        found = first(evidence(slip))
        assert ":user/stack_prod" in found.cause
        assert ROLE in found.remedy
        assert (found.certainty, found.side) == ("found", Side.CLIENT)

    def test_variables_under_the_old_version(self) -> None:
        written = policy(grant(Resource="arn:aws:s3:::in/${aws:none, 'film'}.mov"), version="2008-10-17")
        assert first(evidence(written)).id == "variables-literal"

    def test_a_policy_that_belongs_on_the_other_bucket(self) -> None:
        there = BucketSnapshot("out", CLIENT, policy=EXACT)
        assert first(evidence("", other=there)).id == "grant-on-other-bucket"

    def test_a_broken_policy_is_said_to_be_broken(self) -> None:
        found = first(evidence("{}"))
        assert found.id == "policy-malformed"
        assert "Statement: is missing" in found.cause

    @pytest.mark.parametrize(
        ("condition", "tls", "cause"),
        [
            ({}, None, "deny-principal"),
            ({"Bool": {"aws:SecureTransport": "false"}}, False, "deny-transport"),
            ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True, "deny-address"),
            ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, True, "deny-network"),
            ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, True, "deny-condition"),
        ],
    )
    def test_a_deny_is_named_with_its_sid(self, condition: dict[str, Any], tls: bool | None, cause: str) -> None:
        found = first(evidence(policy(grant(), deny(**condition)), tls=tls))
        assert found.id == cause
        assert "Statement[1] (Guard)" in found.cause

    def test_a_deny_that_does_not_cover_the_request_is_ruled_out(self) -> None:
        safe = policy(grant(), deny(Bool={"aws:SecureTransport": "false"}))
        assert "deny-transport" in explain(evidence(safe, tls=True)).excluded

    def test_not_principal(self) -> None:
        denial = {**deny(), "NotPrincipal": {"AWS": [ROLE]}}
        del denial["Principal"]
        assert first(evidence(policy(grant(), denial))).id == "deny-not-principal"

    def test_a_policy_that_entitles_is_not_blamed(self) -> None:
        explanation = explain(evidence(EXACT))
        assert {"policy-missing", "grant-missing", "deny-principal"} <= explanation.excluded.keys()
        assert explanation.causes[0].id == "key-missing"


class TestSettingsAndTheObject:
    def test_public_access_block(self) -> None:
        public = policy(grant(), grant(Principal="*", Resource="arn:aws:s3:::in/open/*"))
        seen = BucketSnapshot("in", CLIENT, policy=public, restricts_public=True)
        assert first(evidence(bucket=seen)).id == "public-access-block"
        assert "public-access-block" in explain(evidence(bucket=replace(seen, restricts_public=False))).excluded

    def test_requester_pays(self) -> None:
        assert (
            first(evidence(bucket=BucketSnapshot("in", CLIENT, policy=EXACT, requester_pays=True))).id
            == "requester-pays"
        )

    def test_a_bucket_that_is_not_there(self) -> None:
        assert first(evidence(bucket=BucketSnapshot("in", exists=False))).id == "bucket-missing"

    @pytest.mark.parametrize(
        ("seen", "cause"),
        [
            (ObjectSnapshot(exists=False), "key-missing"),
            (ObjectSnapshot(exists=False, similar=("Film.mov",)), "key-case"),
            (ObjectSnapshot(exists=True, foreign=True), "object-foreign"),
            (ObjectSnapshot(exists=True, opens=False), "object-foreign"),
            (ObjectSnapshot(exists=True, opens=True, archived=True), "object-archived"),
        ],
    )
    def test_the_object_as_its_owner_sees_it(self, seen: ObjectSnapshot, cause: str) -> None:
        assert first(evidence(EXACT, object=seen)).id == cause

    def test_an_enforced_bucket_owns_every_object(self) -> None:
        seen = BucketSnapshot("in", CLIENT, policy=EXACT, ownership=Ownership.ENFORCED)
        assert "object-foreign" in explain(evidence(bucket=seen)).excluded

    def test_a_keys_policy_that_leaves_the_stack_out(self) -> None:
        key = f"arn:aws:kms:us-east-1:{CLIENT}:key/1"
        root = policy(grant(Principal={"AWS": f"arn:aws:iam::{CLIENT}:root"}, Action="kms:*", Resource="*"))
        sealed = ObjectSnapshot(exists=True, opens=True, kms_key=key, kms_policy=root)
        assert first(evidence(EXACT, object=sealed)).id == "key-policy"
        lets = policy(grant(Action="kms:Decrypt", Resource="*"))
        assert "key-policy" in explain(evidence(EXACT, object=replace(sealed, kms_policy=lets))).excluded

    def test_the_stacks_own_policies_have_to_allow_the_key_too(self) -> None:
        key = f"arn:aws:kms:us-east-1:{CLIENT}:key/1"
        sealed = ObjectSnapshot(True, True, False, key, policy(grant(Action="kms:Decrypt", Resource="*")), False)
        own = StackSnapshot(ROLE, identity={"own": policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})})
        found = first(evidence(EXACT, object=sealed, stack=own))
        assert found.id == "identity-policy"
        assert "kms:Decrypt" in found.cause


class TestTheStacksSide:
    @pytest.mark.parametrize(
        ("own", "cause"),
        [
            (StackSnapshot(ROLE, identity={}), "identity-policy"),
            (
                StackSnapshot(ROLE, identity={"p": policy({"Effect": "Deny", "Action": "*", "Resource": "*"})}),
                "identity-deny",
            ),
            (
                StackSnapshot(
                    ROLE,
                    identity={"p": ALLOW_ALL},
                    boundary=policy({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}),
                ),
                "permissions-boundary",
            ),
        ],
    )
    def test_what_its_own_policies_refuse(self, own: StackSnapshot, cause: str) -> None:
        found = first(evidence(EXACT, stack=own))
        assert (found.id, found.side) == (cause, Side.STACK)

    def test_the_client_gets_no_letter_about_the_stacks_own_faults(self) -> None:
        assert explain(evidence(EXACT, stack=StackSnapshot(ROLE, identity={}))).message == ""

    def test_prediction_and_attempt_that_disagree_name_the_hidden_layers(self) -> None:
        own = StackSnapshot(ROLE, identity={"p": ALLOW_ALL}, boundary="")
        seen = ObjectSnapshot(True, True, False, "", None, False)
        explanation = explain(evidence(EXACT, stack=own, object=seen, tls=True, accepted=True, organization=True))
        assert (explanation.predicted, explanation.hidden) == (Effect.ALLOW, True)
        left = {suspect.id for suspect in explanation.causes}
        assert {"session-policy", "resource-control-policy", "endpoint-policy", "propagation"} <= left
        assert {"service-control-policy", "identity-policy", "permissions-boundary"} <= explanation.excluded.keys()

    def test_keys_of_somebody_else(self) -> None:
        assert first(evidence(acts_as=f"arn:aws:iam::{STACK}:user/bob")).id == "principal-unexpected"

    def test_a_user_has_no_session_policy(self) -> None:
        order = GrantOrder("ClientA", ROLE.replace(":role/", ":user/"), STACK, CLIENT, ORDER.input, ORDER.output)
        assert "session-policy" in explain(evidence(order=order)).excluded

    def test_other_clients_that_are_served_exonerate_the_stack(self) -> None:
        served, refused = (explain(evidence(others_served=way)).causes for way in (True, False))
        places = [[suspect.id for suspect in causes].index("service-control-policy") for causes in (served, refused)]
        assert places[0] > places[1]

    def test_rule_36_within_one_account_no_grant_is_asked_for(self) -> None:
        order = GrantOrder("ClientA", ROLE, STACK, STACK, S3Location("in"), S3Location("out"))
        explanation = explain(evidence("", order=order))
        assert explanation.documents == {}
        assert explanation.causes[0].id in {"identity-policy", "key-missing"}
        assert "policy-missing" not in {suspect.id for suspect in explanation.causes}
        assert first(evidence(policy(deny()), order=order)).id == "deny-principal"


class TestAttempts:
    @pytest.mark.parametrize(
        ("probe", "access", "cause"),
        [
            (Probe.AGAIN, Access.READ, "propagation"),
            (Probe.ANY_OWNER, Access.READ, "owner-unexpected"),
            (Probe.PAYING, Access.READ, "requester-pays"),
            (Probe.WITH_ACL, Access.WRITE, "deny-without-acl"),
            (Probe.ENCRYPTED, Access.WRITE, "deny-unencrypted"),
        ],
    )
    def test_the_one_thing_that_makes_the_difference(self, probe: Probe, access: Access, cause: str) -> None:
        answers = {Probe.AS_JOB: BARE, probe: YES}
        assert first(evidence(access=access, answers=answers)).id == cause
        answers[probe] = BARE
        assert first(evidence(access=access, answers=answers)).id != cause

    def test_a_neighbour_that_can_be_read_clears_the_grant(self) -> None:
        explanation = explain(evidence(answers={Probe.AS_JOB: BARE, Probe.LISTING: YES, Probe.NEIGHBOUR: YES}))
        assert {"policy-missing", "principal-kind", "identity-deny"} & explanation.excluded.keys()
        assert explanation.causes[0].id in {"key-policy", "object-foreign"}

    def test_a_write_at_the_top_points_at_the_prefix(self) -> None:
        answers = {Probe.AS_JOB: BARE, Probe.ELSEWHERE: YES}
        assert first(evidence(access=Access.WRITE, answers=answers)).id == "resource-prefix"

    def test_a_fault_of_another_kind_says_nothing(self) -> None:
        fault = Answer(Verdict.FAULT, 0, "ConnectTimeoutError")
        without, with_ = (
            explain(evidence(answers={Probe.AS_JOB: BARE} | more)) for more in ({}, {Probe.PAYING: fault})
        )
        assert [one.id for one in without.causes] == [one.id for one in with_.causes]

    def test_what_is_permitted_is_not_explained(self) -> None:
        explanation = explain(evidence(answers={Probe.AS_JOB: YES}))
        assert (explanation.refused, explanation.causes, explanation.message) == (False, (), "")

    def test_a_missing_key_told_by_a_404_is_a_cause(self) -> None:
        absent = Answer(Verdict.ABSENT, 404, "NoSuchKey")
        assert first(evidence(answers={Probe.AS_JOB: absent})).id == "key-missing"

    def test_that_a_made_up_name_is_missing_is_no_refusal(self) -> None:
        absent = Answer(Verdict.ABSENT, 404, "NoSuchKey")
        assert not explain(evidence(answers={Probe.AS_JOB: absent}, named=False)).refused


class TestTheMessage:
    def test_it_holds_what_a_client_needs(self) -> None:
        text = explain(evidence(EXACT.replace(":role/", ":user/"), accepted=True)).message
        for wanted in ("s3://in/film.mov", "2026-11-24 12:00:00 UTC", ROLE, "REQ1", "user/stack_prod", "ruled out"):
            assert wanted in text
        assert Policy.parse(text[text.index("\n{") : text.rindex("}") + 1]) == Policy.parse(EXACT)

    def test_without_anything_read_it_says_so_and_gives_few_causes(self) -> None:
        text = explain(evidence()).message
        assert "S3 does not say why" in text
        assert "\n4. " in text
        assert "\n5. " not in text

    def test_statements_that_are_there_stay(self) -> None:
        kept = grant(Sid="Theirs", Principal={"AWS": f"arn:aws:iam::{CLIENT}:role/partner"})
        (document,) = explain(evidence(policy(kept))).documents.values()
        assert "Theirs" in document
        assert "CloudTranscodeReadClientA" in document

    def test_no_policy_is_told_that_would_take_away_what_cannot_be_merged_with(self) -> None:
        other = json.loads(EXACT.replace("stack_prod", "stack_staging"))
        other["Statement"].append(grant(Sid="Theirs"))
        assert explain(evidence(json.dumps(other))).documents == {}


@pytest.mark.parametrize("access", list(Access))
def test_everything_is_plain_json(access: Access) -> None:
    data = explain(evidence(EXACT, access)).to_dict()
    assert json.loads(json.dumps(data)) == data
    assert [one["id"] for one in data["causes"]]


@pytest.mark.parametrize("access", list(Access))
def test_causes_fit_the_access(access: Access) -> None:
    """Nobody is told that an object is missing where one was to be written."""
    listed = {suspect.id for suspect in explain(evidence(access=access)).causes}
    assert ("key-missing" in listed) == (access is Access.READ)
    assert ("deny-unencrypted" in listed) == (access is not Access.READ)


def test_every_cause_can_be_told() -> None:
    for cause in CATALOGUE:
        assert "{" not in cause.what.format(principal="P", action="A", where="W", bucket="B", client="C")
        assert "{" not in cause.remedy.format(principal="P", action="A", where="W", bucket="B", client="C")


def test_whatever_stands_in_a_policy_there_is_an_explanation() -> None:
    for case in cases(300):
        own = StackSnapshot(ROLE, identity={"own": case.text}, boundary=case.text)
        causes = explain(evidence(case.text, stack=own)).causes
        assert sum(cause.likelihood for cause in causes) == pytest.approx(1)
