"""Addresses of the network: those of the internet, and the one that a request comes from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# An IPv6 address that a translator makes an IPv4 one of: its network, and how many bits lie behind the IPv4 address.
# RFC 6052 (NAT64), 3056 (6to4), 4291 (mapped and compatible), 2765 (translated).
_EMBEDDING = tuple(
    (ip_network(network), shift)
    for network, shift in (
        ("64:ff9b::/96", 0),
        ("2002::/16", 80),
        ("::ffff:0:0/96", 0),
        ("::ffff:0:0:0/96", 0),
        ("::/96", 0),
    )
)
_NEVER = tuple(
    map(ip_network, ("2001::/32", "64:ff9b:1::/48", "fec0::/10", "ff00::/8", "224.0.0.0/4", "192.88.99.0/24"))
)
"""Teredo, NAT64 of one network (RFC 8215), site-local, multicast, the relay of 6to4: most are global to Python."""
_ISATAP = (0x5EFE, 0x200_5EFE)
_OWN = frozenset(map(ip_address, ("127.0.0.1", "::1")))
_V6_NETWORK = 64


def is_public(address: Address) -> bool:
    """Tell whether it is a machine of the internet and of nothing nearer, whatever the address is packed into."""
    if any(address in network for network in _NEVER):
        return False
    if isinstance(address, IPv6Address):
        inside = _embedded(address)
        if inside is not None:
            return is_public(inside)
    return address.is_global and not address.is_multicast


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address to which a packet for this one may be sent on."""
    for network, shift in _EMBEDDING:
        if address in network:
            return IPv4Address((int(address) >> shift) & 0xFFFF_FFFF)
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def client_of(request: web.Request, proxies: Collection[Network]) -> str:
    """Return the address that a request comes from, for IPv6 its network of 64 bits; "" when it is unknown.

    `X-Forwarded-For` is believed of this machine and of `proxies`: of its addresses the last that is neither, for
    the visitor may have written those before it.
    """
    return _client(request.remote or "", tuple(request.headers.getall("X-Forwarded-For", ())), tuple(proxies))


@lru_cache(maxsize=64)  # a messenger calls from a few addresses, several times a second
def _client(peer: str, forwarded: tuple[str, ...], proxies: tuple[Network, ...]) -> str:
    return party(chain(peer, (part.strip() for header in forwarded for part in header.split(",")), proxies))


def chain(peer: str, forwarded: Iterable[str], proxies: Collection[Network]) -> Address | None:
    """Return the address behind those that pass requests on, that of `peer` where it does not; None for none."""
    found: Address | None = None
    for text in (peer, *reversed(tuple(forwarded))):
        address = parsed(text)
        if address is None:
            break
        found = address
        if not passes_on(address, proxies):
            break
    return found


def parsed(text: str) -> Address | None:
    """Return the address that `text` writes, an IPv4 one in IPv6 as IPv4; None for other text."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def passes_on(address: Address, proxies: Collection[Network]) -> bool:
    """Tell whether it speaks for others: this machine, or a proxy that the operator named."""
    return address in _OWN or any(address in network for network in proxies)


def party(address: Address | None) -> str:
    """Return the name under which a customer is counted: an IPv6 network has too many addresses to count each."""
    if address is None:
        return ""
    if isinstance(address, IPv4Address) or address.is_loopback:
        return str(address)
    inside = _embedded(address)
    return str(ip_network((int(address), _V6_NETWORK), strict=False)) if inside is None else str(inside)
