from __future__ import annotations

import pytest

from cloudtranscode.devstack.ownership import Holding, Ownership, acl_permitted, holding

STACK, CLIENT = "111122223333", "444455556666"
FULL = "bucket-owner-full-control"


@pytest.mark.parametrize(
    ("setting", "acl", "expected"),
    [
        (Ownership.ENFORCED, None, Holding(CLIENT, bucket_owner_reads=True)),
        (Ownership.PREFERRED, FULL, Holding(CLIENT, bucket_owner_reads=True)),
        (Ownership.PREFERRED, None, Holding(STACK, bucket_owner_reads=False)),
        (Ownership.WRITER, None, Holding(STACK, bucket_owner_reads=False)),
        (Ownership.WRITER, FULL, Holding(STACK, bucket_owner_reads=True)),
        (Ownership.WRITER, "bucket-owner-read", Holding(STACK, bucket_owner_reads=True)),
    ],
)
def test_who_holds_what_the_stack_wrote(setting: Ownership, acl: str | None, expected: Holding) -> None:
    assert holding(setting, STACK, CLIENT, acl) == expected


@pytest.mark.parametrize(
    ("headers", "permitted"),
    [
        ({}, True),
        ({"x-amz-acl": FULL}, True),
        ({"x-amz-acl": "private"}, False),
        ({"x-amz-grant-read": "id=1"}, False),
    ],
)
def test_an_enforced_bucket_knows_one_acl(headers: dict[str, str], permitted: bool) -> None:
    assert acl_permitted(Ownership.ENFORCED, headers) is permitted
    assert acl_permitted(Ownership.WRITER, headers)
