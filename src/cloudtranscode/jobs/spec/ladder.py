"""What a job document says of a ladder besides its rungs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from cloudtranscode.jobs.spec.fields import Words

LOCKED = "locked:1:"
"""How a secret begins that was locked when the job was accepted."""

SECRET_FIELDS = ("key", "iv")


def _identifier(value: str) -> str:
    if not int(value, 16):  # ISO/IEC 23001-7, 8.2: zeros are no key's
        raise ValueError("must not be all zeros")
    return value


KeyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{32}$"), AfterValidator(_identifier)]
Secret = Annotated[str, StringConstraints(pattern=rf"^([0-9a-fA-F]{{32}}|{LOCKED}[A-Za-z0-9_=-]{{40,200}})$")]
KeyUri = Annotated[str, StringConstraints(max_length=2048, pattern=r'^[A-Za-z][A-Za-z0-9+.-]*:[^\s",]+$')]


class EncryptionWords(Words):
    """One raw key for all segments: ``key_id``, ``key`` and ``iv`` are 16 bytes in hexadecimal.

    ``key_uri`` is where HLS players ask for the key. ``key`` and ``iv`` are locked as soon as the job is accepted.
    """

    scheme: Literal["cenc", "cbcs"]
    key_id: KeyId
    key: Secret
    iv: Secret | None = None
    key_uri: KeyUri | None = None
