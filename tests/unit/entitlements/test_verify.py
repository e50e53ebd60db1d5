"""Checks made of attempts: what each answer proves, and what it leaves open."""

from dataclasses import dataclass, replace

import pytest

from cloudtranscode.entitlements.grant import GrantOrder
from cloudtranscode.entitlements.verify import Check, Outcome, Result, Status, verify
from cloudtranscode.errors import BucketNotFound, Side, StorageUnavailable
from cloudtranscode.location import S3Location

STACK, CLIENT = "111122223333", "444455556666"
ORDER = GrantOrder(
    "ClientA", f"arn:aws:iam::{STACK}:role/stack", STACK, CLIENT, S3Location("in"), S3Location("out", "results")
)


@dataclass
class Scripted:
    read: Result = Result.OK
    write: Result = Result.OK
    acl: Result = Result.OK

    def read_input(self) -> Outcome:
        return outcome(self.read)

    def write_output(self) -> Outcome:
        return outcome(self.write)

    def client_can_read(self) -> Outcome:
        return outcome(self.acl)


@dataclass
class Reading(Scripted):
    outcome: Outcome = Outcome(Result.OK)  # noqa: RUF009  # immutable

    def read_input(self) -> Outcome:
        return self.outcome


def reading(outcome: Outcome) -> Check:
    return checks(Reading(outcome=outcome))["read-input"]


def outcome(result: Result) -> Outcome:
    return Outcome(result, StorageUnavailable("The store is away.").report if result is Result.ERROR else None)


def checks(attempts: Scripted, order: GrantOrder = ORDER) -> dict[str, Check]:
    return {check.name: check for check in verify(attempts, order)}


def test_all_is_proven() -> None:
    found = checks(Scripted())
    assert list(found) == ["read-input", "write-output", "client-can-read-output"]
    assert {check.status for check in found.values()} == {Status.PASS}


@pytest.mark.parametrize(
    ("result", "status", "side"),
    [
        (Result.DENIED, Status.FAIL, Side.CLIENT),
        (Result.UNCLEAR, Status.UNKNOWN, Side.CLIENT),
        (Result.MISSING, Status.UNKNOWN, Side.CLIENT),
        (Result.ERROR, Status.UNKNOWN, Side.STACK),
    ],
)
def test_read_input(result: Result, status: Status, side: Side) -> None:
    check = checks(Scripted(read=result))["read-input"]
    assert (check.status, check.side) == (status, side)
    assert check.cause
    assert check.remedy


def test_what_was_read_and_what_was_not_there_is_named() -> None:
    tried = "s3://in/a.mov"
    assert reading(Outcome(Result.OK, tried=tried)).cause == f"The stack read a byte of {tried}."
    missing = reading(Outcome(Result.MISSING, tried=tried))
    assert missing.status is Status.UNKNOWN
    assert missing.cause.startswith(f"{tried} does not exist")
    assert "no object under s3://in/" in reading(Outcome(Result.MISSING)).cause


def test_a_bucket_that_does_not_exist_grants_nothing() -> None:
    gone = Outcome(Result.ERROR, BucketNotFound("The bucket of s3://in/ does not exist.").report)
    assert reading(gone).status is Status.FAIL


def test_rule_22_a_403_that_may_be_a_missing_key_says_so() -> None:
    check = checks(Scripted(read=Result.UNCLEAR))["read-input"]
    assert "missing key" in check.cause
    assert "s3:ListBucket" in check.remedy


def test_a_refused_write_fails_and_leaves_the_owners_access_unproven() -> None:
    found = checks(Scripted(write=Result.DENIED))
    assert found["write-output"].status is Status.FAIL
    assert found["client-can-read-output"].status is Status.UNKNOWN


@pytest.mark.parametrize(("enforced", "status"), [(None, Status.UNKNOWN), (False, Status.FAIL), (True, Status.PASS)])
def test_rule_25_and_26_without_the_acl_ownership_decides(enforced: bool | None, status: Status) -> None:
    order = replace(ORDER, ownership_enforced=enforced)
    assert checks(Scripted(acl=Result.DENIED), order)["client-can-read-output"].status is status


def test_the_same_account_owns_what_it_writes() -> None:
    order = replace(ORDER, client_account=STACK)
    assert checks(Scripted(acl=Result.DENIED), order)["client-can-read-output"].status is Status.PASS


def test_a_check_is_plain_data() -> None:
    assert checks(Scripted())["read-input"].to_dict() == {
        "name": "read-input",
        "status": "pass",
        "cause": "The stack read a byte of s3://in/.",
        "remedy": "",
        "side": None,
    }
