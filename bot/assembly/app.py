"""The composition root: a bot at work. Its parts are put together in bot.assembly.parts."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from msgspec import Struct

from bot.assembly import background
from bot.assembly.installation import (
    drawing_of,
    guides_folder,
    index_of,
    migrated_by_command,
    migrated_whole,
    preview,
    read_content,
)
from bot.assembly.parts import put_together
from bot.core.engine import Engine
from bot.framework import process, web_app
from bot.framework.installation import DATABASE, AlreadyRunning, database_url, migrated, secret_key
from bot.framework.process import CLOCK, SystemClock
from bot.settings import Settings, SettingsError

__all__ = [
    "CLOCK",
    "DATABASE",
    "AlreadyRunning",
    "Running",
    "SystemClock",
    "database_url",
    "drawing_of",
    "guides_folder",
    "index_of",
    "migrated",
    "migrated_by_command",
    "migrated_whole",
    "preview",
    "read_content",
    "secret_key",
    "serving",
    "working",
]


class Running(Struct, frozen=True):
    """A bot that listens; `url` is where its pages are."""

    engine: Engine
    url: str


@asynccontextmanager
async def serving(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    demo: bool = False,
    anew: Callable[[], None] | None = None,
    routes: Sequence[web.RouteDef] = (),
) -> AsyncIterator[Running]:
    """Run a bot from its settings: database, platforms, pages, and more `routes` of whoever starts it.

    It stops within ten seconds and loses nothing in flight. `anew` is called when a visitor asks for the demo to begin
    again with nothing in it.

    Raises SettingsError, BrokenGuides, CommuneError, DatabaseError, AlreadyRunning, and OSError for a port in use.
    """
    async with (
        put_together(settings, environ, demo=demo, anew=anew, routes=routes) as bot,
        web_app.serving(settings, bot.pages) as address,
        process.answering(bot.engine, bot.running, bot.running, bot.off, bot.words),
        background.working(
            bot.senders,
            bot.services,
            bot.joined,
            bot.sharing,
            more=[*bot.keeping, *bot.sharing.news_for(bot.running)],
        ),
        bot.further(),
    ):
        _settled()
        yield Running(bot.engine, settings.public_url or address)


def _settled() -> None:
    """Exempt all present objects from garbage collection, as they stay, and enable it, which `cli` had switched off."""
    gc.freeze()
    gc.enable()


@asynccontextmanager
async def working(settings: Settings, environ: Mapping[str, str]) -> AsyncIterator[None]:
    """Run a bot that listens to no platform: conversations, scheduled jobs and the outbox, beside others that serve.

    Raises the same errors as `serving`.
    """
    if settings.broker_url is None:
        raise SettingsError("BOT_BROKER_URL: worker cần RabbitMQ (amqp://…); không có thì serve tự làm việc này")
    async with (
        put_together(settings, environ, listens=False) as bot,
        process.answering(bot.engine, (), bot.running, bot.off, bot.words),
        background.working(bot.senders, bot.services, bot.joined, bot.sharing, more=bot.keeping),
        bot.further(),
    ):
        _settled()
        yield
