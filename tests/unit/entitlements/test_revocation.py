"""A grant taken out of policies, and what attempts afterwards prove."""

import json
from dataclasses import replace

import pytest

from cloudtranscode.entitlements.grant import grant_sheet
from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.revocation import edits, refused, remaining
from cloudtranscode.entitlements.sheet import GrantSheet, Place
from cloudtranscode.entitlements.verify import Outcome, Result, Status
from cloudtranscode.errors import ErrorReport, Side
from cloudtranscode.location import S3Location
from support.orders import KEY, ORDERS, ROLE

ORDER = ORDERS["bucket-policy"]
SHEET = grant_sheet(ORDER)
FOREIGN = '{ "Version":"2012-10-17","Statement" :[ {"Sid":"Mine","Effect":"Deny","Principal":"*","Action":"s3:*",\n\
"Resource":"arn:aws:s3:::clienta-in/x"} ]}'
READ = Outcome(Result.OK, tried="s3://clienta-in/video/a.mov")


def granted(sheet: GrantSheet, texts: dict[str, str]) -> Present:
    present = Present(texts)
    return Present({place.target: present.merged(place) for place in sheet.at(Place.BUCKET, Place.KEY)})


def test_what_others_wrote_comes_back_byte_for_byte() -> None:
    key = FOREIGN.replace("s3:*", "kms:*").replace("arn:aws:s3:::clienta-in/x", "*")
    theirs = {"clienta-in": FOREIGN, "clienta-out": "", KEY: key}
    found = {edit.place.target: edit.after for edit in edits(ORDER, SHEET, granted(SHEET, theirs))}
    assert found == {"clienta-in": FOREIGN, "clienta-out": None, KEY: key}


def test_both_halves_of_a_seal_go_whichever_was_attached() -> None:
    halves = {
        bucket.target: [
            statement
            for seal in ORDER.seals
            if seal.location.bucket == bucket.target
            for statement in seal.statements(ROLE)
        ]
        for bucket in SHEET.at(Place.BUCKET)
    }
    texts = {bucket: json.dumps({"Statement": statements}) for bucket, statements in halves.items()}
    assert [edit.after for edit in edits(ORDER, SHEET, Present(texts))] == [None, None]


def test_another_stacks_grant_to_a_client_of_the_same_name_stays() -> None:
    theirs = replace(ORDER, stack_arn=ROLE.replace("stack_prod", "stack_staging"))
    present = granted(grant_sheet(theirs), {})
    assert [edit.changes for edit in edits(ORDER, SHEET, present)] == [False] * 3
    assert [edit.after for edit in edits(theirs, grant_sheet(theirs), present)] == [None] * 3


def test_what_is_not_there_changes_nothing_and_what_is_not_known_is_left() -> None:
    (edit,) = edits(ORDER, SHEET, Present({"clienta-in": FOREIGN, "clienta-out": ""}))
    assert (edit.changes, edit.after) == (False, FOREIGN)
    assert edits(ORDER, SHEET, Present()) == ()


@pytest.mark.parametrize("mode", ["assume-role", "same-account"])
def test_other_modes_have_no_bucket_policy_to_edit(mode: str) -> None:
    sheet = grant_sheet(ORDERS[mode])
    assert [edit.place.place for edit in edits(ORDERS[mode], sheet, granted(sheet, {}))] == [Place.KEY]


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (READ, Outcome(Result.UNCLEAR, tried=READ.tried), Status.PASS),
        (None, Outcome(Result.DENIED), Status.PASS),
        (None, Outcome(Result.UNCLEAR), Status.UNKNOWN),
        (Outcome(Result.UNCLEAR), Outcome(Result.UNCLEAR), Status.UNKNOWN),
        (READ, READ, Status.FAIL),
        (READ, Outcome(Result.MISSING), Status.FAIL),
        (READ, Outcome(Result.ERROR, ErrorReport("x", "No answer.", "Wait.", Side.STACK)), Status.UNKNOWN),
    ],
)
def test_only_a_refusal_of_what_is_there_proves(before: Outcome | None, after: Outcome, status: Status) -> None:
    assert refused("read-refused", before, after, "why").status is status


def test_what_still_allows_is_named() -> None:
    where = S3Location("clienta-in", "video")
    own = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:Get*", "Resource": "arn:aws:s3:::clienta-in/*"}
    text = json.dumps({"Statement": [json.loads(FOREIGN)["Statement"][0], own]})
    assert remaining(ORDER, text, "s3:GetObject", where) == "Statement[1] of the bucket's policy"
    assert "too fresh" in remaining(ORDER, FOREIGN, "s3:GetObject", where)
    assert "has no policy" in remaining(ORDER, "", "s3:GetObject", where)
    assert "could not be read" in remaining(ORDER, None, "s3:GetObject", where)
    assert "the stack's own" in remaining(ORDERS["same-account"], None, "s3:GetObject", where)
