"""A RADOS Gateway for tests: a one-machine Ceph cluster in memory, with users, roles and enforced bucket policies.

One monitor, one OSD on memstore and one gateway, without authentication between them, on loopback ports. It starts
in about a second and forgets everything when it stops.
"""

import json
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from types_boto3_iam import IAMClient
from types_boto3_s3 import S3Client
from types_boto3_sts import STSClient

from support.daemons import Daemon, require_programs, wait_until
from support.ports import free_port, is_open

PROGRAMS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "monmaptool", "ceph", "setpriv")
REGION = "us-east-1"

_CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{mon_port}
mon initial members = a
mon data = {home}/mon
osd data = {home}/osd
rgw data = {home}/rgw
run dir = {home}
crash dir = {home}
admin socket =
log to stderr = true
err to stderr = true
log file =
mon cluster log file = /dev/null
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
# No cephx; radosgw would by default insist on an encrypted way to the monitor, which needs cephx.
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
# One copy of everything on the only OSD, few placement groups, and no waiting before a decision of the monitor.
osd objectstore = memstore
memstore device bytes = 4294967296
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
paxos propose interval = 0.05
paxos min wait = 0.01
# The gateway's housekeeping objects and threads, which are most of the time of a first start.
rgw num control oids = 1
rgw gc max objs = 1
rgw lc max objs = 1
rgw reshard num logs = 1
rgw data log num shards = 1
rgw md log max shards = 1
rgw objexp hints num shards = 1
rgw override bucket index max shards = 1
rgw thread pool size = 32
rgw enable gc threads = false
rgw enable lc threads = false
rgw run sync thread = false
rgw enable quota threads = false
rgw dynamic resharding = false
# What the tests are about.
rgw frontends = beast endpoint=127.0.0.1:{rgw_port} tcp_nodelay=1
rgw relaxed s3 bucket names = true
rgw s3 auth use sts = true
rgw sts key = {sts_key}
"""


@dataclass(frozen=True, slots=True)
class Keys:
    """S3 credentials; ``token`` only for those of an assumed role."""

    access: str
    secret: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A user of the gateway, and the ARN by which bucket policies there name it."""

    name: str
    keys: Keys

    @property
    def arn(self) -> str:
        return f"arn:aws:iam:::user/{self.name}"


class Rgw:
    """A running gateway: its endpoint, what its administrator can do, and clients for its users."""

    def __init__(self, endpoint: str, configuration: Path) -> None:
        self.endpoint = endpoint
        self._configuration = configuration

    def admin(self, *arguments: str) -> Any:
        """Run radosgw-admin and return the JSON it prints (``None`` when it prints none)."""
        command = ["radosgw-admin", "-c", str(self._configuration), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else None

    def create_user(self, name: str | None = None, *, caps: str = "") -> User:
        """Make a user with one key pair; a name is made up unless given. ``caps`` as ``roles=*;user-policy=*``.

        Users stand for accounts here: what one owns is closed to the others. (The gateway's tenants would be nearer
        to accounts, but boto3 refuses the ``tenant:bucket`` by which one names another tenant's bucket.)
        """
        name = name or f"user-{uuid.uuid4().hex[:8]}"
        user = User(name, Keys(uuid.uuid4().hex[:20], uuid.uuid4().hex))
        keys = ["--access-key", user.keys.access, "--secret-key", user.keys.secret]
        self.admin("user", "create", "--uid", name, "--display-name", name, *keys, *(["--caps", caps] * bool(caps)))
        return user

    def create_role(self, name: str, trusted: User) -> str:
        """Make a role that ``trusted`` may assume and return its ARN; it may do what bucket policies grant it.

        It has no policy of its own: this gateway lets a role's own ``s3:*`` reach every bucket, as if all were in one
        account. The gateway takes no underscore in a role's name.
        """
        trust = _allow({"Principal": {"AWS": [trusted.arn]}, "Action": ["sts:AssumeRole"]})
        role = self.admin("role", "create", "--role-name", name, "--assume-role-policy-doc", trust)
        arn: str = role["Arn"]
        return arn

    def put_role_policy(self, name: str, policy: str) -> None:
        """Give a role a policy of its own."""
        self.admin("role-policy", "put", "--role-name", name, "--policy-name", "own", "--policy-doc", policy)

    def assume(self, user: User, role_arn: str, *, session: str = "test", policy: str | None = None) -> Keys:
        """AssumeRole as ``user``; a session ``policy`` narrows it and must be JSON without blanks."""
        sts = self.sts(user.keys)
        answer = (
            sts.assume_role(RoleArn=role_arn, RoleSessionName=session, Policy=policy)
            if policy
            else sts.assume_role(RoleArn=role_arn, RoleSessionName=session)
        )
        found = answer["Credentials"]
        return Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])

    def s3(self, keys: Keys, **options: Any) -> S3Client:
        """An S3 client for these keys; ``options`` go to botocore's ``Config``."""
        return boto3.client("s3", **self._access(keys, **options))

    def sts(self, keys: Keys) -> STSClient:
        """An STS client: the gateway answers STS at the same endpoint."""
        return boto3.client("sts", **self._access(keys))

    def iam(self, keys: Keys) -> IAMClient:
        """An IAM client, for users with the capabilities ``roles=*;user-policy=*``."""
        return boto3.client("iam", **self._access(keys))

    def _access(self, keys: Keys, **options: Any) -> dict[str, Any]:
        return {
            "endpoint_url": self.endpoint,
            "region_name": REGION,
            "aws_access_key_id": keys.access,
            "aws_secret_access_key": keys.secret,
            "aws_session_token": keys.token,
            "config": Config(retries={"total_max_attempts": 1}, **options),
        }


