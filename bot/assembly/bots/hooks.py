"""The addresses at which vendors call further accounts: they come and go while the server is at work.

aiohttp's table of routes is closed once it serves, so there is one route in it for all of them, and each account has a
table of its own, to which its adapter adds what it would add to the whole application.
"""

from __future__ import annotations

from aiohttp import web
from aiohttp.web_urldispatcher import UrlDispatcher

from bot.core.platform import OF_ACCOUNT
from bot.framework.hosts import HOOKS

ROUTE = f"{HOOKS}{{account:[a-z0-9_]+{OF_ACCOUNT}[a-z0-9-]+}}{{rest:(/.*)?}}"


class AccountHooks:
    """`open_for` is what an account's adapter adds its routes to; they are there until `shut`.

    `ready` is False until the accounts have begun: a vendor that calls earlier is to call again.
    """

    def __init__(self) -> None:
        self._tables: dict[str, UrlDispatcher] = {}
        self._waiting: set[str] = set()
        self.ready = False

    def open_for(self, name: str) -> web.Application:
        app = web.Application()
        self._tables[name] = app.router
        self._waiting.discard(name)
        return app

    async def start(self, app: web.Application) -> None:
        """Do what an adapter does at the start of the server, which has started long since."""
        app.freeze()
        await app.startup()

    def shut(self, name: str, *, for_now: bool = False) -> None:
        """Take an account's addresses away; `for_now`: it comes back at once, and vendors are to call again."""
        self._tables.pop(name, None)
        self._waiting.discard(name)
        if for_now:
            self._waiting.add(name)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Hand a call on to the account that it names."""
        name = request.match_info["account"]
        table = self._tables.get(name)
        if table is None:
            if self.ready and name not in self._waiting:
                raise web.HTTPNotFound
            return web.Response(status=503)
        found = await table.resolve(request)
        if found.http_exception is not None:
            raise found.http_exception
        request.match_info.update(found)
        return await found.handler(request)
