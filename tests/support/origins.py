"""A web server of files on loopback, which keeps to HTTP as each file says, well or badly; and one that recites."""

from __future__ import annotations

import http.server
import re
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass
class File:
    """One file: ``first`` are statuses to answer before it is given; ``headers`` replace those of the answer.

    ``silent_end``: the connection is closed after each answer, without a word of that.
    """

    data: bytes = b""
    etag: str = '"one"'
    modified: str = ""
    ranges: bool = True
    chunked: bool = False
    first: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    silent_end: bool = False


@dataclass
class Origin:
    """Serves ``files`` by path and redirects by ``hops``; ``requests`` are the paths and headers that came."""

    files: dict[str, File] = field(default_factory=dict)
    hops: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def url(self, path: str, *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    origin: Origin

    def setup(self) -> None:
        self.origin.connections += 1
        super().setup()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
        """Say nothing: pytest's output is for failures."""

    def do_GET(self) -> None:
        self.origin.requests.append((self.path, dict(self.headers)))
        path = self.path.partition("?")[0]
        file = self.origin.files.get(path)
        if hop := self.origin.hops.get(path):
            self._say(302, {"Location": hop}, b"moved")
        elif file is None:
            self._say(404, {}, b"nothing")
        elif file.first:
            self._say(file.first.pop(0), {}, b"not now")
        elif self.headers.get("If-Match", file.etag) != file.etag:
            self._say(412, {}, b"")
        else:
            self._give(file)

    def _give(self, file: File) -> None:
        self.close_connection = file.silent_end
        asked = _RANGE.fullmatch(self.headers.get("Range", "")) if file.ranges else None
        state = {"ETag": file.etag} if file.etag else {}
        state |= {"Last-Modified": file.modified} if file.modified else {}
        size = len(file.data)
        if asked is None:
            self._say(200, state | file.headers, file.data, chunked=file.chunked)
        elif int(asked[1]) >= size:
            self._say(416, {"Content-Range": f"bytes */{size}"}, b"")
        else:
            start, end = int(asked[1]), min(int(asked[2]), size - 1)
            part = {"Content-Range": f"bytes {start}-{end}/{size}"}
            self._say(206, state | part | file.headers, file.data[start : end + 1], chunked=file.chunked)

    def _say(self, status: int, headers: dict[str, str], body: bytes, *, chunked: bool = False) -> None:
        self.send_response(status)
        length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
        for name, value in (length | headers).items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked and body else body)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that distrusts the certificate hangs up: no news."""


@contextmanager
def serving_files(origin: Origin, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Origin]:
    """Serve an origin on loopback."""
    handler = type("_OriginHandler", (_Handler,), {"origin": origin})
    server = _Server(("127.0.0.1", port), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    origin.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield origin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def reciting(chunks: Iterable[bytes], pause: float = 0.0) -> Iterator[str]:
    """Answer the first request with ``chunks``, ``pause`` seconds between them; yields the URL."""
    stop = threading.Event()

    def talk() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(10)
                connection.recv(65_536)
                for chunk in chunks:
                    connection.sendall(chunk)
                    if stop.wait(pause):
                        return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=talk)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/film.mp4"
        stop.set()
        thread.join()
