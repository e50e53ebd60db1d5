"""The jail's door for files on this machine: ``GET /source`` and such with ranges, nothing else."""

from __future__ import annotations

import contextlib
import queue
import re
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_BLOCK = 1 << 16


class LocalDoor:
    """Serves one file as ``source`` and ``others`` by their names, for one command after the other.

    ``requests`` collects what was asked for.
    """

    def __init__(self, path: Path, **others: Path) -> None:
        self.lent = {"/source": path, **{f"/{name}": other for name, other in others.items()}}
        self.requests: list[str] = []
        self._servers: queue.Queue[_Server] = queue.Queue()

    def serve(self, listener: socket.socket) -> None:
        with _Server(self, listener) as server:
            self._servers.put(server)
            server.serve_forever(poll_interval=0.02)

    def close(self) -> None:
        self._servers.get().shutdown()  # waits for a serve() that is about to begin


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, door: LocalDoor, listener: socket.socket) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener.dup()
        self.server_name, self.server_port = "door", 0
        self.door = door

    def handle_error(self, request: object, client_address: object) -> None:
        """A tool that hangs up in mid-answer is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        self.server.door.requests.append(self.requestline)

    def do_GET(self) -> None:
        path = self.server.door.lent.get(self.path)
        if path is None:
            self.send_error(404)
            return
        size = path.stat().st_size
        found = _RANGE.fullmatch(self.headers.get("Range", "bytes=0-"))
        start = int(found[1]) if found else 0
        end = min(int(found[2]), size - 1) if found and found[2] else size - 1
        if start >= size:
            self.send_error(416)
            return
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{end}/{size}")
        self.send_header("Content-Length", str(end - start + 1))
        self.send_header("Accept-Ranges", "bytes")
        if self.close_connection:  # ffprobe 8.1 asks for it, and reuses the connection unless the answer confirms it
            self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(ConnectionError), path.open("rb") as file:
            file.seek(start)
            while (left := end + 1 - file.tell()) > 0:
                self.wfile.write(file.read(min(_BLOCK, left)))
