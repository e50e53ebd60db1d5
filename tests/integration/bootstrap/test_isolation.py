"""Whom the buckets' own policies let in, read with the owners' credentials."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from cloudtranscode.bootstrap.isolation import LetIn, let_in
from cloudtranscode.clients.client import Client
from cloudtranscode.devstack.scenario import ClientAccount, Scenario, two_accounts
from cloudtranscode.devstack.server import Devstack
from cloudtranscode.location import S3Location


@pytest.fixture
def scenario(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scenario]:
    with Devstack() as devstack:
        monkeypatch.setenv("AWS_ENDPOINT_URL", devstack.endpoint)
        yield two_accounts(devstack)


def registered(account: ClientAccount) -> Client:
    return Client(account.name, account.account, S3Location(account.bucket_in, "media"), S3Location(account.bucket_out))


def test_a_bucket_that_its_owner_opens_to_a_neighbour_is_told(scenario: Scenario) -> None:
    ours, theirs = scenario.client("ClientA"), scenario.client("ClientB")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": theirs.account},
        "Action": "s3:Get*",
        "Resource": f"arn:aws:s3:::{ours.bucket_in}/media/*",
    }
    session = ours.admin.session()
    session.client("s3").put_bucket_policy(
        Bucket=ours.bucket_in, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )

    seen = let_in(session, [registered(ours), registered(theirs)])

    assert seen.let_in == (LetIn("ClientA", ours.bucket_in, theirs.account, "s3:GetObject"),)
    assert seen.unread == (theirs.bucket_in, theirs.bucket_out)
