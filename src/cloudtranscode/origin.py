"""Which web servers sources may be fetched from: the rules, without asking anybody.

Whoever writes a job's document chooses the URL, and the stack stands where that person does not: inside a private
network, beside instance metadata. So only public addresses are fetched from, and others where the admin opened them.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from cloudtranscode.address import is_address, is_public
from cloudtranscode.errors import InvalidSetting, OriginNotAllowed
from cloudtranscode.location import HttpLocation

OFF, PUBLIC = "off", "public"
_SETTING = "CT_HTTP_SOURCES"
_WEB_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024  # below lie the ports of other services: mail, SSH, file sharing
_HOST = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?(?::[0-9]{1,5})?")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Origins:
    """Where sources may be fetched from: whatever is ``public``, these ``hosts`` and these ``networks``.

    A host is a name, ``*.`` before a name for all below it, and perhaps ``:port``; what it leads to is trusted.
    """

    public: bool = False
    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Origins:
        """Read ``off``, or a list of ``public``, hosts and networks (``10.0.0.0/8``) with commas between.

        Errors: :class:`InvalidSetting` naming the faulty word.
        """
        words = [word.strip().lower() for word in text.split(",")]
        if words == [OFF]:
            return cls()
        networks, hosts = [], set()
        for word in words:
            if network := _network(word):
                networks.append(network)
            elif word != OFF and _HOST.fullmatch(word):
                hosts.add(word)
            else:
                raise InvalidSetting(f"{_SETTING}: {word!r} is neither a host, a network nor {PUBLIC!r}.")
        return cls(PUBLIC in hosts, frozenset(hosts - {PUBLIC}), tuple(networks))

    @property
    def any(self) -> bool:
        """Whether anything may be fetched at all."""
        return bool(self.public or self.hosts or self.networks)

    def check(self, location: HttpLocation) -> None:
        """Return when the URL alone speaks against nothing; what its name leads to is for :meth:`admits`.

        Errors: :class:`OriginNotAllowed`.
        """
        if not self.any:
            raise OriginNotAllowed(
                f"{location} is not fetched: sources from web servers are switched off.",
                remedy=f"Put the source into the client's input bucket; {_SETTING} is the stack's admin's to set.",
            )
        if not self._names(location) and not _is_web(location.port):
            raise OriginNotAllowed(f"{location} is not fetched: port {location.port} is no web server's.")
        if is_address(location.host):
            if not self.admits(location, location.host):
                raise OriginNotAllowed(f"{location} is not fetched: its address is neither public nor opened.")
        elif not (self.public or self.networks or self._names(location)):
            raise OriginNotAllowed(f"{location} is not fetched: its host is none of those that are opened.")

    def admits(self, location: HttpLocation, address: str, *, own: bool = False) -> bool:
        """Whether this URL may be fetched from this address, which its host led to.

        ``own``: the address is this machine's, and so never public, whatever it looks like.
        """
        if self._names(location):
            return True
        ip = ipaddress.ip_address(address)
        if any(ip.version == network.version and ip in network for network in self.networks):
            return True
        return self.public and is_public(address) and not own

    def _names(self, location: HttpLocation) -> bool:
        """Whether the host is one of those that the admin has named."""
        labels = location.host.split(".")
        names = [location.host, *("*." + ".".join(labels[n:]) for n in range(1, len(labels)))]
        return any(name in self.hosts or f"{name}:{location.port}" in self.hosts for name in names)


def _is_web(port: int) -> bool:
    return port in _WEB_PORTS or port >= _FIRST_FREE_PORT


def _network(word: str) -> Network | None:
    try:
        return ipaddress.ip_network(word)
    except ValueError:
        return None
