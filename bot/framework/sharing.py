"""The differences when several processes share the work on one PostgreSQL, by a broker. Part of every process."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.carrier import Carrier
from bot.core.lease import ByTurns, Lease, at_once, by_turns
from bot.core.platform import Clock, KeyValue, Platform
from bot.core.text import msg
from bot.features.outbox.turn import Alone, LeasedTurn, SendingTurn
from bot.framework.worker import Job
from bot.settings import Settings, SettingsError
from bot.storage import database
from bot.storage.platform_store import PlatformLog, PlatformValues
from bot.storage.server.shared_store import SharedStore
from bot.storage.sql import current
from bot.storage.store import ConversationStore

NEWS_TICK = 2.0
JOB_LASTS = timedelta(seconds=30)
"""A job does not renew its turn while it is at work, and few are so urgent."""
OUTBOX = "outbox"
_KEY_MARK = "mark of the secret key"

PARTITIONS = 16
"""Queues between which the chats of a new installation are parted: so many processes can share them."""
SWEEP_TICK = 5.0


class Wakes(Protocol):
    """Tells other processes at once what a tick would tell them later: that there is news of a topic."""

    def tell(self, topic: str) -> None:
        """Send a message, at once and without failing. It may arrive before the commit that it tells of."""
        ...

    def hear(self, topic: str, what: Callable[[], None]) -> None:
        """Call `what` when another process tells of `topic`."""
        ...


@runtime_checkable
class ShowsLog(Protocol):
    """A platform whose pages show the log of a chat, also what another process has added to it."""

    name: str

    def wake(self, chat_id: str) -> None:
        """Show what is new in the log of this chat."""
        ...


class Silence:
    """There is nobody to tell."""

    def tell(self, topic: str) -> None:
        return

    def hear(self, topic: str, what: Callable[[], None]) -> None:
        return


@dataclass(frozen=True)
class Sharing:
    """`shared`: other processes are at work on this database now. `strict`: see `ConversationStore`.

    `carrier` brings the events to the processes, `sweeping` looks for those that got lost.
    """

    db: BaseDBAsyncClient
    clock: Clock
    shared: bool
    wakes: Wakes
    strict: bool = False
    carrier: Carrier | None = None
    sweeping: Sequence[Job] = ()

    def store(self) -> ConversationStore:
        return _store(self.db, strict=self.strict)

    def turn(self, platform: str) -> SendingTurn:
        """Return the right to send for this platform's token."""
        if not self.shared:
            return Alone()
        return LeasedTurn(PlatformValues(self.db, platform), lambda: self.wakes.tell(turn_of(platform)))

    def polling(self, platform: str) -> ByTurns:
        if not self.shared:
            return at_once
        return by_turns(Lease(PlatformValues(self.db, platform), "polling"), self.clock)

    def lease_of(self, values: KeyValue) -> Callable[[str], Lease | None]:
        """Return the function that gives a job's lease by the job's name."""
        return lambda name: Lease(values, f"turn of {name}", JOB_LASTS) if self.shared else None

    def log(self, platform: str) -> PlatformLog:
        return PlatformLog(self.db, platform, lambda: self.wakes.tell(_news(platform)))

    def news_for(self, running: Sequence[Platform]) -> list[Job]:
        """Return the jobs that show the visitors of this process what another one has sent them."""
        if not self.shared:
            return []
        jobs: list[Job] = []
        for platform in running:
            if isinstance(platform, ShowsLog):
                job = Job(_news(platform.name), NEWS_TICK, self.log(platform.name).follow(platform.wake), by_all=True)
                self.wakes.hear(job.name, job.woken.set)
                jobs.append(job)
        return jobs


