"""Secrets of job documents: locked before they are written down, open only in the worker that needs them.

AES-256-GCM under a key that is derived of the stack's; the client's name is part of what is authenticated, so that a
locked secret opens in its own client's jobs alone. NIST SP 800-38D.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cloudtranscode.errors import SecretUnreadable
from cloudtranscode.jobs.spec.ladder import LOCKED, SECRET_FIELDS
from cloudtranscode.location import HttpLocation, parse_http, parse_source

_PURPOSE = b"cloudtranscode/job-secrets/1\x00"
_NONCE_BYTES = 12


class Vault:
    """Locks and opens secrets; ``stack_key`` gives the stack's own key when it is first needed."""

    def __init__(self, stack_key: Callable[[], bytes]) -> None:
        self._stack_key = stack_key

    def lock(self, secret: str, client: str) -> str:
        """Return ``secret`` as it may lie in a database; what is locked already stays as it is."""
        if secret.startswith(LOCKED):
            return secret
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher().encrypt(nonce, secret.encode(), client.encode())
        return LOCKED + base64.urlsafe_b64encode(sealed).decode()

    def open(self, secret: str, client: str) -> str:
        """Return what was locked for ``client``. Errors: :class:`SecretUnreadable`."""
        if not secret.startswith(LOCKED):
            return secret
        try:
            sealed = base64.urlsafe_b64decode(secret.removeprefix(LOCKED))
            nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return self._cipher().decrypt(nonce, text, client.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(f"A secret of {client}'s job cannot be opened with this stack's key.") from error

    def locked(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a valid job document with every secret in it locked."""
        client = document["client"]
        clips = [{**clip, "uri": self._uri(clip["uri"], client)} for clip in document.get("input", ())]
        outputs = [self._output(output, client) for output in document["outputs"]]
        return {
            **document,
            "input": clips,
            "tracks": self._tracks(document.get("tracks", {}), client),
            "outputs": outputs,
        }

    def reveal(self, location: HttpLocation, client: str) -> HttpLocation:
        """Return a location with its query open. Errors: :class:`SecretUnreadable`."""
        return replace(location, query=location.query and self.open(location.query, client))

    def _uri(self, uri: str, client: str) -> str:
        """Lock the query of a URL, which may be what opens it."""
        place = parse_source(uri)
        if not isinstance(place, HttpLocation) or not place.query:
            return uri
        return parse_http(replace(place, query=self.lock(place.query, client)).url).url

    def _tracks(self, tracks: dict[str, Any], client: str) -> dict[str, Any]:
        texts = [{**one, "file": one["file"] and self._uri(one["file"], client)} for one in tracks.get("subtitles", [])]
        return {**tracks, "subtitles": texts}

    def _output(self, output: dict[str, Any], client: str) -> dict[str, Any]:
        encryption = output.get("encryption")
        if not encryption:
            return output
        hidden = {name: self.lock(encryption[name], client) for name in SECRET_FIELDS if encryption.get(name)}
        return {**output, "encryption": {**encryption, **hidden}}

    def _cipher(self) -> AESGCM:
        return AESGCM(hmac.new(self._stack_key(), _PURPOSE, hashlib.sha256).digest())
