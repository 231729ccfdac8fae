"""The parts of every process that holds conversations, whichever app it serves: each is made here, once.

`bot.assembly` puts the commune's bot together of them, `bot.framework.running` an app of somebody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot import platforms
from bot.core import probing
from bot.core.context import Translate
from bot.core.engine import AtWork, Engine, EngineLimits
from bot.core.events import Chat
from bot.core.fit import LinkTo
from bot.core.pacing import ChatPace, Pacer
from bot.core.platform import Budget, Clock, Platform
from bot.core.router import Router
from bot.core.sessions import Key, StoreUnavailable
from bot.features.outbox.box import Outbox
from bot.features.outbox.bulkhead import Bulkhead
from bot.features.outbox.row import RowStop
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.framework.sharing import OUTBOX, Sharing, turn_of
from bot.framework.worker import Job, Worker
from bot.platforms import Kit, Menu, Standing, Words, WordsOf, of_strangers
from bot.settings import Settings, SettingsError, options
from bot.storage.media import MediaFiles
from bot.storage.platform_store import PlatformValues
from bot.storage.store import ConversationStore

if TYPE_CHECKING:
    from aiohttp import web

log: logging.Logger = logging.getLogger(__name__)

RESTART_AFTER = 5.0
GRACE = 4.0
"""Seconds for the calls that are open at the end; as many again for the conversations make less than ten."""
OUTBOX_TICK = 4.0
"""Seconds after which it is looked whether something has come due in the outbox, for all senders at once. With the ten
of a turn that is how long the rows wait of a process that died."""
OUTBOX_REST = 60.0
PAUSES_TICK = 5.0


Create = Callable[[Kit], Platform]
"""Creates a platform; raises SettingsError for an option that is missing or wrong."""


class SystemClock:
    """Implements bot.core.platform.Clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


CLOCK = SystemClock()


def kits(
    settings: Settings,
    environ: Mapping[str, str],
    shared: Sharing,
    key: bytes,
    media: MediaFiles,
    pages: Callable[[], web.Application],
    translate: Translate,
    standing: Callable[[str], Standing] = lambda name: of_strangers,
    *,
    title: str = "",
    menu: Menu,
) -> dict[str, Kit]:
    """Return the means of each adapter that the settings name.

    `standing` tells of people on a platform, `title` is what the bot is called where a page shows it, `menu` are its
    commands.
    """
    return {
        name: kit_of(
            name,
            options(environ, name),
            settings,
            shared,
            key,
            media,
            pages,
            translate,
            standing(name),
            title=title,
            menu=menu,
        )
        for name in settings.platforms
    }


def kit_of(
    name: str,
    options: Mapping[str, str],
    settings: Settings,
    shared: Sharing,
    key: bytes,
    media: MediaFiles,
    pages: Callable[[], web.Application],
    translate: Translate,
    standing: Standing = of_strangers,
    *,
    title: str = "",
    menu: Menu = MappingProxyType({}),
) -> Kit:
    """Return the means of one adapter."""
    log = shared.log(name)
    return Kit(
        settings=settings,
        options=options,
        values=PlatformValues(shared.db, name),
        log=log,
        media=media,
        pages=pages,
        clock=shared.clock,
        secret_key=key,
        polling=shared.polling(name),
        words_of=words_of(translate, shared.store(), settings.locale),
        words=partial(translate, settings.locale),
        standing=standing,
        answered=log.answered,
        title=title,
        menu=menu,
    )


def adapters(kits: Mapping[str, Kit], own: Mapping[str, Create] = MappingProxyType({})) -> Sequence[Platform]:
    """Return the platforms, made by the app's `own` adapters first; raise SettingsError for a wrong option."""
    return [own[name](kit) if name in own else platforms.load(name).create(kit) for name, kit in kits.items()]


def words_of(translate: Translate, store: ConversationStore, default: str) -> WordsOf:
    """Return the translation for the adapters' own texts, into the language of the conversation."""

    async def of(chat: Chat) -> Words:
        try:
            locale = (await store.load(Key(chat.platform, chat.id), chat.kind)).locale or default
        except StoreUnavailable:
            locale = default  # that the database is away is often just what has to be said
        return partial(translate, locale)

    return of


def pacers(settings: Settings, running: Sequence[Platform]) -> dict[str, Pacer]:
    return {platform.name: pacer_of(platform.budget, settings.pace, f"{platform.name}_") for platform in running}


def pacer_of(budget: Budget, pace: Mapping[str, float], prefix: str = "") -> Pacer:
    """Return the pacer of one token; `pace` holds the operator's limits under `prefix`."""
    chats = ChatPace(pace.get(f"{prefix}chat_per_second"), pace.get(f"{prefix}group_per_minute"))
    return Pacer(pace.get(f"{prefix}per_second", budget.per_second), CLOCK, chats)


def engine(
    settings: Settings,
    shared: Sharing,
    platforms: Mapping[str, Platform],
    pacers: Mapping[str, Pacer],
    router: Router,
    translate: Translate,
    link_to: LinkTo,
    *,
    at_work: AtWork | None = None,
    joining: bool = False,
    handler_seconds: float | None = None,
) -> Engine:
    """Return the engine; `platforms` are by name, `handler_seconds` is as in EngineLimits, the rest as in Engine."""
    return Engine(
        router=router,
        store=shared.store(),
        platforms=platforms,
        pacers=pacers,
        translate=translate,
        link_to=link_to,
        clock=shared.clock,
        locale=settings.locale,
        limits=EngineLimits(stale_after=settings.stale_hours * 3600, handler_seconds=handler_seconds),
        carrier=shared.carrier,
        at_work=at_work,
        joining=joining,
    )


