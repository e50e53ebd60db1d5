"""The form, read: an order, or every field that is wrong."""

from dataclasses import replace

import pytest

from cloudtranscode.entitlements.order import ClientRole, GrantOrder
from cloudtranscode.entitlements.seal import Seal
from cloudtranscode.location import S3Location
from cloudtranscode.selfcheck.question import Problem, read_order, write_order

ROLE = "arn:aws:iam::111122223333:role/stack_prod"
ORDER = GrantOrder(
    "ClientA", ROLE, "111122223333", "444455556666", S3Location("clienta-in", "video"), S3Location("clienta-out")
)
FIELDS = {"client": "ClientA", "stack_arn": ROLE, "account": "444455556666", "input": "clienta-in/video/"}
FIELDS |= {"output": " s3://clienta-out "}


def problems(**fields: str) -> dict[str, Problem]:
    read = read_order({**FIELDS, **fields})
    assert isinstance(read, tuple)
    return {problem.field: problem for problem in read}


def test_an_order_survives_its_way_through_the_page() -> None:
    key = "arn:aws:kms:eu-west-1:444455556666:key/ab-12"
    seals = (Seal("ClientA", ORDER.input, "input", "token"), Seal("ClientA", ORDER.output, "output", "token"))
    order = replace(ORDER, kms_keys=(key,), expires="2027-01-31T00:00:00Z", seals=seals)
    assert read_order(write_order(order)) == order


def test_a_form_is_read_as_people_fill_it_in() -> None:
    order = read_order(FIELDS, "enforced")
    assert isinstance(order, GrantOrder)
    assert (order.input.bucket, order.output.uri, order.ownership_enforced) == ("clienta-in", "s3://clienta-out/", True)


def test_the_partition_and_the_stacks_account_follow_from_its_arn() -> None:
    order = read_order({**FIELDS, "stack_arn": "arn:aws-cn:sts::111122223333:assumed-role/stack/job"})
    assert isinstance(order, GrantOrder)
    assert (order.partition, order.stack_account) == ("aws-cn", "111122223333")
    assert order.principal == "arn:aws-cn:iam::111122223333:role/stack"


def test_all_that_is_wrong_is_named_at_once() -> None:
    wrong = problems(client="", stack_arn="stack", account="12 34", input="https://x", output="s3://x")
    assert list(wrong) == ["client", "account", "stack_arn", "input", "output"]
    assert all(one.message and one.remedy.endswith(".") for one in wrong.values())


@pytest.mark.parametrize("arn", ["arn:aws:iam::111122223333:root", "arn:aws:s3:::bucket", "arn:aws:iam::1:policy/x"])
def test_what_is_no_role_or_user_cannot_be_entitled(arn: str) -> None:
    assert list(problems(stack_arn=arn)) == ["stack_arn"]


def test_nothing_but_what_the_client_attaches_goes_into_the_page() -> None:
    role = ClientRole("arn:aws:iam::444455556666:role/ct", "the-external-id")
    assert "the-external-id" not in str(write_order(replace(ORDER, role=role)))
    assert set(write_order(ORDER)) == {
        "client",
        "stack_arn",
        "account",
        "input",
        "output",
        "kms_keys",
        "expires",
        "seals",
    }
