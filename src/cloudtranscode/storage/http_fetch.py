"""Fetching from web servers that somebody else chose: to checked addresses only, at every hop.

Proxies named by the environment are not used, because then the proxy would choose the address. No cookies, no
credentials: what a server gives the stack it gives to everybody who knows the URL.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property

from cloudtranscode import __version__
from cloudtranscode.address import Resolver, is_own, system_resolver
from cloudtranscode.errors import (
    CloudTranscodeError,
    OriginNotAllowed,
    OriginUnusable,
    SourceNotFound,
    StorageUnavailable,
)
from cloudtranscode.location import HttpLocation
from cloudtranscode.origin import Origins
from cloudtranscode.storage.http_answer import next_hop
from cloudtranscode.storage.http_wire import Answer, Patience, Wire

_HOPS = 5
_AT_ONCE = 4  # a web server is not S3: many refuse whoever opens more
_SMALL_BODY = 16 * 1024
_CERTIFICATE_REMEDY = "Let the server show a certificate for its name, of an authority that the stack's machine trusts."
_HEADERS = {
    "User-Agent": f"CloudTranscode/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}

_Place = tuple[str, str, int]


class Fetcher:
    """Asks web servers, a few at once; connections are kept for the next request.

    ``resolve`` asks the name service, ``own`` knows this machine's addresses, ``tls`` replaces the system's
    certificate store.
    """

    def __init__(
        self,
        origins: Origins,
        *,
        resolve: Resolver = system_resolver,
        own: Callable[[str], bool] = is_own,
        tls: ssl.SSLContext | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._origins = origins
        self._resolve = resolve
        self._own = own
        self._tls = tls
        self._patience = patience or Patience()
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        self._idle: dict[_Place, list[Wire]] = {}
        weakref.finalize(self, _hang_up, self._idle)

    @contextmanager
    def get(self, location: HttpLocation, headers: Mapping[str, str]) -> Iterator[Answer]:
        """Ask for a file and follow redirects; whatever else the server answers is the caller's to judge.

        Errors: ``OriginNotAllowed``, ``OriginUnusable``, ``SourceNotFound`` for a name that nobody has, and
        ``StorageUnavailable``, also when the body breaks off inside the block.
        """
        with self._room, _translated(location):
            place = location
            for _ in range(_HOPS + 1):
                wire, answer = self._ask(place, location, {**_HEADERS, **headers})
                try:
                    hop = next_hop(answer.status, answer.headers, place)
                    if hop is None:
                        yield answer
                        return
                    answer.read(_SMALL_BODY)
                finally:
                    self._keep(place, wire, answer)
                place = hop
            raise OriginUnusable(f"{location} leads from redirect to redirect, more than {_HOPS} times.")

    def _ask(self, place: HttpLocation, asked: HttpLocation, headers: Mapping[str, str]) -> tuple[Wire, Answer]:
        with suppress(IndexError, ConnectionError):  # ConnectionError: the server did not keep it for as long as we did
            return _asked(self._idle.setdefault(_key(place), []).pop(), place, headers)
        addresses = self._addresses(place, asked)
        return _asked(Wire.open(place, addresses, self._patience, self._context), place, headers)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._tls or ssl.create_default_context()

    def _keep(self, place: HttpLocation, wire: Wire, answer: Answer) -> None:
        if answer.reusable:
            self._idle.setdefault(_key(place), []).append(wire)
        else:
            wire.close()

    def _addresses(self, place: HttpLocation, asked: HttpLocation) -> Sequence[str]:
        """Resolve a name once; what is connected to is exactly what was checked here."""
        self._origins.check(place)
        try:
            found = self._resolve(place.host, place.port)
        except (socket.gaierror, UnicodeError) as error:
            raise _unknown(place, error) from error
        allowed = [one for one in found if self._origins.admits(place, one, own=self._own(one))]
        if not allowed:
            raise OriginNotAllowed(
                f"{asked} is not fetched: {place.host} leads to no address that is public or opened."
            )
        return allowed


def _asked(wire: Wire, place: HttpLocation, headers: Mapping[str, str]) -> tuple[Wire, Answer]:
    try:
        return wire, wire.ask(place, headers)
    except BaseException:
        wire.close()
        raise


def _key(place: HttpLocation) -> _Place:
    return place.scheme, place.host, place.port


def _hang_up(idle: dict[_Place, list[Wire]]) -> None:
    for wires in idle.values():
        for wire in wires:
            wire.close()


def _unknown(place: HttpLocation, error: Exception) -> CloudTranscodeError:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return StorageUnavailable(f"The name service does not answer for {place.host}.")
    return SourceNotFound(f"{place} does not exist: nobody has the name {place.host}.", remedy="Correct the URL.")


@contextmanager
def _translated(location: HttpLocation) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise OriginUnusable(
            f"The certificate of the server of {location} is not valid: {error.verify_message.rstrip('.')}.",
            remedy=_CERTIFICATE_REMEDY,
        ) from error
    except (OSError, http.client.IncompleteRead) as error:
        reason = "it broke off" if isinstance(error, http.client.IncompleteRead) else _told(error)
        raise StorageUnavailable(f"{location} cannot be read: {reason}.") from error
    except (http.client.HTTPException, ValueError) as error:
        raise OriginUnusable(f"The server of {location} does not answer in HTTP as it should.") from error


def _told(error: OSError) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return f"TLS failed with {error.reason.replace('_', ' ').lower()}"
    return (error.strerror or str(error) or type(error).__name__).rstrip(".")