def remove_bucket(owner: S3Client, bucket: str) -> None:
    """Remove a small bucket with its policy, all versions and unfinished uploads.

    radosgw-admin 16 has a command for it, which crashes on a failed completion.
    """
    owner.delete_bucket_policy(Bucket=bucket)
    for upload in owner.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        owner.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    listing = owner.list_object_versions(Bucket=bucket)
    for version in [*listing.get("Versions", []), *listing.get("DeleteMarkers", [])]:
        owner.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    owner.delete_bucket(Bucket=bucket)


def _allow(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@contextmanager
def running_rgw() -> Iterator[Rgw]:
    """Start a cluster and its gateway; skip (in CI: fail) where Ceph is not installed."""
    require_programs("The RADOS Gateway (S3 with enforced bucket policies)", PROGRAMS)
    with tempfile.TemporaryDirectory(prefix="ct-ceph-", ignore_cleanup_errors=True) as home:
        daemons: list[Daemon] = []
        try:
            yield _start(Path(home), daemons)
        finally:
            for daemon in reversed(daemons):
                daemon.stop()


def _start(home: Path, daemons: list[Daemon]) -> Rgw:
    fsid, osd, mon_port, rgw_port = str(uuid.uuid4()), str(uuid.uuid4()), free_port(), free_port()
    configuration = home / "ceph.conf"
    configuration.write_text(
        _CONFIGURATION.format(home=home, fsid=fsid, mon_port=mon_port, rgw_port=rgw_port, sts_key=fsid[:16])
    )
    for folder in ("mon", "osd", "rgw"):
        (home / folder).mkdir()
    monmap = str(home / "monmap")
    use = ("-c", str(configuration))
    _run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{mon_port}]", monmap)
    _run("ceph-mon", *use, "-i", "a", "--mkfs", "--monmap", monmap)
    daemons.append(Daemon(["ceph-mon", *use, "-i", "a", "-f"], home / "mon.log"))
    wait_until(lambda: is_open(mon_port), daemons)
    _run("ceph", *use, "osd", "new", osd)
    _run("ceph-osd", *use, "-i", "0", "--mkfs", "--osd-uuid", osd)
    daemons.append(Daemon(["ceph-osd", *use, "-i", "0", "-f"], home / "osd.log"))
    daemons.append(Daemon(["radosgw", *use, "-n", "client.rgw", "-f"], home / "rgw.log"))
    wait_until(lambda: is_open(rgw_port), daemons)
    return Rgw(f"http://127.0.0.1:{rgw_port}", configuration)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
