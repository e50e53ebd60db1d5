"""The secret that a client verifies webhooks with: derived when it is needed, stored nowhere."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cloudtranscode.errors import InvalidDocument

_MIN_KEY_BYTES = 32

# Keeps this use of the stack's key apart from any other; a new number would renew every client's secret.
_PURPOSE = b"cloudtranscode/webhook-signing/1\x00"


def signing_secret(stack_key: bytes, client: str) -> str:
    """Derive a client's ``whsec_…`` secret from the stack's key (32 random bytes or more) and the client's name.

    Errors: :class:`InvalidDocument` when the key is shorter.
    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    if len(stack_key) < _MIN_KEY_BYTES:
        raise InvalidDocument(
            f"The stack's key has {len(stack_key)} bytes instead of at least {_MIN_KEY_BYTES}.",
            remedy="Restore the stack's key file, or delete it to have a new one (clients then need new secrets).",
        )
    digest = hmac.new(stack_key, _PURPOSE + client.encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(digest).decode()
