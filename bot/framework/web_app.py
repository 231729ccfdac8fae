"""The web application of a process: its middlewares, the files and the health that it serves, and the listening."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.core.machine import clock
from bot.core.metrics import latencies
from bot.core.platform import Clock
from bot.core.text import msg
from bot.framework import files, gate
from bot.framework.cost import Costs
from bot.framework.hosts import HOOKS, OwnNames
from bot.framework.packing import Packed
from bot.platforms import Words
from bot.platforms._shared.addresses import client_of
from bot.settings import Settings
from bot.storage.media import MediaFiles

log: logging.Logger = logging.getLogger(__name__)

CHAT = "/chat"

_PACKED = frozenset({"gzip", "deflate", "br", "zstd"})
PACKED_BODY = msg("This machine takes no compressed content. Please send it again as it is.")
NOTHING_HERE = msg("There is no such page or file, or it was deleted. Please look at the address again.")
NO_PAGE = msg("This address cannot be opened as a page. Please look at the address again.")
CANNOT = msg("This machine cannot do that. Please look at the address again, or ask whoever gave it to you.")
_REFUSED: Mapping[int, str] = {404: NOTHING_HERE, 405: NO_PAGE}


def application(settings: Settings, clock: Clock, words: Words = str) -> web.Application:
    """Return the application to which platforms and pages add their routes; `words` translates what it refuses with."""
    costs = Costs(clock, lambda request: client_of(request, settings.proxies))
    names = OwnNames(settings, words)
    return web.Application(
        middlewares=[
            gate.at_the_gate,
            _timed,
            _let_leave,
            _in_words(words),
            _of_readers(names.checked, costs.counted, Packed().packing),
            _refusing_packed(words),
        ]
    )  # fmt: skip


@web.middleware
async def _timed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count how long a page took; what stays open, a socket or a stream of events, is none."""
    began = clock.elapsed()
    answer: web.StreamResponse | None = None
    try:
        answer = await handler(request)
        return answer
    finally:
        stays = isinstance(answer, web.WebSocketResponse) or (
            answer is not None and answer.content_type == "text/event-stream"
        )
        if not stays:
            resource = request.match_info.route.resource
            latencies.PAGES.took(_page_of("" if resource is None else resource.canonical), clock.elapsed() - began)


def _page_of(canonical: str) -> str:
    """Return the first part of an address of ours, and never one that a stranger has made up."""
    return canonical.split("/", 2)[1] or "home" if canonical.startswith("/") else "unknown"


@web.middleware
async def _let_leave(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ignore a visitor who disconnects while sending, such as a phone that lost its network: it is no error of ours."""
    try:
        return await handler(request)
    except OSError as error:
        if error is not request.content.exception():
            raise
        log.debug("somebody went away in the middle of a body: %s", type(error).__name__)
        return web.Response(status=400)  # which nobody hears


def _in_words(words: Words) -> Middleware:
    @web.middleware
    async def in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Replace aiohttp's bare reason of a refusal by a text for people."""
        try:
            return await handler(request)
        except web.HTTPClientError as refused:
            if refused.text == f"{refused.status}: {refused.reason}":
                refused.text = words(_REFUSED.get(refused.status, CANNOT))
            raise

    return in_words


def _of_readers(*several: Middleware) -> Middleware:
    @web.middleware
    async def of_readers(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Leave out, for the call of a messenger, what concerns readers alone: each would let it pass as it is."""
        if not request.path.startswith(HOOKS):
            for one in reversed(several):
                handler = partial(one, handler=handler)
        return await handler(request)

    return of_readers


def _refusing_packed(words: Words) -> Middleware:
    @web.middleware
    async def refuse_packed(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse compressed bodies.

        No browser and no messenger compresses its requests, and of a truncated gzip aiohttp returns the beginning as
        if it were all.
        """
        if request.headers.get("Content-Encoding", "").lower() in _PACKED:
            raise web.HTTPUnsupportedMediaType(text=words(PACKED_BODY))
        return await handler(request)

    return refuse_packed


def add_routes(
    pages_app: web.Application, media: MediaFiles, more: Sequence[web.RouteDef] = (), words: Words = str
) -> None:
    """Add the addresses of files and of health, and `more`."""

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    pages_app.router.add_get("/media/{name:.+}", files.giving(media, words))
    pages_app.router.add_get("/healthz", healthz)
    pages_app.add_routes(more)


def lead_to_the_chat(pages: web.Application) -> None:
    """Let the address of the whole site lead to the chat, if a platform has made one."""

    async def to_the_chat(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(CHAT)

    if CHAT in {resource.canonical for resource in pages.router.resources()}:
        pages.router.add_get("/", to_the_chat)


@asynccontextmanager
async def serving(settings: Settings, pages: web.Application) -> AsyncIterator[str]:
    """Serve the pages and yield their address; raise OSError for a port in use."""
    runner = web.AppRunner(pages, access_log=None, shutdown_timeout=2.0, keepalive_timeout=gate.IDLE)
    await runner.setup()
    try:
        async with gate.listening(runner, settings) as address:
            yield address
    finally:
        await runner.cleanup()
