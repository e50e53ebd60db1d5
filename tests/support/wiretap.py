"""A relay in front of a server, which hears every request that goes through it."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socket import SHUT_WR, create_connection, socket
from urllib.parse import urlsplit

_HEAD = re.compile(rb"(?:GET|HEAD|PUT|POST|DELETE) (/[^ ]*) HTTP/1\.1\r\n(.*?)\r\n\r\n", re.DOTALL)


@dataclass
class Wiretap:
    """``url`` is where to send what shall be heard."""

    url: str
    heard: list[bytes] = field(default_factory=list)

    def asked_for(self, path: str) -> bool:
        """Whether any request named this path of the server, or something below it."""
        request = re.compile(rb"(GET|HEAD|PUT|POST|DELETE) /%s[/? ]" % re.escape(path.encode()))
        return request.search(b"".join(self.heard)) is not None

    def requests(self) -> list[tuple[str, dict[str, str]]]:
        """The path and the headers, with lower-case names, of each request that began in a chunk of its own."""
        heads = (_HEAD.match(chunk) for chunk in self.heard)
        return [(head[1].decode(), dict(_headers(head[2].decode()))) for head in heads if head]


def _headers(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\r\n"):
        name, _, value = line.partition(": ")
        yield name.lower(), value


@contextmanager
def tapped(endpoint: str) -> Iterator[Wiretap]:
    """Listen in front of ``endpoint`` for the time of the block."""
    there = urlsplit(endpoint)

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with create_connection((str(there.hostname), there.port or 0)) as server:
                back = threading.Thread(target=_copy, args=(server, self.request, []), daemon=True)
                back.start()
                _copy(self.request, server, tap.heard)
                back.join()

    class Relays(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Relays(("127.0.0.1", 0), Relay) as relays:
        tap = Wiretap(f"http://127.0.0.1:{relays.server_address[1]}")
        thread = threading.Thread(target=relays.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield tap
        relays.shutdown()
        thread.join()


def _copy(source: socket, target: socket, heard: list[bytes]) -> None:
    try:
        while data := source.recv(1 << 16):
            heard.append(data)
            target.sendall(data)
        target.shutdown(SHUT_WR)
    except OSError:  # one of the two has hung up, and with it the relay
        return
