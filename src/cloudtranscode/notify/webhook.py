"""Deliver an event to a client's URL: signed, to a checked address only, with retries.

The format is Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from cloudtranscode.address import Resolver, connect, is_public, system_resolver, time_left
from cloudtranscode.errors import UnsafeCallback
from cloudtranscode.notify.callback import Callback, parse_callback

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([2-5]\d\d)[ \r]")
_MAX_ANSWER_BYTES = 65_536
_DRAIN_S = 1.0
_RETRIED = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an event: ``status`` is the last HTTP status, ``None`` when nothing was answered."""

    delivered: bool
    status: int | None
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    status: int | None
    reason: str
    final: bool

    @property
    def delivered(self) -> bool:
        return self.status is not None and self.status < http.HTTPStatus.MULTIPLE_CHOICES


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class WebhookSender:
    """Sends events. ``delays`` are the seconds before each retry, ``timeout`` the seconds an attempt may take.

    ``allow_private`` permits ``http://`` and private addresses; ``tls`` replaces the system's certificate store.
    Proxies named by the environment are not used, because then the proxy would choose the address.
    """

    allow_private: bool = False
    delays: tuple[float, ...] = (1.0, 5.0, 25.0)
    timeout: float = 10.0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = _utc_now
    resolve: Resolver = system_resolver
    tls: ssl.SSLContext | None = None

    def deliver(self, url: str, event: dict[str, Any], secret: str) -> Delivery:
        """POST an event, signed with a ``whsec_…`` secret; only a 2xx answer counts, redirects are not followed.

        Timeouts, refused connections, 408, 425, 429 and 5xx are tried again.

        Errors: :class:`UnsafeCallback` when the URL or every address behind its name must not be called.
        """
        callback = parse_callback(url, allow_private=self.allow_private)
        body = json.dumps(event, separators=(",", ":"))
        attempt, attempts = self._attempt(callback, event["id"], body, secret), 1
        for delay in self.delays:
            if attempt.final:
                break
            self.sleep(delay)
            attempt, attempts = self._attempt(callback, event["id"], body, secret), attempts + 1
        return Delivery(attempt.delivered, attempt.status, attempts, attempt.reason)

    def _headers(self, event_id: str, body: str, secret: str) -> dict[str, str]:
        # The timestamp is that of the attempt, not of the event: receivers refuse what is older than minutes.
        now = self.now().astimezone(UTC)
        return {
            "Content-Type": "application/json",
            "User-Agent": "CloudTranscode-Webhook/1",
            "Connection": "close",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(event_id, now, body),
        }

    def _attempt(self, callback: Callback, event_id: str, body: str, secret: str) -> _Attempt:
        try:
            headers = self._headers(event_id, body, secret)
            status = self._post(callback, self._addresses(callback), body.encode(), headers)
        except ssl.SSLCertVerificationError as error:
            return _Attempt(None, f"The server's certificate is not valid: {error.verify_message}.", final=True)
        except (OSError, UnicodeError) as error:  # UnicodeError: a name that the name service cannot be asked for
            return _Attempt(None, f"No answer: {error or type(error).__name__}.", final=False)
        if status is None:
            return _Attempt(None, "The answer is not HTTP.", final=False)
        again = status in _RETRIED or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR
        return _Attempt(status, f"The server answered {status}.", final=not again)

    def _addresses(self, callback: Callback) -> Sequence[str]:
        """Resolve the name once; what is connected to is exactly what was checked here."""
        found = self.resolve(callback.host, callback.port)
        allowed = [address for address in found if self.allow_private or is_public(address)]
        if found and not allowed:
            raise UnsafeCallback(f"{callback.host} leads to an address that is not public.")
        return allowed

    def _post(self, callback: Callback, addresses: Sequence[str], body: bytes, headers: dict[str, str]) -> int | None:
        deadline = time.monotonic() + self.timeout
        with self._secure(callback, connect(addresses, callback.port, deadline), deadline) as sock:
            writer = http.client.HTTPConnection(callback.host, callback.port)
            writer.sock = sock
            writer.auto_open = 0  # never a second connection, which would resolve the name again
            sock.settimeout(time_left(deadline))
            writer.request("POST", callback.path, body=body, headers={"Host": callback.authority, **headers})
            return _read_status(sock, deadline)

    def _secure(self, callback: Callback, sock: socket.socket, deadline: float) -> socket.socket:
        if not callback.tls:
            return sock
        context = self.tls or ssl.create_default_context()
        sock.settimeout(time_left(deadline))
        try:
            return context.wrap_socket(sock, server_hostname=callback.host)
        except BaseException:
            sock.close()
            raise


def _read_status(sock: socket.socket, deadline: float) -> int | None:
    """Read the status and drop the rest, at most 64 KiB of it and not past the deadline.

    ``http.client`` would wait for as long as a server keeps sending one header byte every few seconds.
    """
    answer = b""
    found: re.Match[bytes] | None = None
    while len(answer) < _MAX_ANSWER_BYTES:
        try:
            sock.settimeout(time_left(deadline))
            chunk = sock.recv(4096)
        except OSError:
            if found:
                break
            raise
        answer += chunk
        if not chunk:
            break
        if not found and (found := _STATUS_LINE.match(answer)):
            deadline = min(deadline, time.monotonic() + _DRAIN_S)
    return int(found[1]) if found else None
