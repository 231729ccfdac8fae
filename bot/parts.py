"""A bot put together from its settings, and not yet at work. Part of the composition root, with bot.app."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial
from time import monotonic

from aiohttp import web
from tortoise.transactions import in_transaction

from bot import background, pages, platforms, sharing
from bot.core.context import Translate
from bot.core.engine import Engine, Limits
from bot.core.events import Chat
from bot.core.pacing import ChatPace, Pacer
from bot.core.platform import Budget, Platform
from bot.core.router import Router
from bot.core.sessions import Key, StoreUnavailable
from bot.features import commune, demo_figures, demo_quality, units
from bot.features import demo as demo_village
from bot.features.announcements.reminding import LADDERS
from bot.features.jobs import JobFunction
from bot.features.outbox.send import Sender
from bot.features.speech import hearing, recogniser
from bot.installation import database_url, guides_folder, migrated, only_one, read_content, secret_key
from bot.job_kinds import job_kinds
from bot.metrics import add_metrics
from bot.platforms import Kit, Words, WordsOf
from bot.platforms.web import NAME as WEB
from bot.readiness import Readiness, add_readiness
from bot.services import Content, Services, make_services
from bot.settings import Settings, options
from bot.sharing import Sharing
from bot.storage import data_folder, database
from bot.storage.media import MediaFiles
from bot.storage.platform_store import PlatformValues
from bot.storage.store import ConversationStore
from bot.wiring import build_router
from bot.worker import Job


class SystemClock:
    """Implements bot.core.platform.Clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


CLOCK = SystemClock()


@dataclass(frozen=True)
class Parts:
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
async def put_together(
    settings: Settings, environ: Mapping[str, str], *, demo: bool = False, take_over: bool = True
) -> AsyncIterator[Parts]:
    content = read_content(settings, default=_demo_commune() if demo else None)
    data_folder.prepare(settings.data_dir)
    url, key = database_url(settings), secret_key(settings)
    with only_one(settings.data_dir) if database.is_sqlite(url) else contextlib.nullcontext():
        await migrated(url)
        async with database.opened(url) as db, sharing.sharing(settings, url, db, CLOCK, key) as shared:
            media = MediaFiles(settings.data_dir / "media", guides_folder(settings), settings.public_url)
            pages_app = pages.application()
            words = words_of(content.catalogues.translate, shared.store(), settings.locale)
            kits = _kits(settings, environ, shared, key, media, pages_app, words)
            running = (
                _demo_platforms(kits) if demo else [platforms.load(name).create(kit) for name, kit in kits.items()]
            )
            pages.add_routes(pages_app, media)
            add_readiness(pages_app, Readiness(db, settings.data_dir, CLOCK))
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
            shown = pages.add_library(pages_app, settings, content, services.book, links, media, home=not demo)
            pages.add_notices(pages_app, settings, content, services.book, CLOCK.now)
            pages.add_products(pages_app, shown, CLOCK.now)
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
                shop=pages.products_address(settings),
                poster=pages.poster_address(settings, services.book),
            )
            engine = _engine(settings, content, shared, running, pacers, media, router, take_over=take_over)
            kinds = {
                **job_kinds(
                    content, services, running, store_media=media.store, store_as=media.store_as, anonymous=anonymous
                ),
                **hearing.kinds(running, recogniser.installed(), lambda event: engine.receive([event])),
            }
            senders += background.make_senders(running, pacers, services, shared, engine)
            keeping = background.keeping(services, media, settings.data_dir, CLOCK)
            yield Parts(running, off, services, kinds, engine, senders, shared, pages_app, keeping)
            await background.keep_erased_at_the_end(services, settings.data_dir)


def _kits(
    settings: Settings,
    environ: Mapping[str, str],
    shared: Sharing,
    key: bytes,
    media: MediaFiles,
    pages_app: web.Application,
    words: WordsOf,
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
            words_of=words,
        )
        for name in settings.platforms
    }


def words_of(translate: Translate, store: ConversationStore, default: str) -> WordsOf:
    """What adapters say, in the language of the conversation."""

    async def of(chat: Chat) -> Words:
        try:
            locale = (await store.load(Key(chat.platform, chat.id), chat.kind)).locale or default
        except StoreUnavailable:
            locale = default  # that the database is away is often just what has to be said
        return partial(translate, locale)

    return of


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
        await demo_quality.fill(demo_village.VILLAGE, CLOCK.now())


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