def wake(senders: Sequence[OutboxSender], shared: Sharing, platform: str = "", /) -> None:
    """Wake the sender of a platform after a row was put into the outbox ("": all); other processes are told as well."""
    _wake(senders, platform)
    shared.wakes.tell(_outbox(platform))


def _wake(senders: Sequence[OutboxSender], platform: str = "") -> None:
    for sender in senders:
        if platform in ("", sender.platform):
            sender.woken.set()


def _outbox(platform: str) -> str:
    return f"{OUTBOX} {platform}".rstrip()


class SenderFactory:
    """Makes the senders of a process, which share one way to the database.

    `tell` says to a person that rows wait for a decision.

    Example: `senders = factory.each(running, pacers)`.
    """

    def __init__(
        self, outbox: Outbox, tell: Callable[[RowStop], Awaitable[None]], shared: Sharing, engine: Engine
    ) -> None:
        self._outbox = outbox
        self._tell = tell
        self._shared = shared
        self._engine = engine
        self._bulkhead = Bulkhead(outbox.rows, shared.clock)

    def each(self, running: Sequence[Platform], pacers: Mapping[str, Pacer]) -> list[OutboxSender]:
        """Return a sender for each platform."""
        return [self.one(platform, pacers[platform.name]) for platform in running]

    def one(self, platform: Platform, pacer: Pacer) -> OutboxSender:
        shared, engine = self._shared, self._engine
        sender = OutboxSender(
            platform=platform,
            pacer=pacer,
            rows=self._outbox.rows,
            store=shared.store(),
            turn=shared.turn(platform.name),
            clock=shared.clock,
            quiet=self._outbox.quiet,
            report=lambda event: engine.receive([event]),
            tell=self._tell,
            bulkhead=self._bulkhead,
        )
        shared.wakes.hear(_outbox(platform.name), sender.woken.set)
        shared.wakes.hear(turn_of(platform.name), sender.turn_is_free)
        return sender


def hear(senders: Sequence[OutboxSender], shared: Sharing) -> None:
    """Wake all senders when another process says that there may be something to do for any of them."""
    shared.wakes.hear(_outbox(""), lambda: _wake(senders))


def sending(senders: Sequence[OutboxSender]) -> list[Job]:
    """Return the jobs that empty the outbox. `looking` wakes them in time."""
    return [Job(f"outbox {number}", OUTBOX_REST, s.run, s.woken, by_all=True) for number, s in enumerate(senders)]


def looking(senders: Sequence[OutboxSender], rows: Rows, clock: Clock) -> Job:
    """Return the job that looks for all senders at once whether something has come due, as they may be hundreds."""

    async def look() -> None:
        for name in await rows.restless([sender.platform for sender in senders], clock.now()):
            _wake(senders, name)

    return Job("outbox", OUTBOX_TICK, look, by_all=True)


def following(pacers: Mapping[str, Pacer], shared: Sharing) -> Job:
    """Return the job that adopts the pauses begun by other processes, and ends those that a person lifted there."""
    store = shared.store()

    async def follow() -> None:
        await probing.follow(pacers, store, shared.clock)

    return Job("pauses of others", PAUSES_TICK, follow, by_all=True)


@asynccontextmanager
async def at_work(jobs: Sequence[Job], senders: Sequence[OutboxSender], shared: Sharing) -> AsyncIterator[None]:
    """Run the jobs on a clock beside the conversations; at the end the calls that are open are finished first."""
    memory = PlatformValues(shared.db, "worker")
    worker = asyncio.create_task(Worker([*jobs, *shared.sweeping], shared.clock, memory, shared.lease_of(memory)).run())
    try:
        yield
    finally:
        await asyncio.gather(*(sender.stop(GRACE) for sender in senders))
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


@asynccontextmanager
async def answering(
    engine: Engine,
    listening: Sequence[Platform],
    running: Sequence[Platform],
    off: dict[str, str],
    words: Words = str,
) -> AsyncIterator[asyncio.Future[None]]:
    """Carry on conversations, those of an earlier process too; `listening` bring new events, `running` are closed.

    `off` keeps why a messenger was switched off, in the language of `words`.

    Yields what is done when none of them listens any more.
    """
    ended: asyncio.Task[None] | None = None
    try:
        await engine.start()
        ended = asyncio.create_task(_listen_to_all(listening, engine, off, words))
        await asyncio.sleep(0)
        yield ended
    finally:
        if ended is not None:
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)
        await engine.stop(GRACE)
        for platform in running:
            await platform.close()


async def _listen_to_all(listening: Sequence[Platform], engine: Engine, off: dict[str, str], words: Words) -> None:
    await asyncio.gather(*(listen(platform, engine, off, words) for platform in listening))


async def listen(platform: Platform, engine: Engine, off: dict[str, str], words: Words = str) -> None:
    """Listen to one messenger, restarting after errors: a messenger that fails does not take the others with it."""
    while True:
        try:
            await platform.listen(engine.receive)
            return
        except SettingsError as error:
            log.error("%s is switched off: %s", platform.name, error)
            off[platform.name] = error.line(words)
            return
        except Exception:
            log.exception("%s stopped listening and begins again", platform.name)
            await asyncio.sleep(RESTART_AFTER)
