"""One connection to a web server: a request, and an answer that is bounded in time and in bytes.

The server may be hostile. ``http.client`` reads the answers; what it reads them from gives nothing after a deadline,
and no more bytes than an answer of the expected length can have.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from cloudtranscode.address import connect, time_left
from cloudtranscode.location import HttpLocation

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MOST_HEAD = 64 * 1024
_FRAMING = 8  # bytes that a chunked answer may spend for each byte of its body


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to connect, for an answer's head, and between two reads; and the bytes a second that must come."""

    connect_s: float = 10.0
    head_s: float = 20.0
    idle_s: float = 10.0
    slowest: int = 16 * 1024


class Answer:
    """The head of an answer, ``headers`` in lower case, and its body, which is read piece by piece."""

    def __init__(self, response: http.client.HTTPResponse, inlet: _Inlet, patience: Patience) -> None:
        self.status = response.status
        self.headers = {name.lower(): ", ".join(response.headers.get_all(name, [])) for name in response.headers}
        self._response = response
        self._inlet = inlet
        self._patience = patience

    def read(self, length: int) -> bytes:
        """Read ``length`` bytes of the body, fewer only at its end. Errors: ``OSError``, ``HTTPException``."""
        self._inlet.expect(length * _FRAMING + _MOST_HEAD, self._patience.idle_s + length / self._patience.slowest)
        return self._response.read(length)

    @property
    def reusable(self) -> bool:
        """Whether the body was read to its end, and the server keeps the connection."""
        return self._response.isclosed() and not self._response.will_close

    @property
    def length(self) -> int | None:
        """The bytes of the body that are still to come, ``None`` where the server does not tell."""
        return self._response.length


class Wire:
    """A connection that can be used for one request after the other."""

    def __init__(self, sock: socket.socket, patience: Patience) -> None:
        self._sock = sock
        self._patience = patience

    @classmethod
    def open(cls, location: HttpLocation, addresses: Sequence[str], patience: Patience, tls: ssl.SSLContext) -> Wire:
        """Connect to one of ``addresses``; ``tls`` wants a certificate for the location's name. Errors: ``OSError``."""
        deadline = time.monotonic() + patience.connect_s
        sock = connect(addresses, location.port, deadline)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if location.scheme == "https":
                sock.settimeout(time_left(deadline))
                sock = tls.wrap_socket(sock, server_hostname=location.host)
        except BaseException:
            sock.close()
            raise
        return cls(sock, patience)

    def ask(self, location: HttpLocation, headers: Mapping[str, str]) -> Answer:
        """Send a ``GET`` and read the answer's head. Errors: ``OSError``, ``HTTPException``."""
        fields = {"Host": location.authority, **headers}
        lines = [f"GET {location.target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        self._sock.settimeout(self._patience.idle_s)
        self._sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        inlet = _Inlet(self._sock, self._patience.idle_s)
        inlet.expect(_MOST_HEAD, self._patience.head_s)
        response = http.client.HTTPResponse(cast("socket.socket", inlet), method="GET")  # it calls makefile() alone
        response.begin()
        return Answer(response, inlet, self._patience)

    def close(self) -> None:
        """Hang up."""
        self._sock.close()


class _Inlet(io.RawIOBase):
    """What comes from a socket: not more bytes and not longer than expected."""

    def __init__(self, sock: socket.socket, idle_s: float) -> None:
        self._sock = sock
        self._idle_s = idle_s
        self._deadline = 0.0
        self._most = 0

    def expect(self, most: int, seconds: float) -> None:
        self._most = most
        self._deadline = time.monotonic() + seconds

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._sock.settimeout(min(self._idle_s, time_left(self._deadline)))
        count = self._sock.recv_into(buffer)
        self._most -= count
        if self._most < 0:
            raise http.client.HTTPException("the answer is longer than it may be")
        return count
