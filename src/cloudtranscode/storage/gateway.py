"""The door through which jailed ffmpeg reads one job's sources: HTTP on listening sockets that the jail hands over.

Whoever is on the other side may be under control of a hostile file. It can ask for the job's own sources and for
nothing else, and what it sends is bounded. It needs no deadline: when its process ends, so do its connections.
"""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from cloudtranscode.errors import CloudTranscodeError
from cloudtranscode.storage.http_range import Request, Span, parse_range, parse_request
from cloudtranscode.storage.reader import CachedReader

MAX_HEAD = 16 * 1024
MAX_CONNECTIONS = 32
# Small, so that a reader which looks at the first bytes and hangs up does not cost whole blocks of read-ahead.
_SEND_BUFFER = 256 * 1024


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that the storage delivered, bytes that were sent on, and requests that were answered."""

    fetched: int
    served: int
    requests: int


class Gateway:
    """Lends ``sources``: the reader under the name ``source`` answers ``GET`` and ``HEAD`` of ``/source``.

    It serves one command after the other: each :meth:`serve` is ended by one :meth:`close`. The readers stay the
    caller's to close, after the gateway.
    """

    def __init__(self, sources: Mapping[str, CachedReader]) -> None:
        self._sources = {f"/{name}": reader for name, reader in sources.items()}
        self._lock = threading.Lock()
        self._closed_early = False
        self._listeners: set[socket.socket] = set()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._served = 0
        self._requests = 0

    @property
    def traffic(self) -> Traffic:
        """What has gone through so far."""
        fetched = sum(reader.fetched for reader in self._sources.values())
        return Traffic(fetched, self._served, self._requests)

    def serve(self, listener: socket.socket) -> None:
        """Answer on ``listener`` until :meth:`close`; blocks meanwhile, so that it wants a thread of its own."""
        with self._lock:
            if self._closed_early:
                self._closed_early = False
                return
            self._listeners.add(listener)
        while (connection := _accept(listener)) is not None:
            self._admit(connection)

    def close(self) -> None:
        """End :meth:`serve` and hang up on everybody; one that is about to be called returns at once, too.

        Errors: what kept a source from being read, if anything did.
        """
        with self._lock:
            self._closed_early = not self._listeners
            threads = list(self._connections.values())
            for each in (*self._listeners, *self._connections):
                _shut(each)
            self._listeners.clear()
        for thread in threads:
            # One that waits for the storage ends when its reader is closed.
            thread.join(timeout=1)
        for reader in self._sources.values():
            if reader.error is not None:
                raise reader.error

    def _admit(self, connection: socket.socket) -> None:
        with self._lock:
            if not self._listeners or len(self._connections) >= MAX_CONNECTIONS:
                connection.close()
                return
            thread = threading.Thread(target=self._converse, args=(connection,), name="gateway-reader", daemon=True)
            self._connections[connection] = thread
            thread.start()

    def _converse(self, connection: socket.socket) -> None:
        try:
            connection.settimeout(None)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pending = b""
            while True:
                head, pending = _receive_head(connection, pending)
                if head is None or not self._answer(connection, head):
                    break
        except (OSError, CloudTranscodeError):
            # The client hung up; or the storage failed in mid-body, and breaking off is all that HTTP/1.1 can say.
            pass
        finally:
            with self._lock:
                self._connections.pop(connection, None)
            connection.close()

    def _answer(self, connection: socket.socket, head: bytes) -> bool:
        """Answer one request; whether the connection may stay open."""
        with self._lock:
            self._requests += 1
        request = parse_request(head) if len(head) <= MAX_HEAD else None
        status = _refusal(request, self._sources)
        if request is None or status is not None:
            connection.sendall(_head(status or HTTPStatus.BAD_REQUEST, keep_alive=False))
            return False
        reader = self._sources[request.path]
        span = parse_range(request.headers.get("range"), reader.size)
        if span is None:
            outside = {"Content-Range": f"bytes */{reader.size}"}
            connection.sendall(
                _head(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, outside, keep_alive=request.keep_alive)
            )
        else:
            self._send(connection, request, reader, span)
        return request.keep_alive

    def _send(self, connection: socket.socket, request: Request, reader: CachedReader, span: Span) -> None:
        pieces = reader.chunks(span.start, span.length if request.method == "GET" else 0)
        try:
            # Fetched before the head is sent: an error can still be told.
            piece = next(pieces, None)
        except CloudTranscodeError:
            connection.sendall(_head(HTTPStatus.BAD_GATEWAY, keep_alive=False))
            raise
        connection.sendall(_found(span, reader.size, keep_alive=request.keep_alive))
        while piece is not None:
            connection.sendall(piece)
            with self._lock:
                self._served += len(piece)
            piece = next(pieces, None)


def _refusal(request: Request | None, known: Mapping[str, object]) -> HTTPStatus | None:
    if request is None or request.has_body:
        return HTTPStatus.BAD_REQUEST
    if request.method not in {"GET", "HEAD"}:
        return HTTPStatus.METHOD_NOT_ALLOWED
    return None if request.path in known else HTTPStatus.NOT_FOUND


def _found(span: Span, size: int, *, keep_alive: bool) -> bytes:
    headers = {
        "Content-Length": str(span.length),
        "Content-Type": "application/octet-stream",
        "Accept-Ranges": "bytes",
    }
    if not span.partial:
        return _head(HTTPStatus.OK, headers, keep_alive=keep_alive)
    headers["Content-Range"] = f"bytes {span.start}-{span.start + span.length - 1}/{size}"
    return _head(HTTPStatus.PARTIAL_CONTENT, headers, keep_alive=keep_alive)


def _head(status: HTTPStatus, headers: Mapping[str, str] | None = None, *, keep_alive: bool) -> bytes:
    fields = {"Content-Length": "0", **(headers or {}), "Connection": "keep-alive" if keep_alive else "close"}
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _receive_head(connection: socket.socket, pending: bytes) -> tuple[bytes | None, bytes]:
    """The next request's head, and what came after it; more than ``MAX_HEAD`` bytes are returned to be refused."""
    while b"\r\n\r\n" not in pending:
        if len(pending) > MAX_HEAD:
            return pending, b""
        received = connection.recv(4096)
        if not received:
            return None, b""
        pending += received
    head, _, rest = pending.partition(b"\r\n\r\n")
    return head, rest


def _accept(listener: socket.socket) -> socket.socket | None:
    """The next connection; ``None`` when the listener was shut down."""
    while True:
        try:
            return listener.accept()[0]
        except ConnectionAbortedError:
            continue
        except OSError as error:
            if error.errno not in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                return None
            threading.Event().wait(0.1)


def _shut(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
