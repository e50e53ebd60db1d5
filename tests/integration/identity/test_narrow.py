"""Sessions of a role for one piece of work: what STS is asked, what it answers, and what becomes of that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.credentials import RefreshableCredentials

from cloudtranscode.devstack.audit import Record
from cloudtranscode.devstack.scenario import STACK_ACCOUNT, Scenario, two_accounts
from cloudtranscode.devstack.server import Devstack
from cloudtranscode.entitlements.narrow import no_access
from cloudtranscode.errors import CredentialsExpired, SessionRefused, StorageUnavailable
from cloudtranscode.identity.narrow import RoleSessions, SessionOrder, session_name
from cloudtranscode.identity.session import open_session
from integration.identity.recorder import Recorder, record

ROLE = f"arn:aws:iam::{STACK_ACCOUNT}:role/stack_prod"
TAGS = {"client": "ClientA", "job": "job-1"}
LIST_OWN = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}'
GIVEN = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>{}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


def order(role: str = ROLE, *policies: str, external_id: str | None = None) -> SessionOrder:
    return SessionOrder(role, "ClientA-job-1", policies or (no_access(),), TAGS, external_id)


@pytest.fixture(scope="module")
def devstack() -> Iterator[Devstack]:
    with Devstack() as devstack:
        yield devstack


@pytest.fixture(scope="module")
def scenario(devstack: Devstack) -> Scenario:
    return two_accounts(devstack)


@pytest.fixture
def own(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """The stack's own session."""
    for name, value in scenario.stack.environment().items():
        monkeypatch.setenv(name, value)
    return open_session()


@pytest.fixture
def server(env_keys: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """An STS that has one answer to everything."""
    with record(Recorder()) as recorder:
        monkeypatch.setenv("AWS_ENDPOINT_URL", recorder.url)
        yield recorder


def trusting(principal: str, *actions: str, external_id: str | None = None) -> str:
    trust = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions)}
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
    return json.dumps({"Version": "2012-10-17", "Statement": [trust | condition]})


def assumed(devstack: Devstack) -> list[Record]:
    return [record for record in devstack.requests if record.actions[:1] == ("sts:AssumeRole",)]


def error(code: str) -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"


def test_the_owner_of_a_bucket_sees_for_whom_and_for_which_job(
    devstack: Devstack, scenario: Scenario, own: boto3.Session
) -> None:
    session = RoleSessions(own).open(order())

    identity = session.client("sts").get_caller_identity()

    assert identity["Arn"] == f"arn:aws:sts::{STACK_ACCOUNT}:assumed-role/stack_prod/ClientA-job-1"
    assert devstack.requests[-1].principal == identity["Arn"]


def test_a_trust_policy_without_tags_gets_none_and_is_asked_once(devstack: Devstack, own: boto3.Session) -> None:
    role = devstack.backend.create_role(STACK_ACCOUNT, "untagged", trusting(ROLE, "sts:AssumeRole"))
    sessions = RoleSessions(own)
    before = len(assumed(devstack))

    sessions.open(order(role))
    sessions.open(order(role))

    assert [record.decision for record in assumed(devstack)[before:]] == ["AccessDenied", "allowed", "allowed"]


def test_an_external_id_opens_a_role_of_another_account(devstack: Devstack, own: boto3.Session) -> None:
    trust = trusting(ROLE, "sts:AssumeRole", "sts:TagSession", external_id="secret")
    role = devstack.backend.create_role("444455556666", "for_the_stack", trust)

    RoleSessions(own).open(order(role, external_id="secret"))

    for wrong in ("guess", None):
        with pytest.raises(SessionRefused, match=r"for_the_stack \(AccessDenied"):
            RoleSessions(own).open(order(role, external_id=wrong))


def test_a_session_is_renewed_while_it_is_used(
    devstack: Devstack, own: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = RoleSessions(own).open(order())
    client = session.client("sts")
    before = len(assumed(devstack))
    client.get_caller_identity()
    assert len(assumed(devstack)) == before

    later(monkeypatch, session, timedelta(minutes=50))
    client.get_caller_identity()

    assert len(assumed(devstack)) == before + 1


def later(monkeypatch: pytest.MonkeyPatch, session: boto3.Session, passed: timedelta) -> None:
    """Let the SDK's clock go on."""
    credentials = session.get_credentials()
    assert isinstance(credentials, RefreshableCredentials)
    monkeypatch.setattr(credentials, "_time_fetcher", lambda: datetime.now(UTC) + passed)


def test_a_renewal_that_is_refused_says_so_where_the_session_is_used(
    server: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.body = GIVEN.format((datetime.now(UTC) + timedelta(hours=1)).isoformat())
    session = RoleSessions(open_session()).open(order())
    server.status, server.body = 403, error("AccessDenied")
    later(monkeypatch, session, timedelta(minutes=59))

    with pytest.raises(SessionRefused, match="AccessDenied"):
        session.client("s3").list_buckets()


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (403, "AccessDenied", SessionRefused),
        (400, "MalformedPolicyDocument", SessionRefused),
        (405, "MethodNotAllowed", SessionRefused),
        (501, "NotImplemented", SessionRefused),
        (400, "Throttling", StorageUnavailable),
        (503, "ServiceUnavailable", StorageUnavailable),
        (403, "InvalidClientTokenId", CredentialsExpired),
    ],
)
def test_no_is_told_from_not_now(server: Recorder, status: int, code: str, fault: type[Exception]) -> None:
    server.status, server.body = status, error(code)

    with pytest.raises(fault, match=code):
        RoleSessions(open_session()).open(order())


def test_a_server_that_does_not_answer(env_keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    with pytest.raises(StorageUnavailable, match=r"127\.0\.0\.1:9"):
        RoleSessions(open_session()).open(order())


def test_a_policy_that_packs_too_large_gives_way_to_the_next(server: Recorder) -> None:
    """Twice, because whatever is refused is asked for without tags, too."""
    server.status, server.body = 400, error("PackedPolicyTooLarge")

    with pytest.raises(SessionRefused, match="PackedPolicyTooLarge"):
        RoleSessions(open_session()).open(order(ROLE, no_access(), LIST_OWN))
    assert len(server.keys) == 4


def test_what_is_too_large_with_its_tags_takes_the_tags_of_no_other(server: Recorder) -> None:
    server.status, server.body = 400, error("PackedPolicyTooLarge")
    server.untagged = GIVEN.format((datetime.now(UTC) + timedelta(hours=1)).isoformat())
    sessions = RoleSessions(open_session())

    sessions.open(order())
    sessions.open(order())

    assert len(server.keys) == 4


def test_locations_without_a_policy_have_no_session(server: Recorder) -> None:
    with pytest.raises(SessionRefused, match="do not fit"):
        RoleSessions(open_session()).open(SessionOrder(ROLE, "ClientA-job-1", ()))
    assert server.keys == []


@pytest.mark.parametrize(
    ("client", "work", "name"),
    [
        ("ClientA", "job-0f3c", "ClientA-job-0f3c"),
        ("x" * 63, "job-0123456789abcdef", "x" * 43 + "-job-0123456789abcdef"),
        ("Client A/ü", "job 1", "Client-A---job-1"),
    ],
)
def test_names_fit_what_sts_takes(client: str, work: str, name: str) -> None:
    assert session_name(client, work) == name
