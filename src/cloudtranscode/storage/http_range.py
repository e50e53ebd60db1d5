"""The little of HTTP/1.1 that lending an object takes: a request's head and its byte range (RFC 9110, RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_REQUEST_LINE = re.compile(r"([A-Z]{1,16}) (/[!-~]{0,2048}) HTTP/1\.([01])")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Request:
    """A request's head; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    keep_alive: bool

    @property
    def has_body(self) -> bool:
        """Whether a body follows, which nobody here reads."""
        return "transfer-encoding" in self.headers or self.headers.get("content-length", "0") != "0"


@dataclass(frozen=True, slots=True)
class Span:
    """``length`` bytes from ``start``; ``partial`` when the request asked for a range."""

    start: int
    length: int
    partial: bool


def parse_request(head: bytes) -> Request | None:
    """Read the lines before the empty line; ``None`` when they are not a request."""
    first, *lines = head.decode("latin-1").split("\r\n")
    line = _REQUEST_LINE.fullmatch(first)
    fields = [text.partition(":") for text in lines]
    if line is None or not all(colon and _NAME.fullmatch(name) for name, colon, _ in fields):
        return None
    if any(_CONTROL.search(value) for _, _, value in fields):
        return None
    headers = {name.lower(): value.strip(" \t") for name, _, value in fields}
    connection = headers.get("connection", "").lower()
    keep_alive = connection != "close" if line[3] == "1" else connection == "keep-alive"
    return Request(line[1], line[2], headers, keep_alive)


def parse_range(header: str | None, size: int) -> Span | None:
    """What of an object of ``size`` bytes to send; ``None`` when no byte of it is in the range (416).

    A header that is not one single byte range is ignored, as RFC 9110 section 14.2 permits.
    """
    whole = Span(0, size, partial=False)
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match[0] == "bytes=-":
        return whole
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1 if match[2] else size)
        if match[2] and int(match[2]) < start:
            return whole
    return Span(start, end - start, partial=True) if start < end else None
