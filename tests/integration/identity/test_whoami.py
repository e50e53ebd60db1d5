from __future__ import annotations

import json
import socket

import boto3
import pytest
from botocore.config import Config

from cloudtranscode.errors import CredentialsExpired, IdentityUnknown, InvalidDocument, StorageUnavailable
from cloudtranscode.identity import whoami
from cloudtranscode.identity.principal import Kind
from cloudtranscode.identity.session import open_session
from cloudtranscode.identity.whoami import who_am_i
from integration.identity.recorder import Recorder, record

ACCOUNT = "123456789012"
METHOD_NOT_ALLOWED = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>MethodNotAllowed</Code></Error>'
EXPIRED = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>old</Message></Error></ErrorResponse>"
)


def act_as_user(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    iam = boto3.Session().client("iam", region_name="us-east-1")
    iam.create_user(UserName=name, Path="/media/")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    iam.close()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])


def act_as_role(monkeypatch: pytest.MonkeyPatch, name: str, path: str) -> None:
    session = boto3.Session(region_name="us-east-1")
    iam, sts = session.client("iam"), session.client("sts")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)
    keys = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role{path}{name}", RoleSessionName="worker-1")[
        "Credentials"
    ]
    iam.close()
    sts.close()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])


def test_a_user_is_its_own_principal(moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    act_as_user(monkeypatch, "stack_user")

    me = who_am_i(open_session())

    assert me.arn == f"arn:aws:iam::{ACCOUNT}:user/media/stack_user"
    assert (me.kind, me.account, me.partition, me.session_arn) == (Kind.USER, ACCOUNT, "aws", None)
    assert (me.method, me.long_lived) == ("env", True)
    assert "never expire" in me.advice[0]


@pytest.mark.parametrize("path", ["/", "/media/prod/"])
def test_a_session_is_known_by_its_role_with_the_roles_path(
    moto: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    name = f"stack_{len(path)}"
    act_as_role(monkeypatch, name, path)

    me = who_am_i(open_session())

    assert me.arn == f"arn:aws:iam::{ACCOUNT}:role{path}{name}"
    assert me.kind is Kind.ROLE
    assert me.session_arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/worker-1"
    assert [advice for advice in me.advice if "CT_STACK_ARN" in advice] == []


def test_a_role_that_iam_will_not_show_comes_with_advice(moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    act_as_role(monkeypatch, "stack_hidden", "/media/")
    with record(Recorder(status=403, body=METHOD_NOT_ALLOWED.replace("MethodNotAllowed", "AccessDenied"))) as iam:
        monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", iam.url)

        me = who_am_i(open_session())

    assert me.arn == f"arn:aws:iam::{ACCOUNT}:role/stack_hidden"
    assert "CT_STACK_ARN" in me.advice[-1]


@pytest.mark.parametrize(
    ("status", "body"),
    [(405, METHOD_NOT_ALLOWED), (501, ""), (200, "<ListAllMyBucketsResult/>"), (200, "not XML"), (400, "{}")],
)
def test_a_server_without_get_caller_identity_needs_the_setting(
    env_keys: None, monkeypatch: pytest.MonkeyPatch, status: int, body: str
) -> None:
    with record(Recorder(status=status, body=body)) as gateway:
        monkeypatch.setenv("AWS_ENDPOINT_URL", gateway.url)

        with pytest.raises(IdentityUnknown) as raised:
            who_am_i(open_session())

    assert "CT_STACK_ARN" in raised.value.remedy


@pytest.mark.parametrize("listens", [False, True])
def test_a_server_that_does_not_answer_is_not_one_without_identities(
    env_keys: None, monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    monkeypatch.setattr(
        whoami, "_QUICK", Config(connect_timeout=1, read_timeout=0.2, retries={"total_max_attempts": 1})
    )
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listens:
            silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)

        with pytest.raises(StorageUnavailable, match=f"Nothing answers at {url}") as raised:
            who_am_i(open_session())

    assert "AWS_ENDPOINT_URL" in raised.value.remedy


def test_a_given_arn_is_taken_without_asking_anybody(env_keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with record(Recorder(status=405)) as gateway:
        monkeypatch.setenv("AWS_ENDPOINT_URL", gateway.url)

        me = who_am_i(open_session(), "arn:aws:iam::tenant:user/stack")
        assert (me.arn, me.account, me.kind) == ("arn:aws:iam::tenant:user/stack", "tenant", Kind.USER)
        with pytest.raises(InvalidDocument):
            who_am_i(open_session(), "stack")

    assert gateway.keys == []


def test_expired_credentials_are_called_so(env_keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with record(Recorder(status=403, body=EXPIRED)) as sts:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url)

        with pytest.raises(CredentialsExpired):
            who_am_i(open_session())
