"""One HTTP request as the devstack sees it: method, target as sent, headers, body; and the bucket and key it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True)
class Call:
    """An HTTP request; ``target`` is the request line's, still percent-encoded; header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target's path, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query_string(self) -> str:
        """The target's query, still percent-encoded."""
        return self.target.partition("?")[2]

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The decoded query; of a repeated name the first value, as moto takes it."""
        pairs = parse_qsl(self.query_string.replace("+", "%2B"), keep_blank_values=True)
        return dict(reversed(pairs))

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The decoded body of a query-protocol call (STS, IAM)."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def bucket(self) -> str:
        """The bucket, path style; ``""`` for the service itself."""
        return unquote(self.path.removeprefix("/").partition("/")[0])

    @property
    def key(self) -> str:
        """The object's key; ``""`` for the bucket itself."""
        return unquote(self.path.removeprefix("/").partition("/")[2])
