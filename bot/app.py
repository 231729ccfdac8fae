"""The composition root: the only module that knows every other."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from aiohttp import web
from filelock import FileLock, Timeout
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot import background, pages, platforms
from bot.core.engine import Engine, Limits
from bot.core.pacing import Pacer
from bot.core.platform import Platform
from bot.core.router import Router
from bot.features import commune, demo_figures, units
from bot.features import demo as demo_village
from bot.features.guides import library
from bot.features.guides.preview import render
from bot.features.outbox.send import Sender
from bot.features.search import Index, entry_of
from bot.handlers import guide_preview
from bot.handlers.guide_page import Reader
from bot.i18n import Catalogues
from bot.platforms import Kit
from bot.platforms.web import NAME as WEB
from bot.settings import Settings, SettingsError, options
from bot.storage import database
from bot.storage.media import GUIDES, MediaFiles
from bot.storage.platform_store import PlatformLog, PlatformValues
from bot.storage.store import ConversationStore
from bot.wiring import Content, Services, build_router, make_services

log = logging.getLogger(__name__)

RESTART_AFTER = 5.0


class SystemClock:
    """Implements bot.core.platform.Clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


CLOCK = SystemClock()


class AlreadyRunning(Exception):
    """Another process serves this data folder."""


@dataclass(frozen=True)
class Running:
    """A bot that listens; `url` is where its pages are."""

    engine: Engine
    url: str


def guides_folder(settings: Settings) -> Path:
    """The folder that is set, else the one in the package, else the one of a checkout."""
    if settings.guides_dir is not None:
        return settings.guides_dir
    shipped = Path(__file__).parent / "_guides"
    return shipped if shipped.is_dir() else Path(__file__).parent.parent / "guides"


def database_url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return database.file_url(settings.data_dir / "bot.sqlite3")


def secret_key(settings: Settings) -> bytes:
    """The key that is set, else one that is made once and kept in the data folder."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = settings.data_dir / "secret_key"
    with contextlib.suppress(FileExistsError):
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(secrets.token_hex(32))
    return path.read_text().encode()


def read_content(settings: Settings, *, default: commune.Commune | None = None) -> Content:
    """Raises BrokenGuides and CommuneError: a bot with broken files does not start."""
    own = commune.load(settings.data_dir)
    if default is not None and not (settings.data_dir / commune.FILE).exists():
        own = default
    shelf = library.load(guides_folder(settings), allowed=own.allowed)
    return Content(shelf, index_of(shelf), Catalogues.load(), own)


def index_of(shelf: library.Library) -> Index:
    """What words are looked up in, typed in a chat, on the pages or after `find`."""
    return Index(map(entry_of, shelf))


def preview(settings: Settings) -> str:
    """One HTML page of all guides as phones show them; raises BrokenGuides and CommuneError."""
    from bot.testing import PLAIN, RICH

    content, folder = read_content(settings), guides_folder(settings)
    reader = Reader(settings.locale, content.catalogues.translate, content.commune.values)
    profiles = {"Có nút bấm (như Telegram)": RICH["private"], "Chỉ có chữ (như Zalo Bot)": PLAIN["private"]}
    return render(
        guide_preview.preview(content.guides, reader, profiles),
        lambda media: (folder / media.removeprefix(GUIDES)).read_bytes(),
    )


@asynccontextmanager
async def serving(settings: Settings, environ: Mapping[str, str], *, demo: bool = False) -> AsyncIterator[Running]:
    """A bot from its settings: database, platforms, pages. Leaves within ten seconds, nothing in flight is lost.

    Raises SettingsError, BrokenGuides, CommuneError, DatabaseError, AlreadyRunning, and OSError for a port in use.
    """
    content = read_content(settings, default=commune.DEMO if demo else None)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with _only_one(settings.data_dir):
        url = database_url(settings)
        await migrated(url)
        async with database.held(url) as alone, database.opened(url) as db:
            if not alone:
                raise AlreadyRunning("another bot serves this database; one process at a time")
            media = MediaFiles(settings.data_dir / "media", guides_folder(settings), settings.public_url)
            pages_app = web.Application()
            kits = _kits(settings, environ, db, media, pages_app)
            running = (
                _demo_platforms(kits) if demo else [platforms.load(name).create(kit) for name, kit in kits.items()]
            )
            pages.add_routes(pages_app, media, db)
            pages.add_library(pages_app, settings, content, home=not demo)
            pacers = _pacers(settings, running)
            senders: list[Sender] = []
            services = make_services(
                secret_key(settings),
                db,
                content,
                {platform.name: platform.capabilities for platform in running},
                link_to=media.url,
                locale=settings.locale,
                now=CLOCK.now,
                wake=lambda: background.wake(senders),
            )
            if demo:
                await _settle_demo()
                await _plan_demo(services)
            # On the demo's stage it is plain who holds which phone; a visitor of a web page can be anybody.
            anonymous = frozenset[str]() if demo else frozenset({WEB})
            router = build_router(
                content, services, running, store_media=media.store, zone=settings.zone, anonymous=anonymous
            )
            engine = _engine(settings, content, db, running, pacers, media, router)
            await engine.start()
            senders += background.make_senders(running, pacers, services, db, engine, CLOCK)
            async with (
                _listening(settings, pages_app, running, engine) as address,
                background.working(senders, services, db, engine, CLOCK),
            ):
                gc.collect()
                gc.freeze()
                yield Running(engine, settings.public_url or address)


def _kits(
    settings: Settings, environ: Mapping[str, str], db: BaseDBAsyncClient, media: MediaFiles, pages_app: web.Application
) -> dict[str, Kit]:
    key = secret_key(settings)
    return {
        name: Kit(
            settings=settings,
            options=options(environ, name),
            values=PlatformValues(db, name),
            log=PlatformLog(db, name),
            media=media,
            web=pages_app,
            clock=CLOCK,
            secret_key=key,
        )
        for name in settings.platforms
    }


def _demo_platforms(kits: Mapping[str, Kit]) -> list[Platform]:
    from bot.platforms.web import stage

    kit = kits["web"]
    phones = stage.all_phones(kit)
    stage.mount_stage(kit, phones)
    made: dict[str, Platform] = {phone.platform.name: phone.platform for phone in phones}
    return list(made.values())


async def _settle_demo() -> None:
    """The stage's people have the roles that are written on their phones."""
    from bot.platforms.web import stage

    async with in_transaction():
        await demo_village.fill()
        await demo_figures.fill(demo_village.COMMUNE, CLOCK.now())
        await demo_village.settle(
            stage.PLATFORM,
            {key: (f"{key}-{stage.EVERYBODY}", f"{chat}-{stage.EVERYBODY}") for key, chat in stage.OFFICIALS.items()},
            f"{stage.GROUP}-{stage.EVERYBODY}",
            CLOCK.now(),
        )


