"""What the buckets' own policies let in beside the stack: their owners' affair, and worth knowing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import boto3

from cloudtranscode.clients.client import Client
from cloudtranscode.entitlements.bucket import is_account_id
from cloudtranscode.entitlements.decision import Effect
from cloudtranscode.entitlements.evaluate import evaluate
from cloudtranscode.entitlements.isolation import READ, WRITE
from cloudtranscode.entitlements.layers import PolicySet
from cloudtranscode.entitlements.policy import Policy
from cloudtranscode.entitlements.principal import Principal
from cloudtranscode.entitlements.request import Request
from cloudtranscode.errors import CloudTranscodeError
from cloudtranscode.identity.attach import get_bucket_policy


@dataclass(frozen=True, slots=True)
class LetIn:
    """The account of another client, to which the policy of one of ``client``'s buckets opens an action."""

    client: str
    bucket: str
    account: str
    action: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Seen:
    """Whom the buckets' policies let in; ``unread`` are the buckets whose policy could not be read."""

    let_in: tuple[LetIn, ...]
    unread: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"let_in": [one.to_dict() for one in self.let_in], "unread": list(self.unread)}


def let_in(session: boto3.Session, clients: Sequence[Client]) -> Seen:
    """Read the policies of all buckets, and find out which other clients' accounts they let in."""
    policies, unread = _policies(session, clients)
    return Seen(tuple(one for client in clients for one in _of_client(client, policies, clients)), tuple(unread))


def _policies(session: boto3.Session, clients: Sequence[Client]) -> tuple[dict[str, Policy], list[str]]:
    found: dict[str, Policy] = {}
    unread = []
    for bucket in dict.fromkeys(place.bucket for client in clients for place in (client.input, client.output)):
        try:
            text = get_bucket_policy(session, bucket)
            if text:
                found[bucket] = Policy.parse(text)
        except CloudTranscodeError:
            unread.append(bucket)
    return found, unread


def _of_client(client: Client, policies: dict[str, Policy], others: Iterable[Client]) -> Iterator[LetIn]:
    whatever = Policy.parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    accounts = {other.account for other in others if is_account_id(other.account)} - {client.account}
    for action, place in ((READ, client.input), (WRITE, client.output)):
        policy = policies.get(place.bucket)
        for account in sorted(accounts) if policy else ():
            asked = Request(
                Principal.from_arn(f"arn:aws:iam::{account}:root"),
                action,
                place.child("cloudtranscode-witness").arn(),
                client.account,
            )
            world = PolicySet.closed(identity=(whatever,), resource=policy)
            if evaluate(asked, world).effect in {Effect.ALLOW, Effect.UNKNOWN}:
                yield LetIn(client.name, place.bucket, account, action)
