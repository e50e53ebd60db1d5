"""An EC2 instance metadata service on loopback that speaks version 2 and counts what it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

ROLE = "stack_prod"
CONTAINER_PATH = "/container"
_CREDENTIALS_PATH = "/latest/meta-data/iam/security-credentials/"
_TOKEN = "loopback-session-token"


@dataclass
class Imds:
    """What the service gives out and what it saw.

    Every read of the role's credentials hands out the next key (``ASIA0001``, ``ASIA0002``…), ``lifetime`` long.
    ``CONTAINER_PATH`` gives the same as the credentials endpoint of a container does: without tokens.
    ``tokens`` off plays an instance, or a container one network hop too far away, that offers only version 1.
    """

    lifetime: timedelta = timedelta(hours=1)
    tokens: bool = True
    url: str = ""
    token_requests: int = 0
    issued: list[str] = field(default_factory=list)
    without_token: list[str] = field(default_factory=list)

    def next_credentials(self) -> dict[str, str]:
        key = f"ASIA{len(self.issued) + 1:04d}"
        self.issued.append(key)
        expiry = datetime.now(UTC) + self.lifetime
        return {
            "Code": "Success",
            "Type": "AWS-HMAC",
            "AccessKeyId": key,
            "SecretAccessKey": "secret",
            "Token": f"session-of-{key}",
            "Expiration": expiry.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


@contextmanager
def serve_imds(imds: Imds) -> Iterator[Imds]:
    """Run the service on a free port of 127.0.0.1; ``imds.url`` is for AWS_EC2_METADATA_SERVICE_ENDPOINT."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(imds))
    imds.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield imds
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(imds: Imds) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            imds.token_requests += 1
            if not imds.tokens:
                return self._answer(403, "")
            if self.path != "/latest/api/token" or not self.headers.get("x-aws-ec2-metadata-token-ttl-seconds"):
                return self._answer(400, "")
            return self._answer(200, _TOKEN)

        def do_GET(self) -> None:
            if self.path != CONTAINER_PATH and self.headers.get("x-aws-ec2-metadata-token") != _TOKEN:
                imds.without_token.append(self.path)
                if imds.tokens:
                    return self._answer(401, "")
            if self.path in {CONTAINER_PATH, _CREDENTIALS_PATH + ROLE}:
                return self._answer(200, json.dumps(imds.next_credentials()))
            return self._answer(200, ROLE) if self.path == _CREDENTIALS_PATH else self._answer(404, "")

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler
