"""An app at work: its settings, its database with the core's tables and its own, its messengers and its pages."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import logging
import pkgutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot import logs, platforms
from bot.core.engine import Engine
from bot.features.outbox.send import OutboxSender
from bot.framework import installation, loop, process
from bot.framework.app import App, AppError
from bot.framework.catalogue import catalogue_of
from bot.framework.menu import menu_of
from bot.framework.process import CLOCK
from bot.framework.services import services_of, work_of
from bot.platforms import Words
from bot.settings import OF_THE_COMMUNE, Settings, SettingsError, environment, load
from bot.storage import apps, data_folder, database
from bot.storage.media import MediaFiles

if TYPE_CHECKING:
    from aiohttp import web

log: logging.Logger = logging.getLogger(__name__)

APP = "app"
"""The name of an app's own tables in the history of migrations."""
HANDLER_SECONDS = 30.0
"""A handler that takes longer is stopped: it waits for something that a job should wait for."""
STUCK = 15.0
"""Seconds without a turn of the loop after which stderr says where it is stuck."""


@dataclass(frozen=True)
class Running:
    """An app that listens. `url` is where its pages are, "" when it has none.

    `ended` is done when no messenger listens any more; `off` tells why one was switched off.
    """

    engine: Engine
    url: str
    ended: asyncio.Future[None]
    off: Mapping[str, str]


def settings_of(app: App, environ: Mapping[str, str]) -> Settings:
    """Return the settings of the environment, with what the app says where nothing is set. Raises SettingsError."""
    given = {
        "BOT_PLATFORMS": ",".join(app.platforms),
        "BOT_DATA_DIR": str(app.data),
        "BOT_LOCALE": app.locale,
    }
    shipped = [module.name for module in pkgutil.iter_modules(platforms.__path__) if not module.name.startswith("_")]
    return load({**given, **environ}, [*shipped, *app.adapters], without=OF_THE_COMMUNE)


def tables_of(app: App) -> dict[str, apps.App]:
    """Return the core's tables and the app's own; raise AppError for tables that cannot be read."""
    try:
        return apps.core_and(APP, app.tables, f"{app.tables.rpartition('.')[0]}.migrations".lstrip("."))
    except (ValueError, ImportError) as error:
        raise AppError(f"tables {app.tables}: {error}") from error


class _Pages:
    """The web application of an app, made for the first adapter that wants one: a console needs no web server."""

    def __init__(self, settings: Settings, words: Words) -> None:
        self._settings = settings
        self._words = words
        self._made: web.Application | None = None

    def __call__(self) -> web.Application:
        from bot.framework import web_app

        if self._made is None:
            self._made = web_app.application(self._settings, CLOCK, self._words)
        return self._made

    @asynccontextmanager
    async def served(self, media: MediaFiles) -> AsyncIterator[str]:
        """Serve it, and yield its address; "" where no adapter wanted one."""
        if self._made is None:
            yield ""
            return
        from bot.framework import gate, web_app

        gate.open_more_files()
        web_app.add_routes(self._made, media, words=self._words)
        web_app.lead_to_the_chat(self._made)
        async with web_app.serving(self._settings, self._made) as address:
            yield address


@asynccontextmanager
async def serving(app: App, environ: Mapping[str, str]) -> AsyncIterator[Running]:
    """Run an app until the end of the block. It stops within ten seconds and loses nothing in flight.

    Raises SettingsError, AppError, ValueError for a place that two handlers claim, DatabaseError, AlreadyRunning, and
    OSError for a port in use.
    """
    settings, router, known = settings_of(app, environ), app.router(), tables_of(app)
    catalogue = catalogue_of(settings.locale, app.locales)
    translate, menu = catalogue.translate, menu_of(router, catalogue, app.locale)
    if router.fallback is None:
        log.warning("no handler is registered with otherwise(): what no other one takes is met with silence")
    data_folder.prepare(settings.data_dir)
    key = installation.secret_key(settings)
    async with installation.opened(settings, key, CLOCK, known, strict=True) as shared:
        media = installation.media_of(settings, settings.data_dir / "guides")
        pages = _Pages(settings, partial(translate, settings.locale))
        kits = process.kits(settings, environ, shared, key, media, pages, translate, title=app.title, menu=menu)
        running = process.adapters(kits, app.adapters)
        senders: list[OutboxSender] = []
        services = services_of(
            shared.db, {platform.name: platform for platform in running}, media, media.url, translate, CLOCK,
            partial(process.wake, senders, shared), settings.locale,
        )  # fmt: skip
        pacers = process.pacers(settings, running)
        engine = process.engine(
            settings, shared, services.platforms, pacers, router, translate, media.url, handler_seconds=HANDLER_SECONDS
        )
        senders += process.SenderFactory(services.outbox, services.stopped, shared, engine).each(running, pacers)
        process.hear(senders, shared)
        jobs = [
            *process.sending(senders),
            process.looking(senders, services.outbox.rows, shared.clock),
            *work_of(app, services, shared.db),
            process.following(pacers, shared),
            *shared.news_for(running),
        ]
        off: dict[str, str] = {}
        app.begins(services)
        try:
            async with (
                pages.served(media) as address,
                process.answering(engine, running, running, off) as ended,
                process.at_work(jobs, senders, shared),
            ):
                yield Running(engine, settings.public_url or address, ended, off)
        finally:
            app.begins(None)


def run(app: App) -> int:
    """Run an app until SIGTERM, Ctrl-C or the end of what all its messengers listen to; returns the exit code."""
    gc.disable()  # what is made until the app is ready stays
    try:
        environ = environment()
        logs.set_up(logs.secrets_of(environ))
        with database.damage_told():
            loop.run(_until_stopped(app, environ))
    except (SettingsError, AppError, ValueError, database.DatabaseError, installation.AlreadyRunning, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


@asynccontextmanager
async def _watched() -> AsyncIterator[None]:
    """Let stderr say in which line of which handler the loop is stuck: such a handler never gets to the log."""

    async def alive() -> None:
        while True:
            faulthandler.dump_traceback_later(STUCK)
            await asyncio.sleep(STUCK / 3)

    watching = asyncio.create_task(alive())
    try:
        yield
    finally:
        watching.cancel()
        faulthandler.cancel_dump_traceback_later()


async def _until_stopped(app: App, environ: Mapping[str, str]) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with serving(app, environ) as running, _watched():
        gc.freeze()
        gc.enable()
        running.ended.add_done_callback(lambda ended: stop.set())
        log.info("ready %s", running.url)
        await stop.wait()
        await running.engine.idle()
    if running.off:
        raise SettingsError("\n".join(running.off.values()))
