"""A devstack with the two-clients scenario, and what the tests ask of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudtranscode.devstack.scenario import ClientAccount, Credentials, Scenario, two_accounts
from cloudtranscode.devstack.server import Devstack


@dataclass
class Clock:
    """The present time, moved forward by hand."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True)
class World:
    """The scenario with S3 clients for its people."""

    devstack: Devstack
    scenario: Scenario
    clock: Clock
    alpha: ClientAccount
    stack: Any
    admin: Any

    def s3(self, credentials: Credentials) -> Any:
        return client("s3", credentials)

    def sts(self, credentials: Credentials) -> Any:
        return client("sts", credentials)

    def grant(self, bucket: str, *statements: dict[str, Any]) -> None:
        self.admin.put_bucket_policy(Bucket=bucket, Policy=document(*statements))

    def stack_statement(self, action: str | list[str], bucket: str, effect: str = "Allow") -> dict[str, Any]:
        resource = f"arn:aws:s3:::{bucket}/*"
        return {"Effect": effect, "Principal": {"AWS": self.scenario.role_arn}, "Action": action, "Resource": resource}


def client(service: str, credentials: Credentials) -> Any:
    return shared_session().client(  # type: ignore[call-overload]  # the stubs want a literal service name
        service,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.session_token,
        endpoint_url=credentials.endpoint,
        config=Config(retries={"max_attempts": 0}, signature_version="s3v4" if service == "s3" else None),
    )


@cache
def shared_session() -> boto3.Session:
    """One session for all, because each reads the service models anew."""
    return boto3.Session(region_name="us-east-1")


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def refused() -> Callable[..., str]:
    """Call something that must fail; returns the error's code."""

    def call(operation: Callable[..., Any], **arguments: Any) -> str:
        with pytest.raises(ClientError) as caught:
            operation(**arguments)
        return str(caught.value.response["Error"]["Code"])

    return call


@pytest.fixture
def world() -> Iterator[World]:
    clock = Clock()
    with Devstack(clock=clock) as devstack:
        scenario = two_accounts(devstack)
        alpha = scenario.client("ClientA")
        yield World(devstack, scenario, clock, alpha, client("s3", scenario.stack), client("s3", alpha.admin))
