"""The URL that a client wants to be called at, and the addresses that the stack will call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cloudtranscode.address import is_address, is_public
from cloudtranscode.errors import UnsafeCallback

# urlsplit silently drops tabs and newlines, and programs disagree about backslashes: none of them is let in.
_VISIBLE = re.compile(r"[\x21-\x5b\x5d-\x7e]{1,2048}")


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback URL taken apart: ``authority`` is ``host[:port]`` as the Host header has it."""

    host: str
    port: int
    authority: str
    path: str
    tls: bool


def parse_callback(url: str, *, allow_private: bool = False) -> Callback:
    """Read a callback URL and refuse what can be refused without asking the name service.

    ``allow_private`` permits ``http://`` and private addresses.

    Errors: :class:`UnsafeCallback`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnsafeCallback(f"The callback is not a URL: {error}.") from error
    if not _VISIBLE.fullmatch(url) or not parts.hostname or port == 0:
        raise UnsafeCallback("The callback is not a URL of visible ASCII characters with a host.")
    if "@" in parts.netloc:
        raise UnsafeCallback("The callback URL carries credentials; webhooks are signed instead.")
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise UnsafeCallback(f"The callback URL begins with {parts.scheme}:// instead of https://.")
    if is_address(parts.hostname) and not (allow_private or is_public(parts.hostname)):
        raise UnsafeCallback(f"The callback address {parts.hostname} is not public.")
    tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Callback(parts.hostname, port or (443 if tls else 80), parts.netloc, path, tls)
