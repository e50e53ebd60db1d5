"""The reference example: a client with two buckets, a stack under a user or a role, and the two policies between."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from types_boto3_s3 import S3Client

from support.ceph import Keys, User

INPUT = "ClientA_bucket_in"
OUTPUT = "ClientA_bucket_out"


@dataclass(frozen=True, slots=True)
class Client:
    """The owner of ``INPUT`` and ``OUTPUT``."""

    user: User
    s3: S3Client

    def attach(self, bucket: str, policy: str) -> None:
        self.s3.put_bucket_policy(Bucket=bucket, Policy=policy)

    def detach(self, bucket: str) -> None:
        self.s3.delete_bucket_policy(Bucket=bucket)

    def has(self, bucket: str, key: str) -> bool:
        return bool(self.s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents"))


@dataclass(frozen=True, slots=True)
class Stack:
    """The principal that the policies name, and what it works with."""

    arn: str
    keys: Keys
    s3: S3Client


def reference_policy(principal: str, action: str, bucket: str) -> str:
    """The reference example's policy as it is written, for another principal."""
    statement = {
        "Sid": "Stmt1400342869898",
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": action,
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2008-10-17", "Id": "Policy1400343104177", "Statement": [statement]})


def outcome(call: Callable[..., Any], **arguments: Any) -> tuple[int, str]:
    """What the server answers: HTTP status and error code (``""`` for success)."""
    try:
        answer = call(**arguments)
    except ClientError as error:
        # This server answers STS errors without the <Error> element that botocore looks for.
        details: dict[str, Any] = dict(error.response.get("Error") or error.response)
        return error.response["ResponseMetadata"]["HTTPStatusCode"], details["Code"]
    return answer["ResponseMetadata"]["HTTPStatusCode"], ""