async def _plan_demo(services: Services) -> None:
    """The demo's villages are asked every week; an installation's officers decide for theirs."""
    place = await units.get(demo_village.COMMUNE)
    if place is not None:
        await services.rounds.plan(place.id, "week", CLOCK.now())


def _pacers(settings: Settings, running: Sequence[Platform]) -> dict[str, Pacer]:
    return {
        platform.name: Pacer(settings.pace.get(f"{platform.name}_per_second", platform.budget.per_second), CLOCK)
        for platform in running
    }


def _engine(
    settings: Settings,
    content: Content,
    db: BaseDBAsyncClient,
    running: Sequence[Platform],
    pacers: Mapping[str, Pacer],
    media: MediaFiles,
    router: Router,
) -> Engine:
    return Engine(
        router=router,
        store=ConversationStore(db),
        platforms={platform.name: platform for platform in running},
        pacers=pacers,
        translate=content.catalogues.translate,
        link_to=media.url,
        clock=CLOCK,
        locale=settings.locale,
        limits=Limits(stale_after=settings.stale_hours * 3600),
    )


@asynccontextmanager
async def _listening(
    settings: Settings, pages_app: web.Application, running: Sequence[Platform], engine: Engine
) -> AsyncIterator[str]:
    runner = web.AppRunner(pages_app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    listeners: list[asyncio.Task[None]] = []
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        listeners += [asyncio.create_task(_listen(platform, engine)) for platform in running]
        await asyncio.sleep(0)
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
        await engine.stop()
        for platform in running:
            await platform.close()
        await runner.cleanup()


async def _listen(platform: Platform, engine: Engine) -> None:
    """One messenger that fails does not take the others with it."""
    while True:
        try:
            await platform.listen(engine.receive)
            return
        except SettingsError as error:
            log.error("%s is switched off: %s", platform.name, error)
            return
        except Exception:
            log.exception("%s stopped listening and begins again", platform.name)
            await asyncio.sleep(RESTART_AFTER)


async def migrated(url: str) -> None:
    """SQLite migrates by itself; PostgreSQL only by command. Raises DatabaseError."""
    if database.is_sqlite(url):
        await database.migrate(url)
    elif missing := await database.pending(url):
        raise database.DatabaseError(f"the database lacks {len(missing)} migrations; run: python -m bot migrate")


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """One process serves a data folder: its order of events would otherwise be anybody's guess."""
    lock = FileLock(folder / "bot.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(f"{folder}: another bot is running on this data folder") from None
    try:
        yield
    finally:
        lock.release()
