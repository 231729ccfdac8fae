"""The composition root: the only module that knows every other."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from time import monotonic

from aiohttp import web
from filelock import FileLock, Timeout
from tortoise.transactions import in_transaction

from bot import background, pages, platforms, sharing
from bot.core.engine import Engine, Limits
from bot.core.pacing import ChatPace, Pacer
from bot.core.platform import Budget, Platform
from bot.core.router import Router
from bot.features import commune, demo_figures, units
from bot.features import demo as demo_village
from bot.features.announcements.reminding import LADDERS
from bot.features.guides import library, recordings
from bot.features.guides.preview import render
from bot.features.jobs import JobFunction
from bot.features.outbox.send import Sender
from bot.features.search import Index, entry_of
from bot.features.speech import hearing, recogniser
from bot.handlers import guide_preview
from bot.handlers.guide_page import Reader
from bot.i18n import Catalogues
from bot.metrics import add_metrics
from bot.platforms import Kit
from bot.platforms.web import NAME as WEB
from bot.services import Content, Services, make_services
from bot.settings import Settings, SettingsError, options
from bot.sharing import Sharing
from bot.storage import database
from bot.storage.media import GUIDES, MediaFiles
from bot.storage.platform_store import PlatformValues
from bot.wiring import build_router, job_kinds
from bot.worker import Job

log = logging.getLogger(__name__)

RESTART_AFTER = 5.0
PATIENCE = 30.0
"""Seconds that a command waits for whoever may be migrating; it takes about ten."""
DATABASE = "bot.sqlite3"
"""Where the data folder has its database, when no other is set."""


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
    return database.file_url(settings.data_dir / DATABASE)


def secret_key(settings: Settings) -> bytes:
    """The key that is set, else one that is made once and kept in the data folder."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = settings.data_dir / "secret_key"
    if not path.exists():
        # Another process may be making one, too: the file is there with its content, or not at all.
        own = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        own.touch(mode=0o600)
        own.write_text(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(own)
        own.unlink()
    return path.read_text().encode()


def read_content(settings: Settings, *, default: commune.Commune | None = None) -> Content:
    """Raises SettingsError, BrokenGuides and CommuneError: a bot with broken files does not start."""
    catalogues = Catalogues.load()
    if settings.locale not in catalogues.locales:
        raise SettingsError(f"BOT_LOCALE: one of {', '.join(catalogues.locales)}")
    communes = commune.load_all(settings.data_dir, default=default)
    own = communes.own
    folder = guides_folder(settings)
    shelf = library.load(folder, allowed=own.allowed)
    return Content(shelf, index_of(shelf), catalogues, own, communes, recordings.read(folder))


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


@dataclass(frozen=True)
class _Bot:
    """The parts of a bot, put together and not yet at work. `off`: the platforms that ended, and why."""

    running: Sequence[Platform]
    off: dict[str, str]
    services: Services
    kinds: Mapping[str, JobFunction]
    engine: Engine
    senders: Sequence[Sender]
    sharing: Sharing
    pages: web.Application
    keeping: Sequence[Job]


@asynccontextmanager
async def serving(settings: Settings, environ: Mapping[str, str], *, demo: bool = False) -> AsyncIterator[Running]:
    """A bot from its settings: database, platforms, pages. Leaves within ten seconds, nothing in flight is lost.

    Raises SettingsError, BrokenGuides, CommuneError, DatabaseError, AlreadyRunning, and OSError for a port in use.
    """
    async with (
        _put_together(settings, environ, demo=demo) as bot,
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
        raise SettingsError("BOT_DATABASE_URL: a worker needs postgres://…; on SQLite `serve` does this work itself")
    async with (
        _put_together(settings, environ, take_over=False) as bot,
        _answering(bot, ()),
        background.working(bot.senders, bot.services, bot.kinds, bot.engine, bot.sharing, more=bot.keeping),
    ):
        _settled()
        yield


@asynccontextmanager
async def _put_together(
    settings: Settings, environ: Mapping[str, str], *, demo: bool = False, take_over: bool = True
) -> AsyncIterator[_Bot]:
    content = read_content(settings, default=_demo_commune() if demo else None)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    url, key = database_url(settings), secret_key(settings)
    with _only_one(settings.data_dir) if database.is_sqlite(url) else contextlib.nullcontext():
        await migrated(url)
        async with database.opened(url) as db, sharing.sharing(settings, url, db, CLOCK, key) as shared:
            media = MediaFiles(settings.data_dir / "media", guides_folder(settings), settings.public_url)
            pages_app = web.Application()
            kits = _kits(settings, environ, shared, key, media, pages_app)
            running = (
                _demo_platforms(kits) if demo else [platforms.load(name).create(kit) for name, kit in kits.items()]
            )
            pages.add_routes(pages_app, media, db)
            add_metrics(pages_app, db)
            pacers = _pacers(settings, running)
            senders: list[Sender] = []
            off: dict[str, str] = {}
            services = make_services(
                key,
                db,
                content,
                {platform.name: platform.capabilities for platform in running},
                link_to=media.url,
                locale=settings.locale,
                now=CLOCK.now,
                wake=lambda: background.wake(senders, shared),
                zone=settings.zone,
                usage={platform.name: platform.usage for platform in running},
                ladders=demo_village.LADDERS if demo else LADDERS,
                off=off,
            )
            if demo:
                await _settle_demo()
                await demo_village.record(media.store_as, CLOCK.now())
                await _plan_demo(services)
            await services.book.refresh(CLOCK.now())
            await services.shown.refresh()
            links = _links_of([platform for platform in running if platform.name != WEB])
            pages.add_library(pages_app, settings, content, services.book, links, media, home=not demo)
            pages.add_notices(pages_app, settings, content, services.book, CLOCK.now)
            # On the demo's stage it is plain who holds which phone; a visitor of a web page can be anybody.
            anonymous = frozenset[str]() if demo else frozenset({WEB})
            router = build_router(
                content,
                services,
                running,
                store_media=media.store,
                zone=settings.zone,
                anonymous=anonymous,
                off=off,
                leaflet=pages.leaflet_address(settings),
            )
            engine = _engine(settings, content, shared, running, pacers, media, router, take_over=take_over)
            kinds = {
                **job_kinds(content, services, running, store_media=media.store, store_as=media.store_as),
                **hearing.kinds(running, recogniser.installed(), lambda event: engine.receive([event])),
            }
            senders += background.make_senders(running, pacers, services, shared, engine)
            keeping = background.keeping(services, media, settings.data_dir, CLOCK)
            yield _Bot(running, off, services, kinds, engine, senders, shared, pages_app, keeping)


@asynccontextmanager
async def _answering(bot: _Bot, listening: Sequence[Platform]) -> AsyncIterator[None]:
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


def _kits(
    settings: Settings,
    environ: Mapping[str, str],
    shared: Sharing,
    key: bytes,
    media: MediaFiles,
    pages_app: web.Application,
) -> dict[str, Kit]:
    return {
        name: Kit(
            settings=settings,
            options=options(environ, name),
            values=PlatformValues(shared.db, name),
            log=shared.log(name),
            media=media,
            web=pages_app,
            clock=CLOCK,
            secret_key=key,
            polling=shared.polling(name),
        )
        for name in settings.platforms
    }


def _links_of(messengers: Sequence[Platform]) -> Callable[[str], Sequence[str]]:
    """Where a code can be said; a messenger may learn its address only later."""
    return lambda code: [link for one in messengers if (link := one.link(code)) is not None]


def _demo_platforms(kits: Mapping[str, Kit]) -> list[Platform]:
    from bot.platforms.web import stage

    kit = kits["web"]
    phones = stage.all_phones(kit)
    stage.mount_stage(kit, phones)
    made: dict[str, Platform] = {phone.platform.name: phone.platform for phone in phones}
    return list(made.values())


def _demo_commune() -> commune.Commune:
    """Who tries the demo at night is awake: nothing is held until the morning."""
    return commune.DEMO.model_copy(update={"quiet": commune.Quiet(start=time(), end=time())})


async def _settle_demo() -> None:
    """The stage's people have the roles that are written on their phones."""
    from bot.platforms.web import stage

    async with in_transaction():
        await demo_village.fill()
        await demo_figures.fill(demo_village.COMMUNE, CLOCK.now())
        await demo_village.settle(
            stage.PLATFORM,
            {key: (f"{key}-{stage.EVERYBODY}", f"{chat}-{stage.EVERYBODY}") for key, chat in stage.OFFICIALS.items()},
            {village: f"{key}-{stage.EVERYBODY}" for village, key in stage.GROUPS.items()},
            CLOCK.now(),
        )


async def _plan_demo(services: Services) -> None:
    """The demo's villages are asked every week; an installation's officers decide for theirs."""
    place = await units.get(demo_village.COMMUNE)
    if place is not None:
        await services.rounds.plan(place.id, "week", CLOCK.now())


def _pacers(settings: Settings, running: Sequence[Platform]) -> dict[str, Pacer]:
    def pacer(name: str, budget: Budget) -> Pacer:
        pace = settings.pace.get
        chats = ChatPace(pace(f"{name}_chat_per_second"), pace(f"{name}_group_per_minute"))
        return Pacer(pace(f"{name}_per_second", budget.per_second), CLOCK, chats)

    return {platform.name: pacer(platform.name, platform.budget) for platform in running}


def _engine(
    settings: Settings,
    content: Content,
    shared: Sharing,
    running: Sequence[Platform],
    pacers: Mapping[str, Pacer],
    media: MediaFiles,
    router: Router,
    *,
    take_over: bool,
) -> Engine:
    return Engine(
        router=router,
        store=shared.store(),
        platforms={platform.name: platform for platform in running},
        pacers=pacers,
        translate=content.catalogues.translate,
        link_to=media.url,
        clock=CLOCK,
        locale=settings.locale,
        limits=Limits(stale_after=settings.stale_hours * 3600),
        take_over=take_over,
    )


@asynccontextmanager
async def _site(settings: Settings, pages_app: web.Application) -> AsyncIterator[str]:
    """The pages are there; yields their address."""
    runner = web.AppRunner(pages_app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


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


async def migrated(url: str) -> None:
    """SQLite migrates by itself; PostgreSQL only by command. Raises DatabaseError."""
    if database.is_sqlite(url):
        await database.migrate(url)
    elif missing := await database.pending(url):
        raise database.DatabaseError(f"the database lacks {len(missing)} migrations; run: python -m bot migrate")


async def migrated_by_command(settings: Settings) -> None:
    """As `migrated`, and on SQLite never beside a bot that may be of an older version. Raises DatabaseError."""
    url, until = database_url(settings), monotonic() + PATIENCE
    if not database.is_sqlite(url):
        await migrated(url)
        return
    while await database.pending(url):
        try:
            with _only_one(settings.data_dir):
                await migrated(url)
        except AlreadyRunning as error:
            # Another command, or a bot that starts, may be migrating right now.
            if monotonic() >= until:
                raise database.DatabaseError(
                    f"{error}; the database has to be updated: restart that bot first"
                ) from None
            await asyncio.sleep(0.1)


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
