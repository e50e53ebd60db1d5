"""Web servers on loopback: a folder as a CDN would serve a package, and a page that reports back. No ranges."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",  # RFC 8216, section 4
    ".mpd": "application/dash+xml",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".vtt": "text/vtt",
}


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, **_TYPES}  # noqa: RUF012 - as in the base

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
        """Say nothing: pytest's output is for failures."""


@contextmanager
def listening(handler: Any) -> Iterator[str]:
    """Serve with this handler class (or factory) on a free loopback port; yields ``http://127.0.0.1:port``."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the files of a folder; yields the base URL without a slash at its end."""
    with listening(functools.partial(_Handler, directory=str(folder))) as url:
        yield url


Message = tuple[dict[str, str], str]


class EventHandler(http.server.BaseHTTPRequestHandler):
    """Takes the events that are POSTed to it as pairs of headers and body."""

    def __init__(self, *args: Any, messages: list[Message], **kwargs: Any) -> None:
        self._messages = messages
        super().__init__(*args, **kwargs)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._messages.append((dict(self.headers.items()), body))
        self.send_response(HTTPStatus.NO_CONTENT)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gives it
        """Say nothing: pytest's output is for failures."""


class PageHandler(_Handler):
    """Serves one page at ``/`` and takes what the page POSTs to ``/result``."""

    def __init__(self, *args: Any, page: str, results: list[bytes], arrived: threading.Event, **kwargs: Any) -> None:
        self._page, self._results, self._arrived = page, results, arrived
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        status, body = (HTTPStatus.OK, self._page.encode()) if self.path == "/" else (HTTPStatus.NOT_FOUND, b"")
        self._answer(status, body)

    def do_POST(self) -> None:
        self._results.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(HTTPStatus.NO_CONTENT)
        self._arrived.set()

    def _answer(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
