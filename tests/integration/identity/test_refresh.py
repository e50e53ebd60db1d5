"""Credentials of a role change while a job runs, under a client that was made once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.credentials import RefreshableCredentials

from cloudtranscode.errors import CredentialsMissing
from cloudtranscode.identity.attach import get_bucket_policy
from cloudtranscode.identity.credentials import CredentialSource, describe
from cloudtranscode.identity.session import open_session
from integration.identity.recorder import Recorder, record
from support.imds import CONTAINER_PATH, Imds, serve_imds


@pytest.fixture
def imds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Imds]:
    with serve_imds(Imds()) as service:
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url)
        yield service


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    with record(Recorder()) as recorder:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", recorder.url)
        yield recorder


def test_an_instance_role_is_renewed_in_the_middle_of_a_job(
    imds: Imds, s3: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_session()
    client = session.client("s3")
    for _ in range(3):
        client.head_bucket(Bucket="bucket")

    # The SDK's own clock moves on to 14 minutes before the expiry; the service has new keys by then.
    credentials = session.get_credentials()
    assert isinstance(credentials, RefreshableCredentials)
    late = imds.lifetime - timedelta(minutes=14)
    monkeypatch.setattr(credentials, "_time_fetcher", lambda: datetime.now(UTC) + late)
    imds.lifetime *= 3
    for _ in range(3):
        client.head_bucket(Bucket="bucket")
    client.close()

    assert s3.keys == ["ASIA0001"] * 3 + ["ASIA0002"] * 3
    assert describe(session) == CredentialSource("iam-role", long_lived=False, renews=True)


def test_keys_about_to_expire_are_renewed_for_each_signed_request(
    imds: Imds, s3: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    imds.lifetime = timedelta(minutes=5)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", imds.url + CONTAINER_PATH)
    session = open_session()
    client = session.client("s3")
    for _ in range(3):
        client.head_bucket(Bucket="bucket")
    client.close()

    assert describe(session).method == "container-role"
    assert len(set(s3.keys)) == 3
    assert s3.keys == [key for key in imds.issued if key in s3.keys]


def test_the_instance_metadata_service_is_asked_only_in_version_2(imds: Imds) -> None:
    assert describe(open_session()).method == "iam-role"

    assert imds.token_requests > 0
    assert imds.without_token == []


def test_a_metadata_service_without_version_2_is_not_used(imds: Imds) -> None:
    imds.tokens = False

    with pytest.raises(CredentialsMissing, match="IMDSv1 has been disabled"):
        describe(open_session())
    with pytest.raises(CredentialsMissing):
        get_bucket_policy(open_session(), "bucket")

    assert imds.issued == []
    assert imds.without_token == []
