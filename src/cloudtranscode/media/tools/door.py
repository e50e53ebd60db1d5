"""The one way out of the jail: an HTTP server that lends a tool the source."""

from __future__ import annotations

import socket
from typing import Protocol

DOOR_PORT = 8080


def lent(name: str) -> str:
    """Where a jailed tool reads what the door lends as ``name``: ``source``, ``clip1``, ``image0``, ``text0``.

    The shim rewrites the port when there is no namespace to bind it in.
    """
    return f"http://127.0.0.1:{DOOR_PORT}/{name}"


class Door(Protocol):
    """Serves what it lends by name, with ranges, to the tool, on a socket that only the tool can reach."""

    def serve(self, listener: socket.socket) -> None:
        """Accept and answer until :meth:`close`; called in a thread of its own, once per command."""

    def close(self) -> None:
        """End :meth:`serve`. Raises the ``CloudTranscodeError`` that kept the source from being read, if any did."""
