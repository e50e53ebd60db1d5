"""The demo's world: a stack's account with its role, and two clients with a bucket each to read from and write to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import boto3

from cloudtranscode.devstack.server import Devstack

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import AssumeRoleRequestTypeDef

STACK_ACCOUNT = "111122223333"
ROLE_NAME = "stack_prod"
REGION = "us-east-1"
_SESSION_HOURS = 12  # the longest that AWS gives a role
_CLIENTS = {"ClientA": "444455556666", "ClientB": "777788889999"}
_STACK_ACTIONS = (
    "iam:GetRole",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "sts:AssumeRole",
    "sts:TagSession",
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """One set of keys for one endpoint; ``session_token`` is there for temporary ones."""

    endpoint: str
    access_key: str
    secret_key: str
    session_token: str | None = None

    def environment(self) -> dict[str, str]:
        """The environment variables that make any AWS SDK or tool use these keys at this endpoint."""
        variables = {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }
        return variables | ({"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {})

    def session(self) -> boto3.Session:
        """A boto3 session with these keys; give its clients ``endpoint_url=credentials.endpoint``."""
        return boto3.Session(self.access_key, self.secret_key, self.session_token, REGION)


@dataclass(frozen=True, slots=True)
class ClientAccount:
    """A client's account: two buckets without a policy, and keys of an administrator."""

    name: str
    account: str
    bucket_in: str
    bucket_out: str
    admin: Credentials


@dataclass(frozen=True, slots=True)
class Scenario:
    """The whole world: ``stack`` are keys of a session of ``role_arn``, ``launcher`` those of who may assume it."""

    endpoint: str
    stack_account: str
    role_arn: str
    stack: Credentials
    launcher: Credentials
    clients: tuple[ClientAccount, ...]

    def client(self, name: str) -> ClientAccount:
        """The client called ``name``: ``ClientA`` or ``ClientB``."""
        return next(client for client in self.clients if client.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data, with each set of keys also as its environment."""
        data = asdict(self)
        data["environment"] = {"stack": self.stack.environment(), "launcher": self.launcher.environment()}
        data["environment"] |= {client.name: client.admin.environment() for client in self.clients}
        return data


def two_accounts(devstack: Devstack) -> Scenario:
    """Fill a started devstack: nobody has entitled the stack yet."""
    launcher_arn = f"arn:aws:iam::{STACK_ACCOUNT}:user/launcher"
    launcher = _user(devstack, STACK_ACCOUNT, "launcher", _policy("sts:AssumeRole"))
    # The role may assume itself, so that each job gets a session of it that is limited to that job.
    trusted = [launcher_arn, f"arn:aws:iam::{STACK_ACCOUNT}:role/{ROLE_NAME}"]
    trust = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    role = devstack.backend.create_role(STACK_ACCOUNT, ROLE_NAME, _document(trust), _policy(*_STACK_ACTIONS))
    clients = tuple(_client(devstack, name, account) for name, account in _CLIENTS.items())
    stack = assume(launcher, role, "worker", hours=_SESSION_HOURS)
    return Scenario(devstack.endpoint, STACK_ACCOUNT, role, stack, launcher, clients)


def assume(source: Credentials, role_arn: str, session_name: str, policy: str = "", *, hours: int = 1) -> Credentials:
    """Assume ``role_arn`` over HTTP, narrowed by the session ``policy`` where one is given."""
    sts = source.session().client("sts", endpoint_url=source.endpoint)
    request: AssumeRoleRequestTypeDef = {
        "RoleArn": role_arn,
        "RoleSessionName": session_name,
        "DurationSeconds": hours * 3600,
    }
    if policy:
        request["Policy"] = policy
    keys = sts.assume_role(**request)["Credentials"]
    return Credentials(source.endpoint, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def _client(devstack: Devstack, name: str, account: str) -> ClientAccount:
    admin = _user(devstack, account, "admin", _policy("s3:*"))
    bucket_in, bucket_out = f"{name}_bucket_in", f"{name}_bucket_out"
    for bucket in (bucket_in, bucket_out):
        devstack.backend.create_bucket(account, bucket)
    return ClientAccount(name, account, bucket_in, bucket_out, admin)


def _user(devstack: Devstack, account: str, name: str, policy: str) -> Credentials:
    return Credentials(devstack.endpoint, *devstack.backend.create_user(account, name, policy))


def _policy(*actions: str) -> str:
    return _document({"Effect": "Allow", "Action": list(actions), "Resource": "*"})


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
