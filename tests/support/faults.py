"""Faults planted between a stack and a client, each with the cause that an explanation has to find."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from cloudtranscode.bootstrap.stack import Stack
from cloudtranscode.clients.client import Client, Terms
from cloudtranscode.entitlements.explain.evidence import Access
from cloudtranscode.errors import UnknownClient
from cloudtranscode.location import S3Location
from cloudtranscode.settings import Settings

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

Statement = dict[str, Any]
Keys = dict[str, str]

KEY = "media/film.mov"


@dataclass
class Bench:
    """One client and one stack that are entitled to each other's full content, before a fault is planted.

    ``principal`` is the stack's ARN, ``keys`` the environment of its credentials, ``admin`` acts as the client.
    ``others_served``: how the jobs of another client went lately. ``during`` is called while the explanation waits.
    """

    name: str
    account: str
    principal: str
    keys: Keys
    admin: S3Client
    owner_keys: Keys
    bucket_in: str
    bucket_out: str
    server: Any
    registered_account: str = ""
    key: str = KEY
    others_served: bool | None = None
    during: Callable[[], None] = lambda: None
    stranger: S3Client | None = None
    clock_ahead: timedelta = timedelta()

    def close(self) -> None:
        """Give the connections back."""
        for client in (self.admin, self.stranger):
            if client is not None:
                client.close()

    def policy(self, bucket: str, *statements: Statement, version: str = "2012-10-17") -> None:
        """Give a bucket this policy; without a statement take its policy away."""
        if statements:
            text = json.dumps({"Version": version, "Statement": list(statements)})
            self.admin.put_bucket_policy(Bucket=bucket, Policy=text)
        else:
            self.admin.delete_bucket_policy(Bucket=bucket)

    def unchecked(self, bucket: str, *statements: Statement) -> None:
        """The same, past the server's check that principals exist: what becomes of policies later is not checked."""
        self.server.backend.put_policy(
            bucket, json.dumps({"Version": "2012-10-17", "Statement": list(statements)}).encode()
        )

    def read(self, **changes: Any) -> Statement:
        """The statement that grants reading, with changes; ``None`` takes an element away."""
        return self._statement("Read", "s3:GetObject", f"arn:aws:s3:::{self.bucket_in}/media/*", changes)

    def look(self) -> Statement:
        """The statement that grants listing."""
        return self._statement("Look", "s3:ListBucket", f"arn:aws:s3:::{self.bucket_in}", {})

    def write(self, **changes: Any) -> Statement:
        """The statement that grants writing."""
        actions = ["s3:PutObject", "s3:PutObjectAcl", "s3:AbortMultipartUpload"]
        return self._statement("Write", actions, f"arn:aws:s3:::{self.bucket_out}/results/*", changes)

    def deny(self, bucket: str, **changes: Any) -> Statement:
        """A Deny to everybody of everything in a bucket."""
        resource = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        denial = {"Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject", "s3:PutObject"]}
        return self._statement("Guard", "s3:*", resource, {**denial, **changes})

    def _statement(self, sid: str, action: Any, resource: Any, changes: Statement) -> Statement:
        made = {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"AWS": self.principal},
            "Action": action,
            "Resource": resource,
            **changes,
        }
        return {name: value for name, value in made.items() if value is not None}


@dataclass(frozen=True)
class Fault:
    """What is planted, the id of the true cause, and what is refused by it."""

    name: str
    truth: str
    plant: Callable[[Bench], object]
    access: Access = Access.READ


def client_of(keys: Keys, **options: Any) -> S3Client:
    """An S3 client from the environment's variables in ``keys``."""
    return boto3.client(
        "s3",
        endpoint_url=keys["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys.get("AWS_SESSION_TOKEN"),
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **options),
    )


@contextmanager
def environment(keys: Keys, folder: Path, owner: Keys) -> Iterator[None]:
    """Run as the stack with these keys, and with a profile ``client`` that has the client's own."""
    own = ("AWS_", "CT_")
    before = {name: value for name, value in os.environ.items() if name.startswith(own)}
    profiles = folder / "credentials"
    profiles.write_text(
        f"[client]\naws_access_key_id = {owner['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {owner['AWS_SECRET_ACCESS_KEY']}\n"
    )
    for name in before:
        del os.environ[name]
    os.environ |= keys | {
        "AWS_SHARED_CREDENTIALS_FILE": str(profiles),
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith(own)]:
            del os.environ[name]
        os.environ |= before


def register(bench: Bench, home: Path, terms: Terms | None = None) -> Stack:
    """The stack's parts with the client registered."""
    stack = Stack(Settings(home=home, stack_arn=bench.principal))
    with suppress(UnknownClient):
        stack.clients.remove(bench.name)
    stack.clients.add(
        Client(
            bench.name,
            bench.registered_account or bench.account,
            S3Location(bench.bucket_in, "media"),
            S3Location(bench.bucket_out, "results"),
            terms or Terms(),
        )
    )
    return stack


def unique(stem: str) -> str:
    return f"{stem}-{uuid.uuid4().hex[:8]}"
