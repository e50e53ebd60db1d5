"""What a web server's answer says about a file: its size and state, a part of it, or why there is none (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urljoin

from cloudtranscode.errors import (
    CloudTranscodeError,
    InvalidLocation,
    OriginDenied,
    OriginUnusable,
    SourceChanged,
    SourceNotFound,
    StorageUnavailable,
)
from cloudtranscode.location import HttpLocation, Location, parse_http
from cloudtranscode.storage.port import Pinned

Headers = Mapping[str, str]  # names in lower case

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFUSALS = frozenset({401, 402, 403, 407, 451})
_MISSING = frozenset({404, 410})
_TROUBLE = frozenset({408, 421, 425, 429})
_CONTENT_RANGE = re.compile(r"bytes\s+(?P<start>\d{1,18})-(?P<end>\d{1,18})/(?P<size>\d{1,18})", re.IGNORECASE)
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]*"')
_ETAG = re.compile(rf"(?:W/)?{_STRONG_ETAG.pattern}")
_UNSAFE_IN_URL = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes ``start`` to ``end``, this one included, of ``size``."""

    start: int
    end: int
    size: int


def next_hop(status: int, headers: Headers, location: HttpLocation) -> HttpLocation | None:
    """Return where an answer sends whoever asked, ``None`` when it is none that does.

    Errors: :class:`OriginUnusable` when that is no URL of a file, or no longer ``https``.
    """
    if status not in _REDIRECTS or "location" not in headers:
        return None
    target = quote(headers["location"].encode("latin-1"), safe=_UNSAFE_IN_URL)
    try:
        hop = parse_http(urljoin(location.url, target).partition("#")[0])
    except (InvalidLocation, ValueError) as error:
        raise OriginUnusable(f"The server of {location} redirects to what is no http:// or https:// URL.") from error
    if location.scheme == "https" and hop.scheme != "https":
        raise OriginUnusable(f"The server of {location} redirects from https to http.")
    return hop


def span_of(status: int, headers: Headers) -> Span | None:
    """Return which part of a file an answer has, ``None`` when it is not a part or does not tell the file's size."""
    found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if status != HTTPStatus.PARTIAL_CONTENT or found is None:
        return None
    return Span(int(found["start"]), int(found["end"]), int(found["size"]))


def state_of(headers: Headers) -> str:
    """Return what tells one state of the file from another: ETag, else time of change, else ``""``."""
    etag = headers.get("etag", "").strip()
    return etag if _ETAG.fullmatch(etag) else headers.get("last-modified", "").strip()


def condition_of(state: str) -> dict[str, str]:
    """Return the header that asks for a file in this state alone; a weak ETag cannot be asked for."""
    return {"If-Match": state} if _STRONG_ETAG.fullmatch(state) else {}


def refusal_of(status: int, headers: Headers, location: Location) -> CloudTranscodeError | None:
    """Return why an answer has nothing of the file, ``None`` when it may have something."""
    if status in _REFUSALS:
        return OriginDenied(f"The server of {location} refuses to give it ({status}).")
    if status in _MISSING:
        return SourceNotFound(f"{location} does not exist ({status}).", remedy="Correct the URL.")
    if status in _TROUBLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StorageUnavailable(f"The server of {location} is in trouble ({status}).", remedy="Retry the job later.")
    if status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        return OriginUnusable(f"The server of {location} answers {status} instead of sending the file.")
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"", "identity"} or headers.get("transfer-encoding", "chunked").strip().lower() != "chunked":
        return OriginUnusable(f"The server of {location} sends it compressed, though it was asked not to.")
    return None


def mismatch_of(status: int, headers: Headers, pinned: Pinned, wanted: Span) -> CloudTranscodeError | None:
    """Return why an answer is not the ``wanted`` part of a file in its ``pinned`` state; ``None`` when it is."""
    location = pinned.location
    if status in _MISSING | {HTTPStatus.PRECONDITION_FAILED, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}:
        return SourceChanged(f"{location} changed or went away while it was being read ({status}).")
    if refusal := refusal_of(status, headers, location):
        return refusal
    found = _all_of(headers, pinned) if status == HTTPStatus.OK else span_of(status, headers)
    if state_of(headers) != pinned.etag or (found is not None and found.size != pinned.size):
        return SourceChanged(f"{location} changed while it was being read.")
    if found != wanted:
        return OriginUnusable(f"The server of {location} does not send the part of it that it was asked for.")
    return None


def _all_of(headers: Headers, pinned: Pinned) -> Span:
    """The whole file: what a server may send that is asked for all of it as if for a part."""
    told = headers.get("content-length", "")
    size = int(told) if told.isdecimal() else pinned.size
    return Span(0, size - 1, size)
