"""Proof that a client controls its buckets, before the stack works there; see ADR 0006."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cloudtranscode.clients.client import Client
from cloudtranscode.clients.proof import How
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.entitlements import document
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.entitlements.seal import ACTION, Reading, Seal, read_seal
from cloudtranscode.entitlements.verify import Check, Status
from cloudtranscode.errors import AccessDenied, CloudTranscodeError, Side
from cloudtranscode.identity.attach import get_bucket_policy, put_bucket_policy
from cloudtranscode.identity.session import client_session
from cloudtranscode.location import S3Location
from cloudtranscode.storage.port import ObjectStore

CHECK = "control"


def challenge(order: GrantOrder) -> dict[str, list[dict[str, Any]]]:
    """Return for each bucket the statements that prove control of it, whatever else its policy grants."""
    wanted: dict[str, list[dict[str, Any]]] = {}
    for seal in order.seals:
        wanted.setdefault(seal.location.bucket, []).extend(seal.statements(order.principal, order.partition))
    return wanted


def plant(order: GrantOrder, profile: str) -> None:
    """Put the seals into the buckets' policies with the client's own credentials.

    Errors: those of :func:`put_bucket_policy` and :func:`document.merge`.
    """
    session = client_session(profile)
    for bucket, statements in challenge(order).items():
        existing = get_bucket_policy(session, bucket)
        merged = document.merge(existing, statements)
        if merged != existing:
            put_bucket_policy(session, bucket, merged)


def prove(client: Client, seals: Iterable[Seal], store: ObjectStore, registry: ClientRegistry) -> Check:
    """Look for the seals, and accept the client when all are there; one that is accepted is not asked again.

    ``store`` is the client's storage with all that the stack's own identity may do there.
    """
    if client.proof and client.proven:
        by = client.proof.by
        return _passed(client, f"{by} has stated it" if client.proof.how is How.STATED else "it was proven")
    try:
        unsealed = {seal.location.uri: reading for seal in seals if (reading := _read(store, seal)) != Reading.SEALED}
    except CloudTranscodeError as error:
        return Check(CHECK, Status.UNKNOWN, error.message, error.remedy, error.side)
    if unsealed:
        return _failed(client, unsealed)
    registry.accept(client, How.SEAL, "stack")
    return _passed(client, "the policies of both bear its seal")


def _read(store: ObjectStore, seal: Seal) -> Reading:
    def permitted(key: S3Location) -> bool:
        try:
            store.probe_abort(key)
        except AccessDenied:
            return False
        return True

    return read_seal(seal, permitted)


def _passed(client: Client, why: str) -> Check:
    return Check(CHECK, Status.PASS, f"{client.name} controls {client.input} and {client.output}: {why}.")


def _failed(client: Client, unsealed: dict[str, Reading]) -> Check:
    name, where = client.name, ", ".join(unsealed)
    remedy = f"{name} attaches what `ct client challenge {name}` prints; `ct client prove {name}` looks again."
    if Reading.ABSENT in unsealed.values():
        remedy += f" Where it is attached: the stack's own policy has to allow {ACTION} there, too."
    return Check(CHECK, Status.FAIL, f"There is no seal of {name} on {where}.", remedy, Side.CLIENT)
