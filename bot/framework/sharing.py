"""The differences when several processes share one PostgreSQL. Part of every process."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.lease import ByTurns, Lease, at_once, by_turns
from bot.core.platform import Clock, KeyValue, Platform
from bot.core.text import msg
from bot.features.outbox.turn import Alone, LeasedTurn, SendingTurn
from bot.framework.worker import Job
from bot.settings import Settings, SettingsError
from bot.storage import database
from bot.storage.leased_store import LeasedStore
from bot.storage.platform_store import PlatformLog, PlatformValues
from bot.storage.store import ConversationStore

NEWS_TICK = 2.0
JOB_LASTS = timedelta(seconds=30)
"""A job does not renew its turn while it is at work, and few are so urgent."""
OUTBOX = "outbox"
_KEY_MARK = "mark of the secret key"

Hears = Callable[[str], None]


class Wakes(Protocol):
    """Tells other processes at once what a tick would tell them later. `topic` says of what, `value` where."""

    def tell(self, topic: str, value: str = "") -> None:
        """Send a message, at once and without failing. It may arrive before the commit that it tells of."""
        ...

    def hear(self, topic: str, what: Hears) -> None:
        """Call `what` with each value that another process tells under `topic`."""
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

    def tell(self, topic: str, value: str = "") -> None:
        return

    def hear(self, topic: str, what: Hears) -> None:
        return


@dataclass(frozen=True)
class Sharing:
    """`shared`: there may be other processes on this database now. `strict`: see `ConversationStore`."""

    db: BaseDBAsyncClient
    clock: Clock
    shared: bool
    wakes: Wakes
    strict: bool = False

    def store(self) -> ConversationStore:
        return (LeasedStore if self.shared else ConversationStore)(self.db, strict=self.strict)

    def turn(self, platform: str) -> SendingTurn:
        """Return the right to send for this platform's token."""
        return LeasedTurn(PlatformValues(self.db, platform)) if self.shared else Alone()

    def polling(self, platform: str) -> ByTurns:
        if not self.shared:
            return at_once
        return by_turns(Lease(PlatformValues(self.db, platform), "polling"), self.clock)

    def lease_of(self, values: KeyValue) -> Callable[[str], Lease | None]:
        """Return the function that gives a job's lease by the job's name."""
        return lambda name: Lease(values, f"turn of {name}", JOB_LASTS) if self.shared else None

    def log(self, platform: str) -> PlatformLog:
        return PlatformLog(self.db, platform, lambda chat_id: self.wakes.tell(_news(platform), chat_id))

    def news_for(self, running: Sequence[Platform]) -> list[Job]:
        """Return the jobs that show the visitors of this process what another one has sent them."""
        if not self.shared:
            return []
        jobs: list[Job] = []
        for platform in running:
            if isinstance(platform, ShowsLog):
                self.wakes.hear(_news(platform.name), platform.wake)
                follow = self.log(platform.name).follow(platform.wake)
                jobs.append(Job(f"news of {platform.name}", NEWS_TICK, follow, by_all=True))
        return jobs


@asynccontextmanager
async def sharing(
    settings: Settings, url: str, db: BaseDBAsyncClient, clock: Clock, secret_key: bytes, *, strict: bool = False
) -> AsyncIterator[Sharing]:
    """Set up the sharing; raise SettingsError when the processes of a database could not understand each other."""
    shared = not database.is_sqlite(url)
    if shared:
        await _check_key(PlatformValues(db, "installation"), secret_key)
    if settings.redis_url is None:
        yield Sharing(db, clock, shared, Silence(), strict)
        return
    if not shared:
        raise SettingsError.of(
            "BOT_REDIS_URL", msg("goes with BOT_DATABASE_URL=postgres://…; on SQLite there is one process")
        )
    try:
        from bot.framework.wake import RedisWakes
    except ModuleNotFoundError:
        raise SettingsError.of("BOT_REDIS_URL", msg("the package redis is not installed")) from None
    try:
        wakes = RedisWakes(settings.redis_url.get_secret_value(), _mark(secret_key)[:12])
    except ValueError as error:
        raise SettingsError.of("BOT_REDIS_URL", str(error)) from None
    async with wakes.connected():
        yield Sharing(db, clock, shared, wakes, strict)


async def _check_key(values: KeyValue, secret_key: bytes) -> None:
    """Refuse a second key on one database: it would break the audit log's seals and every link given out."""
    mark = _mark(secret_key)
    if await values.swap(_KEY_MARK, None, mark) or await values.get(_KEY_MARK) == mark:
        return
    raise SettingsError.of(
        "BOT_SECRET_KEY", msg("is not the key that this database was used with; all processes must have the same")
    )


def _mark(secret_key: bytes) -> str:
    return hmac.new(secret_key, b"mark of the installation", hashlib.sha256).hexdigest()


def _news(platform: str) -> str:
    return f"news of {platform}"
