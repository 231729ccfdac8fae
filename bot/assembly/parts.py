"""A bot put together from its settings, and not yet at work. Part of the composition root, with bot.assembly.app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web
from msgspec import Struct

from bot.assembly import background, families, outgoing, pages
from bot.assembly.bots.first import FOLLOW_TICK, DoorOfPages, FurtherAccounts
from bot.assembly.bots.hooks import ROUTE, AccountHooks
from bot.assembly.bots.news import AccountNews
from bot.assembly.doctor import Doctor
from bot.assembly.installation import drawing_of, guides_folder, read_content
from bot.assembly.menu import menu
from bot.assembly.metrics import add_metrics
from bot.assembly.readiness import Readiness, add_readiness
from bot.assembly.services import make_services
from bot.core.engine import Engine
from bot.core.events import Event
from bot.core.platform import Platform
from bot.core.router import Router
from bot.features.announcements.receipts.reminding import LADDERS
from bot.features.bots.door import AccountDoor
from bot.features.desk.sessions import PLATFORM as DESK
from bot.features.doctor import kept
from bot.features.outbox.box import Wake
from bot.features.outbox.homes import BotHome
from bot.features.outbox.send import OutboxSender
from bot.features.people.accounts import Account
from bot.features.people.standing import standing
from bot.features.rights.at_work import is_at_work
from bot.features.voice import installed as voices
from bot.framework import installation, process, web_app
from bot.framework.installation import database_url, media_of, secret_key
from bot.framework.process import CLOCK
from bot.framework.roster import Roster
from bot.framework.sharing import Sharing
from bot.framework.worker import Job
from bot.handlers.kit.base import Base, Content, Services
from bot.handlers.kit.family import Family
from bot.office.desk.visit import HOME
from bot.platforms import Standing, Words
from bot.platforms.web import NAME as WEB
from bot.settings import Settings
from bot.storage import data_folder
from bot.storage.media import MediaFiles
from bot.storage.platform_store import PlatformValues

if TYPE_CHECKING:
    from bot.assembly.bots.work import AccountsAtWork
    from bot.assembly.demo import Stage
    from bot.features.unheard.second_look import Choose


class Parts(Struct, frozen=True):
    """The parts of a bot, put together and not yet at work. `running`, `off` and `senders` change with the accounts.

    `off`: the platforms that ended, and why. `further` ends the accounts beside those of the settings with its block.
    `words`: the language of the installation.
    """

    running: Sequence[Platform]
    off: dict[str, str]
    further: Callable[[], AbstractAsyncContextManager[None]]
    services: Services
    joined: families.Conversations
    engine: Engine
    senders: Sequence[OutboxSender]
    sharing: Sharing
    pages: web.Application
    keeping: Sequence[Job]
    words: Words


class _Ground(Struct, frozen=True):
    """The parts that exist before the services.

    `homes`: the communes of bots that belong to one; `news`: accounts were changed, here or elsewhere.
    """

    settings: Settings
    content: Content
    shared: Sharing
    media: MediaFiles
    pages: web.Application
    roster: Roster
    homes: dict[str, BotHome]
    demo: bool
    news: AccountNews

    @property
    def running(self) -> Sequence[Platform]:
        return self.roster.running

    @property
    def off(self) -> dict[str, str]:
        return self.roster.off


@asynccontextmanager
async def put_together(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    demo: bool = False,
    anew: Callable[[], None] | None = None,
    routes: Sequence[web.RouteDef] = (),
    listens: bool = True,
) -> AsyncIterator[Parts]:
    """Put a bot together from its settings, with its database open until the end of the `async with`.

    `anew` is called when a visitor asks for the demo to begin again with nothing in it; see bot.cli.commands. `routes`
    are pages of whoever starts it. One that does not listen (`listens`) only works beside others that do.
    """
    found, staged = families.discover(settings.families_off), _stage() if demo else None
    data_folder.prepare(settings.data_dir)
    content = _content(settings, found, staged)
    key = secret_key(settings)
    async with installation.opened(settings, key, CLOCK) as shared:
        media = _media(settings, content)
        translate, words = content.catalogues.translate, partial(content.catalogues.translate, settings.locale)
        pages_app = web_app.application(settings, CLOCK, words)
        anew = anew if staged and await staged.is_here() else None
        named = pages.named_pages(found)
        kits = process.kits(settings, environ, shared, key, media, lambda: pages_app, translate, _standing, menu=menu())
        running = staged.platforms(kits, named, anew) if staged else process.adapters(kits)
        roster = Roster.of(running, process.pacers(settings, running))
        ground = _Ground(settings, content, shared, media, pages_app, roster, {}, demo, _news(settings, shared))
        _add_watched(pages_app, ground)
        web_app.add_routes(pages_app, media, routes, words)
        senders: list[OutboxSender] = []
        services = await _services(ground, key, partial(process.wake, senders, shared))
        links = _links_of(ground)
        at = pages.page_ground(
            pages_app, settings, content, services.commune_settings, links, media, CLOCK.now, named, home=not demo
        )
        pages.add_public(pages_app, found, at)
        engine: Engine | None = None

        async def receive(event: Event) -> None:
            if engine is not None:
                await engine.receive([event])

        joined = families.join(found, _base(ground, services, receive, _door(ground, environ, key)))
        _add_brought(ground, found, joined, services)
        engine = _engine(ground, joined.router)
        senders += (factory := _factory(services, shared, engine)).each(running, roster.pacers)
        process.hear(senders, shared)
        further = _further(ground, key, services, engine, senders, factory, listens=listens)
        keeping = _keeping(ground, environ, services, engine, further)
        ending = nullcontext if further is None else further.until_the_end
        yield Parts(
            ground.running, ground.off, ending, services, joined, engine, senders, shared, pages_app, keeping, words
        )
        await background.keep_erased_at_the_end(services, settings.data_dir)


def _content(settings: Settings, found: Sequence[Family], staged: Stage | None) -> Content:
    return read_content(
        settings,
        default=staged.commune() if staged else None,
        locales=[one.locales for one in found if one.locales is not None],
        keep=True,
        by_program=staged is not None,
    )


def _chooser(settings: Settings) -> Choose | None:
    """Return what asks the language model; None where none is set, as in most installations."""
    if not settings.llm_url:
        return None
    from bot.assembly import llm

    return llm.of(settings)


def _stage() -> Stage:
    """Return what only a demo needs."""
    from bot.assembly.demo import Stage

    return Stage()


def _news(settings: Settings, shared: Sharing) -> AccountNews:
    return AccountNews(settings.data_dir, shared.wakes, CLOCK)


def _door(ground: _Ground, environ: Mapping[str, str], key: bytes) -> AccountDoor | None:
    """Return what looks at further accounts; None in a demo, which has no vendors."""
    return None if ground.demo else DoorOfPages(ground.settings, environ, key, ground.news.tell)


def _keeping(
    ground: _Ground, environ: Mapping[str, str], services: Services, engine: Engine, further: FurtherAccounts | None
) -> Sequence[Job]:
    """Return the work of this process alone."""
    shared, media = ground.shared, ground.media
    return [
        *background.keeping(services, media, ground.settings.data_dir, CLOCK),
        process.following(ground.roster.pacers, shared),
        background.cleaning(services, media, engine, shared),
        *_watching(ground, environ, services),
        *([] if further is None else [Job("accounts", FOLLOW_TICK, further.follow, ground.news.woken, by_all=True)]),
    ]


def _factory(services: Services, shared: Sharing, engine: Engine) -> process.SenderFactory:
    return process.SenderFactory(services.outbox, services.tell_stop, shared, engine)


def _further(
    ground: _Ground,
    key: bytes,
    services: Services,
    engine: Engine,
    senders: list[OutboxSender],
    factory: process.SenderFactory,
    *,
    listens: bool,
) -> FurtherAccounts | None:
    """Return what runs the accounts beside those of the settings; None where there can be none."""
    if ground.demo:
        return None
    hooks = AccountHooks()
    for method in ("GET", "POST"):
        ground.pages.router.add_route(method, ROUTE, hooks.answer)

    def make() -> AccountsAtWork:
        from bot.assembly.bots.work import AccountsAtWork, Ground

        return AccountsAtWork(
            Ground(
                ground.settings, ground.shared, key, ground.media, ground.content.catalogues.translate, _standing,
                ground.roster, services, engine, senders, factory, ground.homes, hooks, listens,
            )
        )  # fmt: skip

    return FurtherAccounts(hooks, ground.news, make, engine.joined)


def _add_watched(pages_app: web.Application, ground: _Ground) -> None:
    """Add the pages for whoever watches the process."""
    add_readiness(pages_app, Readiness(ground.shared.db, ground.settings.data_dir, CLOCK), ground.off)
    add_metrics(pages_app, ground.shared.db)


def _watching(ground: _Ground, environ: Mapping[str, str], services: Services) -> Sequence[Job]:
    """Return the jobs that watch over the installation itself; a demo has none."""
    if ground.demo:
        return []
    url = database_url(ground.settings)
    doctor = Doctor(ground.settings, environ, CLOCK)
    return [
        background.examining(doctor, ground.shared.db, ground.running, ground.off, CLOCK),
        *background.of_the_installation(services, ground.settings.data_dir, url, ground.shared),
    ]


def _media(settings: Settings, content: Content) -> MediaFiles:
    return media_of(settings, guides_folder(settings), drawing_of(content.guides))


async def _services(ground: _Ground, key: bytes, wake: Wake) -> Services:
    """Make the services and read into them the data they keep in memory; for the demo, fill the database first."""
    services = make_services(
        key,
        ground.shared.db,
        ground.content,
        ground.roster.capabilities,
        link_to=ground.media.url,
        locale=ground.settings.locale,
        now=CLOCK.now,
        wake=wake,
        zone=ground.settings.zone,
        usage=ground.roster.usage,
        ladders=_stage().ladders if ground.demo else LADDERS,
        off=ground.off,
        received=ground.media,
        read_at=pages.read_address(ground.settings),
        webhooks_anywhere=ground.settings.webhooks_anywhere,
        homes=ground.homes,
    )
    if ground.demo:
        await _stage().fill(services, ground.media)
    await services.commune_settings.refresh(CLOCK.now())
    await services.shown.refresh()
    return services


def _base(
    ground: _Ground, services: Services, receive: Callable[[Event], Awaitable[None]], door: AccountDoor | None
) -> Base:
    settings, media = ground.settings, ground.media
    return Base(
        ground.content,
        services,
        ground.running,
        media.store,
        media.store_as,
        zone=settings.zone,
        # On the demo's stage it is plain who holds which phone; a visitor of a web page can be anybody.
        anonymous=frozenset() if ground.demo else frozenset({WEB}),
        off=ground.off,
        leaflet=pages.leaflet_address(settings),
        shop=pages.products_address(settings),
        poster=pages.poster_address(settings, services.commune_settings),
        notice=pages.notice_address(settings, services.commune_settings),
        receive=receive,
        forget=media.forget_these,
        voice=voices.find(settings.data_dir),
        choose=_chooser(settings),
        examined=partial(kept.last, PlatformValues(ground.shared.db, kept.OWNER)),
        desk=_desk_address(ground),
        uploads=media,
        post=outgoing.post_of(settings),
        accounts=door,
    )


def _desk_address(ground: _Ground) -> str | None:
    """Return the public address of the desk; None where it is closed, or nobody outside can reach it."""
    is_open = any(one.name == DESK for one in ground.running)
    return f"{ground.settings.public_url}{HOME}" if is_open and ground.settings.public_url else None


def _standing(platform: str) -> Standing:
    return partial(standing, platform)


def _links_of(ground: _Ground) -> Callable[[str], Sequence[str]]:
    """Return the links that say a code to the bot; a messenger may learn its address only later."""

    def links(code: str) -> Sequence[str]:
        return [
            link
            for one in ground.running
            if one.name != WEB and one.name not in ground.homes and (link := one.link(code)) is not None
        ]

    return links


def _add_brought(ground: _Ground, found: Sequence[Family], joined: families.Conversations, services: Services) -> None:
    """Add the addresses for programs, and the officials' pages where the platform of their acts is switched on."""
    pages.add_brought(ground.pages, joined.routes)
    platform = next((one for one in ground.running if one.name == DESK), None)
    if platform is None:
        return
    from bot.assembly import desk

    demo = _stage().at_the_desk if ground.demo else None
    desk.add(
        ground.pages, platform, found, joined.desk, ground.settings, ground.content, services, ground.shared,
        joined.router, demo,
    )  # fmt: skip


def _engine(ground: _Ground, router: Router) -> Engine:
    return process.engine(
        ground.settings,
        ground.shared,
        ground.roster.by_name,
        ground.roster.pacers,
        router,
        ground.content.catalogues.translate,
        ground.media.url,
        at_work=lambda chat, sender, now: is_at_work(Account(chat.platform, sender.id), now),
        joining=not ground.demo,
    )
