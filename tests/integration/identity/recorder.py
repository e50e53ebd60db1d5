"""A loopback server that gives one answer to everything and keeps the access keys that signed the requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Recorder:
    status: int = 200
    body: str = ""
    untagged: str = ""  # the answer to who asks for a session without tags, where it is another one
    url: str = ""
    keys: list[str] = field(default_factory=list)


@contextmanager
def record(recorder: Recorder) -> Iterator[Recorder]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            key = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
            recorder.keys.append(key[1] if key else "unsigned")
            asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            other = recorder.untagged if b"Tags." not in asked else ""
            body = (other or recorder.body).encode()
            self.send_response(200 if other else recorder.status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_PUT = do_POST  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorder.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
