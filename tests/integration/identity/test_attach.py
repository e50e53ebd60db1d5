from __future__ import annotations

import pytest

from cloudtranscode.errors import AccessDenied, BucketNotFound
from cloudtranscode.identity.attach import get_bucket_policy, put_bucket_policy
from cloudtranscode.identity.session import open_session
from integration.identity.recorder import Recorder, record

POLICY = '{"Version":  "2012-10-17",\n "Statement": []}'


def test_a_policy_is_read_back_as_it_was_written(moto: str) -> None:
    session = open_session()
    s3 = session.client("s3")
    s3.create_bucket(Bucket="client-a-in")
    s3.close()

    assert get_bucket_policy(session, "client-a-in") is None
    put_bucket_policy(session, "client-a-in", POLICY)
    assert get_bucket_policy(session, "client-a-in") == POLICY


def test_a_missing_bucket_is_named(moto: str) -> None:
    with pytest.raises(BucketNotFound, match="no-such-bucket"):
        get_bucket_policy(open_session(), "no-such-bucket")


def test_a_refusal_says_whose_credentials_are_needed(env_keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with record(Recorder(405, "<Error><Code>MethodNotAllowed</Code></Error>")) as s3:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.url)

        with pytest.raises(AccessDenied, match="client-a-in") as raised:
            put_bucket_policy(open_session(), "client-a-in", POLICY)

    assert "bucket owner's account" in raised.value.remedy
