"""What is missing for a job, as far as policies foretell it and attempts have shown it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cloudtranscode.entitlements.bucket import Ownership
from cloudtranscode.entitlements.evaluate import Effect
from cloudtranscode.entitlements.grant import grant_sheet
from cloudtranscode.entitlements.needs import Destination, needs
from cloudtranscode.entitlements.order import ClientRole, GrantOrder
from cloudtranscode.entitlements.preflight import (
    Advice,
    Attempt,
    Examined,
    Gap,
    Report,
    Requirement,
    owed,
    predict,
    report,
    requirements,
)
from cloudtranscode.entitlements.snapshot import BucketSnapshot, StackSnapshot
from cloudtranscode.errors import AccessDenied, BucketNotFound, Side, SourceNotFound, UnknownPreset
from cloudtranscode.location import S3Location

STACK, CLIENT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{STACK}:role/stack_prod"
KEY = f"arn:aws:kms:eu-west-1:{CLIENT}:key/abcd"
FILM, OUT = S3Location("clienta-in", "films/film.mov"), S3Location("clienta-out", "jobs/film.mp4")
ORDER = GrantOrder("ClientA", ROLE, STACK, CLIENT, S3Location("clienta-in"), S3Location("clienta-out"), kms_keys=(KEY,))
NOW = {"aws:CurrentTime": ("2026-11-24T12:00:00Z",), "aws:SecureTransport": ("true",)}
EVERYTHING = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
SEEN = StackSnapshot(ROLE, identity={"own": EVERYTHING}, boundary="")
UNSEEN = StackSnapshot(ROLE)
DENIED = Attempt(allowed=False, fault=AccessDenied("It was denied."))
REQUIRED = requirements(needs([FILM], [Destination(OUT)]))
READING = next(one for one in REQUIRED if "GetObject" in one.calls)
WRITING = next(one for one in REQUIRED if "UploadPart" in one.calls)
HANDING_OVER = next(one for one in REQUIRED if one.need.acl)
ABORTING = next(one for one in REQUIRED if "AbortMultipartUpload" in one.calls)
LISTING = next(one for one in REQUIRED if "ListObjectsV2" in one.calls)


def policy(*statements: dict[str, Any]) -> str:
    named = {"Effect": "Allow", "Principal": {"AWS": ROLE}}
    return json.dumps({"Version": "2012-10-17", "Statement": [named | one for one in statements]})


def bucket(name: str, *statements: dict[str, Any], **settings: Any) -> BucketSnapshot:
    plain = BucketSnapshot(name, CLIENT, True, "", Ownership.ENFORCED, True, False, "")
    return replace(plain, policy=policy(*statements) if statements else "", **settings)


def read(**elements: Any) -> dict[str, Any]:
    return {"Sid": "Read", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::clienta-in/*", **elements}


def gaps(
    one: Requirement,
    seen: BucketSnapshot | None = None,
    attempt: Attempt = Attempt(),  # noqa: B008  # immutable
    stack: StackSnapshot = SEEN,
    order: GrantOrder = ORDER,
) -> tuple[Gap, ...]:
    seen = seen or BucketSnapshot(one.need.location.bucket)
    examined = Examined(one, predict(one, stack, seen, NOW), attempt)
    return report([examined], advice(order)).gaps


def advice(order: GrantOrder = ORDER) -> Advice:
    return Advice(grant_sheet(order), order.role.arn if order.role else order.principal)


class TestForetold:
    def test_a_policy_that_allows_leaves_no_gap(self) -> None:
        assert gaps(READING, bucket("clienta-in", read())) == ()

    def test_a_grant_that_is_missing_names_the_statement_to_attach(self) -> None:
        (gap,) = gaps(READING, bucket("clienta-in", ownership=Ownership.ENFORCED))

        assert (gap.permissions, gap.resource, gap.certain, gap.tried) == (("s3:GetObject",), FILM, False, False)
        assert (gap.error.code, gap.error.side) == ("access_denied", Side.CLIENT)
        assert gap.error.message == (
            "s3:GetObject on s3://clienta-in/films/film.mov will be refused: nothing in the bucket's policy allows it."
        )
        assert gap.error.remedy == (
            "Let ClientA attach CloudTranscodeReadClientA, which `ct grant ClientA` prints, to clienta-in."
        )

    def test_what_the_stack_itself_lacks_is_for_its_admin(self) -> None:
        stack = replace(SEEN, identity={})

        (gap,) = gaps(READING, bucket("clienta-in", read()), stack=stack)

        assert gap.error.side is Side.STACK
        assert "the stack's own policies" in gap.error.message
        assert gap.error.remedy.startswith("Let the stack's admin attach CloudTranscodeReadClientA")

    def test_both_sides_are_told_at_once(self) -> None:
        found = gaps(READING, bucket("clienta-in"), stack=replace(SEEN, identity={}))

        assert {gap.error.side for gap in found} == {Side.CLIENT, Side.STACK}

    def test_a_denial_is_named_by_its_statement(self) -> None:
        no = read(Sid="NotThis", Effect="Deny")

        (gap,) = gaps(READING, bucket("clienta-in", read(), no))

        assert "NotThis of the bucket's policy denies it" in gap.error.message
        assert gap.error.remedy == f"Exempt {ROLE} from NotThis."

    def test_a_key_that_the_stack_may_not_use_is_a_gap_of_the_key(self) -> None:
        sealed = bucket(
            "clienta-in", read(), kms_key=KEY, kms_policy=policy({"Action": "kms:Encrypt", "Resource": "*"})
        )

        (gap,) = gaps(READING, sealed)

        assert (gap.permissions, gap.error.side) == (("kms:Decrypt",), Side.CLIENT)
        assert f"to {KEY}" in gap.error.remedy

    def test_multipart_writing_needs_both_actions_on_the_key(self) -> None:
        write = {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::clienta-out/*"}
        sealed = bucket("clienta-out", write, kms_key=KEY, kms_policy="")

        assert {name for gap in gaps(WRITING, sealed) for name in gap.permissions} == {
            "kms:GenerateDataKey",
            "kms:Decrypt",
        }

    def test_a_grant_that_has_ended_is_none(self) -> None:
        ended = read(Condition={"DateLessThan": {"aws:CurrentTime": "2026-11-24T11:59:59Z"}})

        assert [gap.permissions for gap in gaps(READING, bucket("clienta-in", ended))] == [("s3:GetObject",)]

    def test_a_condition_on_what_nobody_knows_foretells_nothing(self) -> None:
        somewhere = read(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})

        assert gaps(READING, bucket("clienta-in", somewhere)) == ()

    def test_a_header_that_the_stack_does_not_send_is_known_to_be_absent(self) -> None:
        """Old policies refuse what does not ask for encryption by itself."""
        write = {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::clienta-out/*"}
        unsealed = write | {
            "Sid": "Sealed",
            "Effect": "Deny",
            "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}},
        }

        (gap,) = gaps(WRITING, bucket("clienta-out", write, unsealed))

        assert "Sealed of the bucket's policy denies it" in gap.error.message

    @pytest.mark.parametrize(("prefix", "known"), [("films/*", 0), ("other/*", 1)])
    def test_a_listing_names_the_source_as_its_prefix(self, prefix: str, known: int) -> None:
        look = {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::clienta-in"}
        limited = look | {"Condition": {"StringLike": {"s3:prefix": prefix}}}

        assert len(gaps(LISTING, bucket("clienta-in", limited))) == known

    def test_nothing_seen_foretells_nothing(self) -> None:
        for one in REQUIRED:
            assert gaps(one, stack=UNSEEN) == ()

    def test_a_policy_that_nobody_understands_is_not_known(self) -> None:
        decision = predict(READING, SEEN, replace(bucket("clienta-in"), policy="{"), NOW)

        assert decision.effect is Effect.UNKNOWN


class TestTried:
    def test_what_the_server_permitted_is_no_gap_whatever_the_policies_say(self) -> None:
        assert gaps(READING, bucket("clienta-in"), Attempt(allowed=True)) == ()

    def test_a_refusal_is_certain_and_the_policies_say_why(self) -> None:
        (gap,) = gaps(READING, bucket("clienta-in"), DENIED)

        assert (gap.certain, gap.tried) == (True, True)
        assert "is refused: nothing in the bucket's policy allows it" in gap.error.message

    def test_a_refusal_that_no_policy_explains_leads_to_ct_explain(self) -> None:
        (gap,) = gaps(READING, bucket("clienta-in", read()), DENIED)

        assert gap.error.message == "It was denied. No policy that could be read refuses it."
        assert "`ct explain ClientA`" in gap.error.remedy

    def test_a_refusal_with_nothing_seen_is_mended_by_the_grant(self) -> None:
        (gap,) = gaps(READING, attempt=DENIED, stack=UNSEEN)

        assert gap.error.message == "It was denied."
        assert "CloudTranscodeReadClientA" in gap.error.remedy

    def test_a_remedy_that_the_storage_knows_better_stays(self) -> None:
        fault = AccessDenied("Refused by its key.", remedy="Enable the key.")

        (gap,) = gaps(READING, attempt=Attempt(allowed=False, fault=fault), stack=UNSEEN)

        assert gap.error.remedy == "Enable the key."

    def test_a_403_may_stand_for_a_missing_source(self) -> None:
        (gap,) = gaps(READING, attempt=Attempt(None, DENIED.fault), stack=UNSEEN)

        assert (gap.certain, gap.tried) == (False, True)
        assert "stands for a missing source, too" in gap.error.message
        assert gap.error.remedy.startswith("Check the key films/film.mov.")

    def test_other_errors_are_told_as_they_are(self) -> None:
        gone = SourceNotFound("It is gone.")

        (gap,) = gaps(READING, attempt=Attempt(fault=gone))

        assert (gap.error, gap.permissions) == (gone.report, ())

    def test_what_a_job_does_without_is_a_warning(self) -> None:
        (gap,) = gaps(ABORTING, attempt=DENIED, stack=UNSEEN)

        assert (gap.warning, gap.permissions) == (True, ("s3:AbortMultipartUpload",))

    def test_a_role_of_the_clients_own_gets_the_permission_itself(self) -> None:
        role = ClientRole(f"arn:aws:iam::{CLIENT}:role/CloudTranscode-ClientA", "secret-id")

        (gap,) = gaps(READING, attempt=DENIED, stack=UNSEEN, order=replace(ORDER, role=role))

        assert (gap.error.side, role.arn in gap.error.remedy) == (Side.CLIENT, True)


class TestAcl:
    """Who owns what is written decides whether an ACL is needed, a must, or a matter of doubt."""

    @staticmethod
    def owing(ownership: Ownership | None, account: str = STACK) -> set[bool]:
        wanted = needs([], [Destination(OUT)])
        seen = {"clienta-out": bucket("clienta-out", ownership=ownership)}
        return {need.optional for need in owed(wanted, account, seen) if need.acl}

    @pytest.mark.parametrize(
        ("ownership", "account", "optional"),
        [
            (Ownership.ENFORCED, STACK, set()),
            (Ownership.PREFERRED, STACK, {False}),
            (Ownership.WRITER, STACK, {False}),
            (None, STACK, {True}),
            (Ownership.WRITER, CLIENT, set()),
        ],
    )
    def test_by_the_buckets_ownership(self, ownership: Ownership | None, account: str, optional: set[bool]) -> None:
        assert self.owing(ownership, account) == optional

    def test_a_bucket_that_nobody_saw(self) -> None:
        assert owed(needs([], [Destination(OUT)]), STACK, {}) == needs([], [Destination(OUT)])

    def test_only_the_permission_for_the_acl_is_missing(self) -> None:
        (gap,) = gaps(HANDING_OVER, attempt=DENIED, stack=UNSEEN)

        assert gap.permissions == ("s3:PutObjectAcl",)
        assert "CloudTranscodeHandOverClientA" in gap.error.remedy

    def test_where_nothing_could_be_learnt_nothing_is_said(self) -> None:
        assert gaps(HANDING_OVER, stack=UNSEEN) == ()


class TestReport:
    @staticmethod
    def of(*examined: Examined, faults: tuple[UnknownPreset, ...] = ()) -> Report:
        return report(examined, advice(), faults)

    def test_what_the_document_shows_comes_first(self) -> None:
        unknown = UnknownPreset("There is no preset 9000p.")

        found = self.of(Examined(READING, attempt=DENIED), faults=(unknown,))

        assert [gap.error.code for gap in found.errors] == ["unknown_preset", "access_denied"]

    def test_a_bucket_that_is_not_there_is_told_once(self) -> None:
        gone = Attempt(fault=BucketNotFound("No such bucket."))

        found = self.of(*(Examined(one, attempt=gone) for one in REQUIRED if one.need.location == OUT))

        assert (len(found.errors), found.warnings) == (1, ())

    def test_a_folder_where_nothing_may_be_written_is_not_warned_of(self) -> None:
        """The name that is asked for beside the object would be refused for the same reason."""
        probing = next(one for one in REQUIRED if one.calls == ("PutObject",) and not one.need.acl)

        found = self.of(Examined(probing, attempt=DENIED), Examined(WRITING, attempt=DENIED))

        assert [gap.resource for gap in found.gaps] == [OUT]

    def test_json_holds_gaps_warnings_and_every_need(self) -> None:
        found = self.of(Examined(WRITING, attempt=DENIED), Examined(ABORTING, attempt=DENIED)).to_dict()

        assert (found["ok"], len(found["gaps"]), len(found["warnings"])) == (False, 1, 1)
        assert found["gaps"][0]["location"] == OUT.uri
        assert found["needs"][0] == {
            "permissions": ["s3:PutObject"],
            "location": OUT.uri,
            "calls": ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"],
            "why": "start writing, without anything appearing",
            "optional": False,
            "predicted": "Unknown",
            "not_supplied": [],
            "allowed": False,
        }
        json.dumps(found)


def test_requirements_are_what_takes_the_same_on_the_same_resource() -> None:
    hls = requirements(needs([], [Destination(S3Location("clienta-out", "hls/"), below=True)]))

    assert [one.where for one in hls if "UploadPart" in one.calls] == ["s3://clienta-out/hls/*"]
    assert [one.where for one in REQUIRED if one.need.operation.on_bucket] == ["s3://clienta-in", "s3://clienta-out"]
    assert sum(len(one.needs) for one in REQUIRED) == len(needs([FILM], [Destination(OUT)]))
