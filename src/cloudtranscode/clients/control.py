"""What a client has to show before a bucket is taken for its own: seals that bear a token of its registration."""

from __future__ import annotations

import hashlib
import hmac

from cloudtranscode.clients.client import Client
from cloudtranscode.entitlements.seal import Seal
from cloudtranscode.errors import InvalidDocument

_MIN_KEY_BYTES = 32
_TOKEN_DIGITS = 32  # hexadecimal: 128 bits

# Keeps this use of the stack's key apart from any other; a new number would ask every client for a new proof.
_PURPOSE = b"cloudtranscode/proof-of-control/1"


def seals_of(stack_key: bytes, client: Client) -> tuple[Seal, Seal]:
    """Return the seals of a client's input and output; they are the same whenever they are asked for.

    The token in them need not be kept, nor be a secret: what proves is where it can be put.
    Errors: :class:`InvalidDocument` for a stack's key of fewer than 32 bytes.
    """
    if len(stack_key) < _MIN_KEY_BYTES:
        raise InvalidDocument(
            f"The stack's key has {len(stack_key)} bytes instead of at least {_MIN_KEY_BYTES}.",
            remedy="Restore the stack's key file, or delete it to have a new one.",
        )
    registered = (client.name, client.account, client.input.uri, client.output.uri)
    said = b"\x00".join([_PURPOSE, *(part.encode() for part in registered)])  # none of them can hold a zero
    token = hmac.new(stack_key, said, hashlib.sha256).hexdigest()[:_TOKEN_DIGITS]
    return Seal(client.name, client.input, "input", token), Seal(client.name, client.output, "output", token)
