"""The composition root: a bot at work. What it is made of is put together in bot.parts."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bot import background
from bot.core.engine import Engine
from bot.core.platform import Platform
from bot.installation import (
    DATABASE,
    AlreadyRunning,
    database_url,
    guides_folder,
    index_of,
    migrated,
    migrated_by_command,
    preview,
    read_content,
    secret_key,
)
from bot.parts import CLOCK, Parts, SystemClock, put_together
from bot.settings import Settings, SettingsError
from bot.storage import database

__all__ = [
    "CLOCK",
    "DATABASE",
    "AlreadyRunning",
    "Running",
    "SystemClock",
    "database_url",
    "guides_folder",
    "index_of",
    "migrated",
    "migrated_by_command",
    "preview",
    "read_content",
    "secret_key",
    "serving",
    "working",
]

log = logging.getLogger(__name__)

RESTART_AFTER = 5.0


@dataclass(frozen=True)
class Running:
    """A bot that listens; `url` is where its pages are."""

    engine: Engine
    url: str


@asynccontextmanager
async def serving(settings: Settings, environ: Mapping[str, str], *, demo: bool = False) -> AsyncIterator[Running]:
    """A bot from its settings: database, platforms, pages. Leaves within ten seconds, nothing in flight is lost.

    Raises SettingsError, BrokenGuides, CommuneError, DatabaseError, AlreadyRunning, and OSError for a port in use.
    """
    async with (
        put_together(settings, environ, demo=demo) as bot,
        _site(settings, bot.pages) as address,
        _answering(bot, bot.running),
        background.working(
            bot.senders,
            bot.services,
            bot.kinds,
            bot.engine,
            bot.sharing,
            more=[*bot.keeping, *bot.sharing.news_for(bot.running)],
        ),
    ):
        _settled()
        yield Running(bot.engine, settings.public_url or address)


def _settled() -> None:
    """What is there now stays: nobody has to look through it for garbage again. `cli` began without looking."""
    gc.freeze()
    gc.enable()


@asynccontextmanager
async def working(settings: Settings, environ: Mapping[str, str]) -> AsyncIterator[None]:
    """A bot that listens to nobody: it does the work on a clock and sends what waits, beside others that serve.

    Raises what `serving` raises.
    """
    if database.is_sqlite(database_url(settings)):
        raise SettingsError("BOT_DATABASE_URL: worker cần postgres://…; với SQLite thì serve tự làm việc này")
    async with (
        put_together(settings, environ, take_over=False) as bot,
        _answering(bot, ()),
        background.working(bot.senders, bot.services, bot.kinds, bot.engine, bot.sharing, more=bot.keeping),
    ):
        _settled()
        yield


@asynccontextmanager
async def _answering(bot: Parts, listening: Sequence[Platform]) -> AsyncIterator[None]:
    """Conversations go on, those of an earlier process too; `listening` bring new events."""
    listeners: list[asyncio.Task[None]] = []
    try:
        await bot.engine.start()
        listeners += [asyncio.create_task(_listen(platform, bot.engine, bot.off)) for platform in listening]
        await asyncio.sleep(0)
        yield
    finally:
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
        await bot.engine.stop(background.GRACE)
        for platform in bot.running:
            await platform.close()


@asynccontextmanager
async def _site(settings: Settings, pages_app: web.Application) -> AsyncIterator[str]:
    """The pages are there; yields their address."""
    runner = web.AppRunner(pages_app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await _listen_on(web.TCPSite(runner, settings.host, settings.port))
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def _listen_on(site: web.TCPSite) -> None:
    """Raises OSError that always says why: for an address that is not of this machine Python has several ways."""
    try:
        await site.start()
    except OSError as error:
        if error.errno is None or isinstance(error, socket.gaierror):
            raise OSError(errno.EADDRNOTAVAIL, str(error)) from error
        raise


async def _listen(platform: Platform, engine: Engine, off: dict[str, str]) -> None:
    """One messenger that fails does not take the others with it."""
    while True:
        try:
            await platform.listen(engine.receive)
            return
        except SettingsError as error:
            log.error("%s is switched off: %s", platform.name, error)
            off[platform.name] = str(error)
            return
        except Exception:
            log.exception("%s stopped listening and begins again", platform.name)
            await asyncio.sleep(RESTART_AFTER)
