"""Internet addresses: which of them are public, which a name has, and a connection to exactly one that was checked.

Whoever lets others choose a URL resolves the name once, checks what came out, and connects to that: a name that is
resolved a second time may answer differently (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Sequence

Resolver = Callable[[str, int], Sequence[str]]

# Only 2000::/3 is global unicast; outside lie loopback, unique local and link-local addresses, and IPv4 addresses
# in disguise (::ffff:0:0/96, 64:ff9b::/96). Inside, 2002::/16 (6to4) and 2001::/23 (Teredo and others) also wrap or
# are not routed, and 3fff::/20 is documentation. The standard library's is_global differs between releases.
# https://www.iana.org/assignments/iana-ipv6-special-registry
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(ipaddress.IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
# What the standard library of some releases calls global: protocol assignments (Oracle's instance metadata among them),
# relays of 6to4. And what every list calls global, but is a virtual machine's own host on Azure.
# https://www.iana.org/assignments/iana-ipv4-special-registry
# https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
_SPECIAL_V4 = tuple(ipaddress.IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"))
_ANY_PORT = 9  # nothing is sent there


def is_public(address: str) -> bool:
    """Whether an IP address, as text, is unicast and reachable from the whole internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        return ip in _UNICAST_V6 and not any(ip in net for net in _SPECIAL_V6)
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _SPECIAL_V4)


def is_address(host: str) -> bool:
    """Whether a host is written as an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_own(address: str) -> bool:
    """Whether an IP address is one of this machine's: what goes to it leaves by no interface and meets no firewall.

    Asks the routing table, without sending anything: only to an address of one's own one goes from that very address.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, _ANY_PORT))
            source: str = probe.getsockname()[0]
    except OSError:  # no route, so nobody gets there
        return False
    return ipaddress.ip_address(source) == ipaddress.ip_address(address)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the machine's name service; IP addresses in any spelling (``127.1``, ``0x7f000001``) become plain ones."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def time_left(deadline: float) -> float:
    """Return the seconds until ``deadline`` by the monotonic clock. Errors: ``TimeoutError`` when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def connect(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    """Connect to the first address that accepts. Errors: ``OSError``, that of the last one."""
    fault: OSError = OSError("the name has no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=time_left(deadline))
        except OSError as error:
            fault = error
    raise fault
