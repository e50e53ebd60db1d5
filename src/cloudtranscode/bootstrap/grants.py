"""What clients entitle the stack to: terms, the order that they make, and what a grant meets where it is attached."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from cloudtranscode.clients.client import Client, Mode, Terms
from cloudtranscode.entitlements.arn import Arn
from cloudtranscode.entitlements.compare import Comparison, compare
from cloudtranscode.entitlements.grant import GrantOrder, GrantSheet
from cloudtranscode.entitlements.matrix import Scene
from cloudtranscode.entitlements.order import ClientRole, check_instant, check_key, default_role
from cloudtranscode.entitlements.present import Present
from cloudtranscode.entitlements.sheet import Place
from cloudtranscode.errors import AccessDenied, InvalidDocument, StorageUnavailable
from cloudtranscode.identity.attach import get_bucket_policy, get_key_policy, put_bucket_policy
from cloudtranscode.identity.session import client_session
from cloudtranscode.identity.whoami import Identity
from cloudtranscode.location import S3Location

_EXTERNAL_ID_BYTES = 32  # 256 bits: nobody guesses it


@dataclass(frozen=True, slots=True)
class Wish:
    """What ``ct client add`` is told about a grant; ``expires`` is a date or an instant in UTC."""

    mode: Mode = Mode.BUCKET_POLICY
    role_arn: str | None = None
    kms_keys: Sequence[str] = ()
    expires: str | None = None


def agree(
    wish: Wish, name: str, account: str, partition: str = "aws", *, draw: Callable[[int], str] = secrets.token_urlsafe
) -> Terms:
    """Make the terms of a client: the ExternalId is drawn here, and chosen by nobody.

    A role that is not named yet gets the name that our templates give it.
    Errors: :class:`InvalidDocument` for what is no key's or role's ARN, a role of another account, and no date.
    """
    for key in wish.kms_keys:
        check_key(key)
    expires = _instant(wish.expires) if wish.expires else None
    kms_keys = tuple(dict.fromkeys(wish.kms_keys))
    if wish.mode is Mode.BUCKET_POLICY:
        return Terms(kms_keys=kms_keys, expires=expires)
    role = ClientRole(wish.role_arn or default_role(name, account, partition), draw(_EXTERNAL_ID_BYTES))
    if Arn.parse(role.arn).account != account:
        raise InvalidDocument(
            f"{role.arn} is not a role of account {account}.",
            remedy="Name a role in the account that owns the client's buckets.",
        )
    return Terms(wish.mode, role.arn, role.external_id, kms_keys, expires)


def order_of(client: Client, identity: Identity) -> GrantOrder:
    """Return what ``client`` has to entitle the stack to."""
    terms = client.terms
    role = ClientRole(terms.role_arn, terms.external_id) if terms.role_arn and terms.external_id else None
    return GrantOrder(
        client=client.name,
        stack_arn=identity.arn,
        stack_account=identity.account,
        client_account=client.account,
        input=client.input,
        output=client.output,
        partition=identity.partition,
        kms_keys=terms.kms_keys,
        expires=terms.expires,
        role=role,
    )


def look(sheet: GrantSheet, profile: str) -> Present:
    """Read what stands in the sheet's buckets, and its keys' policies as far as they may be read, as the client.

    Errors: those of :func:`client_session` and :func:`get_bucket_policy`.
    """
    session = client_session(profile)
    texts = {bucket.target: get_bucket_policy(session, bucket.target) or "" for bucket in sheet.at(Place.BUCKET)}
    for key in sheet.at(Place.KEY):
        with suppress(AccessDenied, StorageUnavailable):
            texts[key.target] = get_key_policy(session, key.target)
    return Present(texts)


def attach(sheet: GrantSheet, profile: str) -> dict[str, bool]:
    """Merge the statements into the buckets' policies; returns for each bucket whether that changed anything.

    Errors: those of :func:`client_session`, :func:`put_bucket_policy` and :meth:`Attachment.merged`.
    """
    session = client_session(profile)
    changed = {}
    for place in sheet.at(Place.BUCKET):
        existing = get_bucket_policy(session, place.target)
        merged = place.merged(existing)
        changed[place.target] = merged != existing
        if changed[place.target]:
            put_bucket_policy(session, place.target, merged)
    return changed


def comparisons(order: GrantOrder, sheet: GrantSheet, present: Present, now: datetime) -> tuple[Comparison, ...]:
    """Compare what stands in each bucket's and key's policy with what will; of keys, of those that are known."""
    found = []
    for place in sheet.at(Place.BUCKET, Place.KEY):
        is_bucket = place.place is Place.BUCKET
        if is_bucket or present.knows(place):
            arn = S3Location(place.target).arn(order.partition) if is_bucket else place.target
            account = order.client_account if is_bucket else Arn.parse(arn).account
            named = next((one.principal for one in place.statements if one.principal), order.principal)
            scene = Scene(arn, account, named, now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
            found.append(compare(scene, place, present.text(place), present.merged(place)))
    return tuple(found)


def _instant(text: str) -> str:
    instant = f"{text}T00:00:00Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else text
    check_instant(instant)
    return instant
