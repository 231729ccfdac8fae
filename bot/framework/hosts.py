"""Names under which the pages may be asked for: a page of somebody else must not make its own name lead to them.

A browser believes that whatever answers under a name belongs to that name. The owner of a name can let it lead to the
machine of a commune ("DNS rebinding"), and then read its pages and talk to its bot from any page under that name.
"""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.core.lean import patterns
from bot.core.text import msg
from bot.platforms import Words
from bot.platforms._shared.addresses import is_public, parsed
from bot.settings import Settings

STRANGE = msg(
    "This machine does not know the name in the address that you have opened. Please open the address you were given.\n"
    "(Administrator: set BOT_PUBLIC_URL to that address, or add it to BOT_WEB_ORIGINS, and start the bot again.)"
)
_HOST = patterns.compile(r"[A-Za-z0-9._:\[\]-]{1,300}")
HOOKS = "/hooks/"
"""Messengers call there, under whatever name a proxy gives them, and prove who they are."""


class OwnNames:
    """This machine's own names, and those of the settings: the public address and pages that may hold the chat.

    An address in place of a name leads where it says and nowhere else, so those of this machine and of its network are
    taken as they are: a commune without a public address has no other.
    """

    def __init__(self, settings: Settings, words: Words = str) -> None:
        self._strange = words(STRANGE)
        addresses = [settings.public_url or "", *settings.web_origins]
        own = socket.gethostname().lower()
        known = (*map(_name_in, addresses), "localhost", own, f"{own.partition('.')[0]}.local")
        given = "" if parsed(settings.host) is not None else settings.host.lower()
        self._names = frozenset(filter(None, (*known, given)))

    def knows(self, host: str, here: str) -> bool:
        """Tell whether `host`, a header, is ours; `here` is the address at which the connection arrived."""
        name = _name_in(f"//{host}") if _HOST.fullmatch(host) else ""
        address = parsed(name)
        if address is None or name in self._names:
            return name in self._names or name.endswith(".localhost")
        return address == parsed(here) or not (is_public(address) or address.is_unspecified or address.is_multicast)

    @web.middleware
    async def checked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse a name that is not ours with HTTPMisdirectedRequest; a request without any name is from no browser."""
        host = request.headers.get("Host")
        if host is not None and not request.path.startswith(HOOKS) and not self.knows(host, _here(request)):
            raise web.HTTPMisdirectedRequest(text=self._strange)
        return await handler(request)


def _name_in(address: str) -> str:
    """Return the name or the address of the machine in an address; "" for text that is no address."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _here(request: web.Request) -> str:
    name = None if request.transport is None else request.transport.get_extra_info("sockname")
    return str(name[0]) if isinstance(name, tuple) else ""
