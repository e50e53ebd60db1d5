"""One look at what a client has entitled the stack to."""

from __future__ import annotations

import time
from collections.abc import Sequence

import boto3

from cloudtranscode.clients.client import Client
from cloudtranscode.entitlements.drift import View
from cloudtranscode.entitlements.verify import Check
from cloudtranscode.identity.look import look_at_bucket, look_at_stack


def see(session: boto3.Session, arn: str, client: Client, checks: Sequence[Check]) -> View:
    """Look at ``arn``, as whom jobs act, and at the client's buckets with ``session``; ``checks`` were tried live.

    Errors: as :func:`look_at_bucket`.
    """
    return View(
        client=client.name,
        at=time.time(),
        input=client.input,
        output=client.output,
        stack=look_at_stack(session, arn),
        source=look_at_bucket(session, client.input.bucket, client.account),
        target=look_at_bucket(session, client.output.bucket, client.account),
        checks={check.name: check.status.value for check in checks},
    )
