"""Proof that a client controls its buckets, before the stack works there; see ADR 0007."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cloudtranscode.clients.client import Client
from cloudtranscode.clients.proof import How
from cloudtranscode.clients.registry import ClientRegistry
from cloudtranscode.entitlements import document
from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.order import GrantOrder
from cloudtranscode.entitlements.seal import ACTION, Reading, Seal, read_seal
from cloudtranscode.entitlements.verify import Check, Status
from cloudtranscode.errors import AccessDenied, CloudTranscodeError, Side
from cloudtranscode.identity.attach import get_bucket_policy, put_bucket_policy
from cloudtranscode.identity.session import client_session
from cloudtranscode.location import S3Location
from cloudtranscode.storage.port import ObjectStore

CHECK = "control"
_OTHER_ID_BYTES = 32


def challenge(order: GrantOrder) -> dict[str, list[dict[str, Any]]]:
    """Return for each bucket the statements that prove control of it, whatever else its policy grants.

    There are none where the stack assumes the client's role: that it heeds the client's own ExternalId is the proof.
    """
    wanted: dict[str, list[dict[str, Any]]] = {}
    for seal in order.seals if order.role is None else ():
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


def prove(
    client: Client, seals: Iterable[Seal], open_store: Callable[[], ObjectStore], registry: ClientRegistry
) -> Check:
    """Look for the seals, and accept the client when all are there; one that is accepted is not asked again.

    ``open_store`` returns the storage with which the stack can look for them.
    """
    if known := _known(client):
        return known
    try:
        store = open_store()
        unsealed = {seal.location.uri: reading for seal in seals if (reading := _read(store, seal)) != Reading.SEALED}
    except CloudTranscodeError as error:
        return Check(CHECK, Status.UNKNOWN, error.message, error.remedy, error.side)
    if unsealed:
        return _failed(client, unsealed)
    registry.accept(client, How.SEAL, "stack")
    return _passed(client, "the policies of both bear its seal")


def prove_role(client: Client, open_session: Callable[[Client], object], registry: ClientRegistry) -> Check:
    """Accept a client whose account's role lets the stack in that says its ExternalId, and nobody who says another.

    ``open_session`` raises :class:`AccessDenied` where the role refuses. A role that takes any ExternalId would let in
    whoever registers it.
    """
    if Arn.parse(client.terms.role_arn or "").account != client.account:
        why = (
            f"{client.terms.role_arn} is no role of {client.name}'s account {client.account}, and proves nothing of it."
        )
        return Check(CHECK, Status.FAIL, why, "Register the client anew with a role of its own account.", Side.STACK)
    if known := _known(client):
        return known
    other = replace(client, terms=replace(client.terms, external_id=secrets.token_urlsafe(_OTHER_ID_BYTES)))
    try:
        open_session(client)
        with suppress(AccessDenied):
            open_session(other)
            why = f"{client.terms.role_arn} can be assumed with any ExternalId."
            remedy = f"{client.name} gives the role the trust policy that `ct grant {client.name}` prints."
            return Check(CHECK, Status.FAIL, why, remedy, Side.CLIENT)
    except CloudTranscodeError as error:
        status = Status.FAIL if isinstance(error, AccessDenied) else Status.UNKNOWN
        return Check(CHECK, status, error.message, error.remedy, error.side)
    registry.accept(client, How.ROLE, "stack")
    return _passed(client, "its role lets in who says its ExternalId")


def _known(client: Client) -> Check | None:
    if client.proof is None or not client.proven:
        return None
    told = {
        How.SEAL: "the policies of both bore its seal",
        How.ROLE: "its role let in who said its ExternalId",
        How.STATED: f"{client.proof.by} has stated it",
    }
    day = datetime.fromtimestamp(client.proof.at, UTC)
    return _passed(client, f"{told[client.proof.how]} on {day:%Y-%m-%d}, which counts until it is registered anew")


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


def _failed(client: Client, unsealed: Mapping[str, Reading]) -> Check:
    name, where = client.name, ", ".join(unsealed)
    remedy = f"{name} attaches it: `ct grant {name}` prints it with the rest, `ct client challenge {name}` alone."
    if Reading.ABSENT in unsealed.values():
        remedy += f" Where it is attached, the stack's own policy has to allow {ACTION}, too."
    return Check(CHECK, Status.FAIL, f"There is no seal of {name} on {where}.", remedy, Side.CLIENT)
