"""The demo's world: accounts on an embedded S3, a profile for each of them, and an environment that knows no other."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudtranscode.cli.demo.process import serving

STACK, CLIENT_A, CLIENT_B = "stack", "client-a", "client-b"  # the profiles
_PROFILES = {"ClientA": CLIENT_A, "ClientB": CLIENT_B}
_TOOLS = ("CT_FFMPEG", "CT_FFPROBE", "CT_PACKAGER")  # what the machine has, not what the user works on
_FOREIGN = ("AWS_", "BOTO_", "CT_", "NO_PROXY")
_FORGET = "for name in $(env | grep -oE '^(AWS|BOTO|CT)_[A-Z0-9_]+'); do unset \"$name\"; done\n"
_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Account:
    """A client on the embedded S3 and the profile with its administrator's keys."""

    name: str
    account: str
    bucket_in: str
    bucket_out: str
    profile: str


@dataclass(frozen=True, slots=True)
class World:
    """``folder`` holds everything; ``settings`` are the variables that make any program part of this world."""

    folder: Path
    endpoint: str
    stack_arn: str
    stack_account: str
    clients: Mapping[str, Account]
    settings: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment for a child process."""
        return {**_without_aws(os.environ), **self.settings, "PYTHONUNBUFFERED": "1"}


@contextmanager
def embedded_world(folder: Path) -> Iterator[World]:
    """Start the embedded S3 with its accounts for the time of the block; nothing is entitled yet."""
    argv = [sys.executable, "-P", "-m", "cloudtranscode.devstack", "--scenario"]
    with serving(argv, folder, _without_aws(os.environ)) as line:
        yield _furnish(folder, json.loads(line)["scenario"])


def _furnish(folder: Path, scenario: Mapping[str, Any]) -> World:
    keys = {STACK: scenario["stack"]} | {_PROFILES[one["name"]]: one["admin"] for one in scenario["clients"]}
    credentials = folder / "credentials"
    credentials.touch(mode=0o600)
    credentials.write_text("\n".join(_profile(name, one) for name, one in keys.items()))
    settings = _settings(folder, scenario["endpoint"], credentials)
    (folder / "env.sh").write_text(_script(settings))
    clients = (
        Account(one["name"], one["account"], one["bucket_in"], one["bucket_out"], _PROFILES[one["name"]])
        for one in scenario["clients"]
    )
    return World(
        folder=folder,
        endpoint=scenario["endpoint"],
        stack_arn=scenario["role_arn"],
        stack_account=scenario["stack_account"],
        clients={client.name: client for client in clients},
        settings=settings,
    )


def _settings(folder: Path, endpoint: str, credentials: Path) -> dict[str, str]:
    """The stack's own profile is the default; clients act through theirs, by name."""
    tools = {name: os.environ[name] for name in _TOOLS if name in os.environ}
    return tools | {
        "CT_HOME": str(folder / "home"),
        # A machine without user namespaces can still show the demo: its media are not a stranger's.
        "CT_ISOLATION": os.environ.get("CT_ISOLATION", "prefer"),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": _REGION,
        "AWS_PROFILE": STACK,
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


def _script(settings: Mapping[str, str]) -> str:
    """What a shell reads to become a part of this world: it forgets the user's own variables first."""
    exports = [f"export {name}={shlex.quote(value)}\n" for name, value in settings.items()]
    path = f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"\n'
    return "".join([_FORGET, *exports, path])


def _profile(name: str, keys: Mapping[str, str | None]) -> str:
    lines = [f"[{name}]", f"aws_access_key_id = {keys['access_key']}", f"aws_secret_access_key = {keys['secret_key']}"]
    if keys["session_token"]:
        lines.append(f"aws_session_token = {keys['session_token']}")
    return "\n".join([*lines, ""])


def _without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without anything that names an account, a database or a folder of the user's."""
    return {
        name: value for name, value in environment.items() if name in _TOOLS or not name.upper().startswith(_FOREIGN)
    }