@asynccontextmanager
async def sharing(
    settings: Settings, url: str, db: BaseDBAsyncClient, clock: Clock, secret_key: bytes, *, strict: bool = False
) -> AsyncIterator[Sharing]:
    """Set up the sharing; raise SettingsError when the processes of a database could not understand each other."""
    if settings.broker_url is None:
        await _take_key(PlatformValues(db, "installation"), secret_key)
        yield Sharing(db, clock, shared=False, wakes=Silence(), strict=strict)
        return
    if database.is_sqlite(url):
        raise SettingsError.of(
            "BOT_BROKER_URL", msg("goes with BOT_DATABASE_URL=postgres://…; on SQLite there is one process")
        )
    await _take_key(PlatformValues(db, "installation"), secret_key)
    try:
        from bot.framework.rabbit import Rabbit
    except ModuleNotFoundError:
        raise SettingsError.of("BOT_BROKER_URL", msg("the package aio-pika is not installed")) from None
    values = PlatformValues(db, "broker")
    partitions = await _partitions(values)
    store = SharedStore(db, strict=strict)
    try:
        rabbit = Rabbit(settings.broker_url.get_secret_value(), space_of(secret_key), store, partitions, values)
    except ValueError as error:
        raise SettingsError.of("BOT_BROKER_URL", str(error)) from None
    # By all: who was cut off looks for what it noted meanwhile, and nobody waits for the turn of one that died.
    sweeping = Job("sweep", SWEEP_TICK, rabbit.sweep, rabbit.sweep_woken, by_all=True)
    async with rabbit.connected():
        yield Sharing(db, clock, shared=True, wakes=rabbit, strict=strict, carrier=rabbit, sweeping=[sweeping])


def _store(db: BaseDBAsyncClient, *, strict: bool) -> ConversationStore:
    postgres = db.capabilities.dialect == "postgres"
    return SharedStore(db, strict=strict) if postgres else ConversationStore(db, strict=strict)


async def _partitions(values: KeyValue) -> int:
    """Return the number of queues between which the chats are parted; the first process to come decides it."""
    await values.swap("partitions", None, str(PARTITIONS))
    return int(await values.get("partitions") or PARTITIONS)


async def _take_key(values: KeyValue, secret_key: bytes) -> None:
    """Let the first bot that starts decide the key of a database. Raises SettingsError for a second one.

    So a key file that was lost, and made anew by the next start, stops that start instead of taking its place unseen.
    """
    if not await values.swap(_KEY_MARK, None, _mark(secret_key)):
        await check_key(values, secret_key)


async def check_key(values: KeyValue, secret_key: bytes) -> None:
    """Refuse a second key on one database: it would break the audit log's seals and every link given out.

    A database without a mark, which no bot of this version has opened yet, takes any: a command typed in the wrong
    environment must not decide which key the bot is to have. Raises SettingsError.
    """
    if await values.get(_KEY_MARK) in (None, _mark(secret_key)):
        return
    raise SettingsError.of(
        "BOT_SECRET_KEY",
        msg(
            "is not the key that this database was used with; copy the right one back from a backup (where it is not"
            " set it is the file secret_key in the data folder); all processes must have the same"
        ),
    )


async def used_key(keys: Sequence[bytes]) -> bytes | None:
    """Return the one of these keys that the current database is used with."""
    known = await PlatformValues(current(), "installation").get(_KEY_MARK)
    return next((key for key in keys if _mark(key) == known), None)


async def change_key(old: bytes | None, new: bytes) -> None:
    """Let a database be used with a new key from now on, inside the caller's transaction.

    `old` is None where the old key is lost. A database without a mark, which an older version used, takes any.
    Raises SettingsError when it was used with neither of the two.
    """
    values = PlatformValues(current(), "installation")
    known = await values.get(_KEY_MARK)
    if known in (None, _mark(new)):
        return
    if (old is None or known == _mark(old)) and await values.swap(_KEY_MARK, known, _mark(new)):
        return
    raise SettingsError.of("--old-key", msg("is not the key that this database was used with"))


def space_of(secret_key: bytes) -> str:
    """Return the name that keeps an installation apart from others on one broker."""
    return _mark(secret_key)[:12]


def _mark(secret_key: bytes) -> str:
    return hmac.new(secret_key, b"mark of the installation", hashlib.sha256).hexdigest()


def turn_of(platform: str) -> str:
    """Return the topic of the news that nobody has the right to send for this platform's token any more."""
    return f"turn of {platform}"


def _news(platform: str) -> str:
    return f"news of {platform}"
