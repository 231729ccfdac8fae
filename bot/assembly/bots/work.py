"""Further accounts at work: begun, begun anew and ended as their rows change, while the bot answers everybody else."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Coroutine, Mapping

from msgspec import Struct

from bot import logs, platforms
from bot.assembly.bots.hooks import AccountHooks
from bot.assembly.bots.named import NamedPlatform, in_words_of, under
from bot.assembly.menu import menu
from bot.core.context import Translate
from bot.core.engine import Engine
from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.features.bots import accounts
from bot.features.bots.accounts import FurtherAccount
from bot.features.bots.values import SealedValues
from bot.features.outbox.homes import LiveHomes
from bot.features.outbox.send import OutboxSender
from bot.framework import process
from bot.framework.process import SenderFactory
from bot.framework.roster import Roster
from bot.framework.sharing import Sharing
from bot.framework.worker import Worker
from bot.handlers.kit.base import Services
from bot.i18n import in_vietnamese
from bot.platforms import Kit, Standing, Words
from bot.settings import PACE_LIMITS, Settings, SettingsError, pace_limit
from bot.storage.media import MediaFiles
from bot.storage.platform_store import PlatformValues
from bot.storage.sealed_text import SealBroken

log = logging.getLogger(__name__)


class Ground(Struct, frozen=True):
    """Everything an account stands on. `listens` is False in a process that only sends."""

    settings: Settings
    shared: Sharing
    key: bytes
    media: MediaFiles
    translate: Translate
    standing: Callable[[str], Standing]
    roster: Roster
    services: Services
    engine: Engine
    senders: list[OutboxSender]
    factory: SenderFactory
    homes: LiveHomes
    hooks: AccountHooks
    listens: bool


class _AtWork(Struct, frozen=True):
    platform: NamedPlatform
    sender: OutboxSender
    tasks: tuple[asyncio.Task[None], ...]


class AccountsAtWork:
    """`follow` makes what runs what the rows say; it is called again and again, and soon after a change here."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._seen: dict[str, tuple[int, bool]] = {}
        self._at_work: dict[str, _AtWork] = {}
        self._following = asyncio.Lock()
        # A task that is made within a job must not inherit what holds for that job alone.
        self._context = contextvars.copy_context()

    async def follow(self) -> None:
        async with self._following:
            rows = await accounts.versions()
            for name in [*rows, *(self._seen.keys() - rows.keys())]:
                if self._seen.get(name) == rows.get(name):
                    continue
                if (one := await accounts.find(name)) is not None:
                    await self._become(one)
                    self._seen[name] = one.version, one.at_work

    async def end(self) -> None:
        """End all of them."""
        async with self._following:
            for name in list(self._at_work):
                await self._end(name, for_now=True)

    async def _become(self, one: FurtherAccount) -> None:
        homes = self._ground.homes
        await self._end(one.name, for_now=one.at_work)
        if one.home is None:
            homes.pop(one.name, None)
        else:
            homes[one.name] = one.home
        if not one.at_work:
            await self._tell_what_waits(one.name)
            return
        try:
            await self._begin(one)
        except (SettingsError, SealBroken) as error:
            self._ground.hooks.shut(one.name)
            why = accounts.OTHER_KEY if isinstance(error, SealBroken) else in_vietnamese(error)
            log.error("%s does not run: %s", one.name, in_words_of(one.name, one.vendor, why))
            await accounts.tell_trouble(one.name, one.version, in_words_of(one.name, one.vendor, why))

    async def _begin(self, one: FurtherAccount) -> None:
        g = self._ground
        options, pace = split(one.options(g.key))
        logs.hide(logs.secrets_of(options))
        pages = g.hooks.open_for(one.name)
        plain = process.kit_of(
            one.name,
            options,
            g.settings,
            g.shared,
            g.key,
            g.media,
            lambda: pages,
            g.translate,
            g.standing(one.name),
            menu=menu(),
        )
        platform = under(platforms.load(one.vendor).create(_own(plain, one, g)), one.name)
        await g.hooks.start(pages)
        pacer = process.pacer_of(platform.budget, pace)
        g.roster.join(platform, pacer)
        await g.engine.take_up(one.name)
        await g.services.outbox.rows.switched_on(one.name, g.shared.clock.now())
        sender = g.factory.one(platform, pacer)
        g.senders.append(sender)
        memory = PlatformValues(g.shared.db, "worker")
        work = [Worker(process.sending([sender]), g.shared.clock, memory).run()]
        if g.listens:
            work.append(self._listen(platform, one))
        self._at_work[one.name] = _AtWork(platform, sender, tuple(self._spawn(each) for each in work))
        log.info("%s is at work", one.name)

    async def _end(self, name: str, *, for_now: bool) -> None:
        """End an account if it runs: nothing comes in any more, then what is open is finished, then it is closed."""
        g, at = self._ground, self._at_work.pop(name, None)
        g.hooks.shut(name, for_now=for_now)
        if at is None:
            return
        await at.sender.stop(process.GRACE)
        g.senders.remove(at.sender)
        for task in at.tasks:
            task.cancel()
        await asyncio.gather(*at.tasks, return_exceptions=True)
        g.roster.leave(at.platform)
        await at.platform.close()
        log.info("%s has ended", name)

    async def _listen(self, platform: NamedPlatform, one: FurtherAccount) -> None:
        off = self._ground.roster.off
        await process.listen(platform, self._ground.engine, off)
        if one.name in off:
            await accounts.tell_trouble(one.name, one.version, off[one.name])

    async def _tell_what_waits(self, name: str) -> None:
        """Hold what waits for an account that is off, and tell its officials once that it does."""
        rows, services = self._ground.services.outbox.rows, self._ground.services
        async with rows.transaction():
            stop = await rows.switched_off(name, self._ground.shared.clock.now())
            if stop is not None and await rows.tell_of(stop):
                await services.tell_stop(stop)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(work, context=self._context.copy())


def _own(kit: Kit, one: FurtherAccount, ground: Ground) -> Kit:
    """Return the means of an adapter as those of an account; it asks for words of its chats under its own name."""
    words_of = kit.words_of

    async def of_account(chat: Chat) -> Words:
        return await words_of(replace(chat, platform=one.name))

    values = SealedValues(PlatformValues(ground.shared.db, one.name), ground.key, one.name)
    return replace(kit, account=one.code, values=values, words_of=of_account)


def split(options: Mapping[str, str]) -> tuple[Mapping[str, str], Mapping[str, float]]:
    """Return the adapter's options and the account's pace. Raises SettingsError."""
    own = {name: value for name, value in options.items() if not name.startswith(accounts.PACE)}
    pace: dict[str, float] = {}
    for name, value in options.items():
        if name.startswith(accounts.PACE):
            limit = name.removeprefix(accounts.PACE)
            if limit.upper() not in PACE_LIMITS:
                raise SettingsError(f"{name}: không có cấu hình tên này")
            pace[limit] = pace_limit(name, value)
    return own, pace
