from __future__ import annotations

import base64

import pytest

from cloudtranscode.errors import InvalidDocument
from cloudtranscode.notify.signing import signing_secret

KEY = bytes(range(32))


def test_a_client_keeps_its_secret() -> None:
    # Written out: another value would break the verification at every client.
    assert signing_secret(KEY, "client-a") == "whsec_o4GGjbz6So7MbAfc+ogXiuJO8OWGvTErpXdeoS57JEw="


def test_secrets_differ_by_client_and_by_stack() -> None:
    secrets = {signing_secret(KEY, "a"), signing_secret(KEY, "b"), signing_secret(KEY[::-1], "a")}

    assert len(secrets) == 3
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"))) == 32 for secret in secrets)


@pytest.mark.parametrize("key", [b"", b"k" * 31])
def test_a_short_key_is_refused(key: bytes) -> None:
    with pytest.raises(InvalidDocument):
        signing_secret(key, "client-a")
