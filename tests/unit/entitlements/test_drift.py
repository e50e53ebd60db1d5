"""What changed in meaning between two looks, and what is no change."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cloudtranscode.entitlements.bucket import Ownership
from cloudtranscode.entitlements.drift import NOTICE_S, Change, View, Weight, changes, first_lost
from cloudtranscode.entitlements.grant import GrantOrder, grant_sheet
from cloudtranscode.entitlements.needs import Destination, needs
from cloudtranscode.entitlements.snapshot import BucketSnapshot, StackSnapshot
from cloudtranscode.location import S3Location

ROLE = "arn:aws:iam::111122223333:role/stack"
CLIENT = "444455556666"
INPUT, OUTPUT = S3Location("client-in", "media"), S3Location("client-out")
NOON = 1_790_000_000.0  # 2026-09-21T14:13:20Z
GRANTED = grant_sheet(GrantOrder("ClientA", ROLE, "111122223333", CLIENT, INPUT, OUTPUT)).documents


def bucket(name: str, **seen: Any) -> BucketSnapshot:
    usual: dict[str, Any] = {
        "policy": GRANTED[name],
        "ownership": Ownership.ENFORCED,
        "restricts_public": True,
        "requester_pays": False,
        "kms_key": "",
    }
    return BucketSnapshot(name, CLIENT, **(usual | seen))


BEFORE = View(
    client="ClientA",
    at=NOON,
    input=INPUT,
    output=OUTPUT,
    stack=StackSnapshot(ROLE, "AROAOLD"),
    source=bucket("client-in"),
    target=bucket("client-out"),
    checks={"read-input": "pass", "write-output": "pass"},
)


def with_policy(bucket_: str, edit: Any) -> str:
    document = json.loads(GRANTED[bucket_])
    edit(document)
    return json.dumps(document)


def drop(*actions: str) -> Any:
    def edit(document: dict[str, Any]) -> None:
        document["Statement"] = [one for one in document["Statement"] if one["Action"] not in actions]

    return edit


def kinds(found: tuple[Change, ...]) -> list[tuple[str, str]]:
    return [(change.kind, change.weight.value) for change in found]


def test_the_same_view_a_minute_later_has_not_changed() -> None:
    assert changes(BEFORE, replace(BEFORE, at=NOON + 60)) == ()


def test_a_view_survives_being_written_down() -> None:
    assert View.from_dict(json.loads(json.dumps(BEFORE.to_dict()))) == BEFORE


@pytest.mark.parametrize(
    ("policy", "effects"),
    [
        ("", ["access_lost breaks", "access_lost weakens", "policy_changed notes"]),
        (with_policy("client-in", drop("s3:GetObject")), ["access_lost breaks", "policy_changed notes"]),
        (with_policy("client-in", drop("s3:ListBucket")), ["access_lost weakens", "policy_changed notes"]),
        (json.dumps(json.loads(GRANTED["client-in"])), ["policy_changed notes"]),
    ],
    ids=["removed", "no-reading", "no-listing", "other-blanks"],
)
def test_of_a_policy_what_the_stack_may_do_counts_and_not_its_text(policy: str, effects: list[str]) -> None:
    after = replace(BEFORE, source=bucket("client-in", policy=policy))
    assert [" ".join(pair) for pair in kinds(changes(BEFORE, after))] == effects


def test_a_deny_is_told_apart_from_a_missing_grant() -> None:
    def deny(document: dict[str, Any]) -> None:
        document["Statement"].append(
            {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::client-out/*"}
        )

    after = replace(BEFORE, target=bucket("client-out", policy=with_policy("client-out", deny)))
    lost = [change for change in changes(BEFORE, after) if change.weight is Weight.BREAKS]
    assert [change.message for change in lost] == ["The stack may no longer write the results: a statement denies it."]
    assert kinds(changes(after, BEFORE))[0] == ("access_gained", "notes")


def test_a_public_statement_cuts_the_stack_off_where_public_buckets_are_restricted() -> None:
    def publish(document: dict[str, Any]) -> None:
        document["Statement"].append(
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::client-in/x"}
        )

    after = replace(BEFORE, source=bucket("client-in", policy=with_policy("client-in", publish)))
    found = kinds(changes(BEFORE, after))
    assert ("access_lost", "breaks") in found
    assert ("policy_public", "weakens") in found


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"ownership": Ownership.WRITER}, ["ownership_changed notes"]),
        ({"requester_pays": True}, ["access_lost breaks", "access_lost weakens", "requester_pays_changed notes"]),
        ({"exists": False, "policy": None}, ["bucket_gone breaks"]),
        ({"policy": None}, ["policy_hidden notes"]),
    ],
)
def test_settings_change_with_or_without_an_effect(seen: dict[str, Any], expected: list[str]) -> None:
    after = replace(BEFORE, source=bucket("client-in", **seen))
    assert [" ".join(pair) for pair in kinds(changes(BEFORE, after))] == expected


def test_a_key_that_the_stack_may_not_use_breaks_reading() -> None:
    key = "arn:aws:kms:us-east-1:444455556666:key/1"
    theirs = {"AWS": "arn:aws:iam::444455556666:root"}
    policy = json.dumps({"Statement": {"Effect": "Allow", "Principal": theirs, "Action": "kms:*", "Resource": "*"}})
    after = replace(BEFORE, source=bucket("client-in", kms_key=key, kms_policy=policy))
    assert kinds(changes(BEFORE, after))[0] == ("access_lost", "breaks")


def test_a_role_made_anew_is_no_longer_who_was_granted() -> None:
    after = replace(BEFORE, stack=StackSnapshot(ROLE, "AROANEW"))
    assert kinds(changes(BEFORE, after)) == [("principal_renewed", "breaks")]
    other = replace(BEFORE, stack=StackSnapshot(ROLE.replace("stack", "other"), "AROANEW"))
    assert ("principal_changed", "breaks") in kinds(changes(BEFORE, other))


def test_the_stacks_own_policies_are_looked_at_where_they_can_be_seen() -> None:
    allow = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
    narrow = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}})
    before = replace(BEFORE, stack=StackSnapshot(ROLE, "AROAOLD", {"own": allow}, ""))
    after = replace(BEFORE, stack=StackSnapshot(ROLE, "AROAOLD", {"own": narrow}, ""))
    found = kinds(changes(before, after))
    assert found[0] == ("access_lost", "breaks")
    assert ("own_policies_changed", "notes") in found


def test_what_cannot_be_seen_any_more_is_taken_to_be_as_it_was() -> None:
    blind = replace(BEFORE, source=BucketSnapshot("client-in", CLIENT), target=BucketSnapshot("client-out", CLIENT))
    assert {kind for kind, _ in kinds(changes(BEFORE, blind))} == {"policy_hidden"}
    assert changes(blind, BEFORE) == ()
    assert blind.since(BEFORE) == BEFORE


def test_a_grant_that_runs_out_is_told_a_week_before() -> None:
    def expire(document: dict[str, Any]) -> None:
        for one in document["Statement"]:
            one.setdefault("Condition", {})["DateLessThan"] = {"aws:CurrentTime": "2026-10-21T00:00:00Z"}

    limited = replace(BEFORE, source=bucket("client-in", policy=with_policy("client-in", expire)))
    end = 1_792_540_800.0
    early, late, over = (replace(limited, at=end - ahead) for ahead in (NOTICE_S + 60, NOTICE_S - 60, -60))
    assert changes(limited, early) == ()
    assert set(kinds(changes(early, late))) == {("grant_runs_out", "weakens")}
    assert ("access_lost", "breaks") in kinds(changes(late, over))


def test_a_live_check_that_fails_now_is_the_gravest_of_all() -> None:
    after = replace(BEFORE, checks={"read-input": "fail", "write-output": "pass"})
    assert kinds(changes(BEFORE, after)) == [("check_failed", "breaks")]
    assert kinds(changes(after, BEFORE)) == [("check_passed", "notes")]


def test_a_policy_that_cannot_be_understood_makes_access_uncertain() -> None:
    after = replace(BEFORE, source=bucket("client-in", policy="{"))
    assert ("access_uncertain", "weakens") in kinds(changes(BEFORE, after))


def test_one_bucket_for_both_is_reported_once() -> None:
    both = replace(BEFORE, target=BEFORE.source)
    after = replace(both, source=bucket("client-in", kms_key=None, ownership=Ownership.PREFERRED))
    after = replace(after, target=after.source)
    assert [change.kind for change in changes(both, after)].count("ownership_changed") == 1


def test_the_need_that_a_job_would_fail_at() -> None:
    found = needs([INPUT.child("film.mp4")], [Destination(OUTPUT.child("film.m4v"))])
    assert first_lost(BEFORE, found) is None
    after = replace(BEFORE, target=bucket("client-out", policy=""))
    lost = first_lost(after, found)
    assert lost
    assert lost.call == "CreateMultipartUpload"
