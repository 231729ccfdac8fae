"""How many may talk at once: one visitor must not take everybody's room, nor all visitors that of the messengers."""

from __future__ import annotations

import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp import web

from bot.core.platform import Clock

from .pace import Pace

MOST = 4_000
"""Open sockets of this process; fewer where the system lets it open few files, for calls and the database need some."""
MOST_OF_ONE = 300
"""Of one address: a hall of two hundred phones, or a mobile network's customers, come from one."""
BURST_OF_ONE, FRAMES_OF_ONE = 600, 60.0
"""What those may say at once, and then in a second. More is read more slowly, however many new visitors say it."""
_TELL_AGAIN = 60.0
_V6_NETWORK = 64
_logger = logging.getLogger(__name__)


class Full(Exception):
    """There is no room for another socket now."""


@dataclass(slots=True)
class _Party:
    """Those of one address."""

    pace: Pace
    sockets: int = 0


class Room:
    def __init__(self, clock: Clock, most: int | None = None) -> None:
        self._clock = clock
        self._most = min(MOST, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2) if most is None else most
        self._parties: dict[str, _Party] = {}
        self._sockets = 0
        self._tell_at = 0.0

    @contextmanager
    def seat(self, address: str | None) -> Iterator[Pace | None]:
        """Room for one socket and the pace of all from this address; raises Full."""
        if self._sockets >= self._most:
            raise self._full("all addresses", self._most)
        party = None if address is None else self._parties.get(address)
        if party is None and address is not None:
            party = self._parties[address] = _Party(Pace(self._clock, BURST_OF_ONE, FRAMES_OF_ONE))
        if party is not None and party.sockets >= MOST_OF_ONE:
            raise self._full("one address", MOST_OF_ONE)
        self._sockets += 1
        if party is not None:
            party.sockets += 1
        try:
            yield None if party is None else party.pace
        finally:
            self._sockets -= 1
            if party is not None and address is not None:
                party.sockets -= 1
                if not party.sockets:
                    del self._parties[address]

    def _full(self, whose: str, most: int) -> Full:
        if (now := self._clock.monotonic()) >= self._tell_at:
            _logger.warning("web chat: %d open sockets of %s, more are refused", most, whose)
            self._tell_at = now + _TELL_AGAIN
        return Full()


def address_of(request: web.Request) -> str | None:
    """The public address that a visitor comes from, the network of 64 bits for IPv6; None when nobody says.

    A proxy in front of us stands in our own network, and only to such a one `X-Forwarded-For` is believed: of its
    addresses the last public one, for whatever stands before that the visitor may have written.
    """
    forwarded = [part.strip() for header in request.headers.getall("X-Forwarded-For", ()) for part in header.split(",")]
    for text in (request.remote or "", *reversed(forwarded)):
        try:
            address = ip_address(text)
        except ValueError:
            return None
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if address.is_global:
            return str(ip_network((address, _V6_NETWORK), strict=False) if address.version == 6 else address)
    return None
