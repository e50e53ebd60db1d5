"""Files on web servers as sources: pinned in one state, and read by ranges where the server gives any."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from cloudtranscode.errors import InvalidLocation, SourceChanged, StorageUnavailable
from cloudtranscode.location import HttpLocation, Location
from cloudtranscode.storage.http_answer import Span, condition_of, mismatch_of, refusal_of, span_of, state_of
from cloudtranscode.storage.http_fetch import Fetcher
from cloudtranscode.storage.http_spool import During, Spool, is_spooled, spool
from cloudtranscode.storage.http_wire import Answer
from cloudtranscode.storage.port import Pinned

Reveal = Callable[[HttpLocation], HttpLocation]

_FIRST_BYTE = {"Range": "bytes=0-0"}  # no HEAD: a presigned URL is signed for GET alone


class HttpStore:
    """The source-store port over ``fetcher``.

    A file that its server does not give by ranges is fetched once, whole, into ``scratch()``, a folder that exists;
    ``during`` hears of that meanwhile, and may raise to end it. ``reveal`` opens what is locked in a location.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        scratch: Callable[[], Path],
        during: During = lambda _done, _of: None,
        reveal: Reveal = lambda location: location,
    ) -> None:
        self._fetcher = fetcher
        self._scratch = scratch
        self._during = during
        self._reveal = reveal
        self._spools: dict[HttpLocation, Spool] = {}
        self._lock = threading.Lock()

    def pin(self, location: Location) -> Pinned:
        """See :class:`SourceStore`; the state is the ETag, the time of change, or a digest of what was fetched.

        A server that tells neither ETag nor time is only noticed to change the file when its size changes.
        """
        place = _http(location)
        with self._fetcher.get(self._reveal(place), _FIRST_BYTE) as answer:
            if answer.status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:  # an empty file has no first byte
                _raise_refusal(answer, place)
            if span := span_of(answer.status, answer.headers):
                answer.read(1)
                return Pinned(place, span.size, state_of(answer.headers))
            kept = self._keep(answer, place) if answer.status == HTTPStatus.OK else None
        if kept is None:
            kept = self._fetch(place)
        return Pinned(place, kept.size, kept.state)

    def read(self, pinned: Pinned, offset: int, length: int) -> bytes:
        """See :class:`SourceStore`; one ranged request that names the pinned state."""
        place, wanted = _http(pinned.location), min(length, pinned.size - offset)
        if wanted <= 0:
            return b""
        if is_spooled(pinned.etag):
            return self._kept(pinned, place).read(offset, wanted)
        span = Span(offset, offset + wanted - 1, pinned.size)
        asked = {"Range": f"bytes={span.start}-{span.end}", **condition_of(pinned.etag)}
        with self._fetcher.get(self._reveal(place), asked) as answer:
            if mismatch := mismatch_of(answer.status, answer.headers, pinned, span):
                raise mismatch
            data = answer.read(wanted)
        if len(data) != wanted:
            raise StorageUnavailable(f"{place} broke off after {len(data)} of the {wanted} bytes asked for.")
        return data

    def _kept(self, pinned: Pinned, place: HttpLocation) -> Spool:
        """What was fetched when the file was pinned; another process, or machine, fetches it anew."""
        with self._lock:
            kept = self._spools.get(place) or self._fetch(place)
        if kept.state != pinned.etag:
            raise SourceChanged(f"{place} changed since it was first read.")
        return kept

    def _fetch(self, place: HttpLocation) -> Spool:
        with self._fetcher.get(self._reveal(place), {}) as answer:
            _raise_refusal(answer, place)
            return self._keep(answer, place)

    def _keep(self, answer: Answer, place: HttpLocation) -> Spool:
        kept = self._spools[place] = spool(answer, place, self._scratch(), self._during)
        return kept


def _http(location: Location) -> HttpLocation:
    if not isinstance(location, HttpLocation):
        raise InvalidLocation(f"{location} is no URL.")
    return location


def _raise_refusal(answer: Answer, place: HttpLocation) -> None:
    if refusal := refusal_of(answer.status, answer.headers, place):
        raise refusal
