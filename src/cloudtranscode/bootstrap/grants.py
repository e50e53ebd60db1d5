"""What clients entitle the stack to: the terms agreed on at registration, and the order that they make."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloudtranscode.clients.client import Client, Mode, Terms
from cloudtranscode.entitlements.grant import GrantOrder
from cloudtranscode.entitlements.order import ClientRole, check_instant, check_key, default_role
from cloudtranscode.identity.whoami import Identity

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
    Errors: :class:`InvalidDocument` for what is no key's or role's ARN, and no date.
    """
    for key in wish.kms_keys:
        check_key(key)
    expires = _instant(wish.expires) if wish.expires else None
    kms_keys = tuple(dict.fromkeys(wish.kms_keys))
    if wish.mode is Mode.BUCKET_POLICY:
        return Terms(kms_keys=kms_keys, expires=expires)
    role = ClientRole(wish.role_arn or default_role(name, account, partition), draw(_EXTERNAL_ID_BYTES))
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


def _instant(text: str) -> str:
    instant = f"{text}T00:00:00Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else text
    check_instant(instant)
    return instant
