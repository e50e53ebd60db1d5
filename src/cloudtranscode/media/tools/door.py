"""The one way out of the jail: an HTTP server that lends a tool the source."""

from __future__ import annotations

import socket
from typing import Protocol

DOOR_PORT = 8080
SOURCE_URL = f"http://127.0.0.1:{DOOR_PORT}/source"
"""Where a jailed tool reads the source; the shim rewrites the port when there is no namespace to bind it in."""


class Door(Protocol):
    """Serves ``GET /source`` with ranges to the tool, on a socket that only the tool can reach."""

    def serve(self, listener: socket.socket) -> None:
        """Accept and answer until :meth:`close`; called in a thread of its own, once per command."""

    def close(self) -> None:
        """End :meth:`serve`. Raises the ``CloudTranscodeError`` that kept the source from being read, if any did."""
