"""The addresses below `/api/v1`. All that answers them is imported by the first program that reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.handlers.kit.base import Base

_ALL = "/api/v1/{rest:.*}"


def routes(base: Base) -> list[web.RouteDef]:
    serve: Callable[[web.Request], Awaitable[web.Response]] | None = None

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal serve
        if serve is None:
            serve = _server(base)
        return await serve(request)

    return [web.route("*", _ALL, answer)]


def _server(base: Base) -> Callable[[web.Request], Awaitable[web.Response]]:
    from bot.features.checkins.rollup import RollUps
    from bot.office.api.server import Grounds, Server

    from .reads import announcements, difficulties, figures, places

    services, monotonic = base.services, asyncio.get_running_loop().time
    grounds = Grounds(services.tokens, services.audit, services.now, monotonic, base.content.commune.name)
    told = figures.FigureReads(RollUps(services.jobs.db), base.content.commune.cut_off)
    reads = [*places.reads(), *told.reads(), *announcements.reads(), *difficulties.reads()]
    return Server(grounds, reads).serve
