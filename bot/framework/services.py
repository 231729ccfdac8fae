"""The services of a running app: its outbox, its jobs and its files, the same in a process and in a test."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Translate
from bot.core.events import Chat, Incoming
from bot.core.machine import chance
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import Clock, Media, Platform
from bot.core.text import Text, msg
from bot.features.calendar.hours import QuietHours
from bot.features.jobs.queue import (
    GAVE_UP,
    JobFunction,
    JobRefused,
    JobRunner,
    Jobs,
    about,
    answer_to,
    chat_of,
    file_of,
)
from bot.features.outbox.box import Outbox, Wake
from bot.features.outbox.row import RowStop
from bot.features.outbox.rows import Rows
from bot.framework.app import Job as AppJob
from bot.framework.app import Run
from bot.framework.worker import Job
from bot.storage.sql import Sql, asked

if TYPE_CHECKING:
    from bot.framework.app import App

log: logging.Logger = logging.getLogger(__name__)

JOBS_TICK = 30.0
DAY = 24 * 3600.0
KEPT = timedelta(days=30)
NOT_DONE = msg("Sorry, I could not do what you asked for. Please try again in a few minutes.")
_KEY = "key"
_APP = "app"
"""The name under which an app keeps its small values, beside those of platforms."""
_SWEPT = (
    "inbox where (body is null or failed is not null) and noted_at < ?",
    "jobs where state in ('done', 'failed') and updated_at < ?",
    "outbox where state in ('sent', 'failed', 'expired', 'cancelled') and updated_at < ?",
)


@dataclass(frozen=True, slots=True)
class AppServices:
    """The calls that handlers, jobs and work on a clock make through their app."""

    outbox: Outbox
    jobs: Jobs
    media: Media
    platforms: Mapping[str, Platform]
    clock: Clock

    async def tell(
        self,
        chat: Chat,
        text: Text | str,
        buttons: Sequence[Button],
        *,
        key: str,
        at: datetime | None,
        attachment: Attachment | None,
    ) -> bool:
        if isinstance(text, str):
            text = Text.verbatim(self.outbox.translate(self.outbox.locale, text))
        message = Message(text, tuple(buttons), attachment)
        return await self.outbox.add(chat, message, key=key, now=self.clock.now(), not_before=at)

    async def ask(
        self, kind: str, body: Mapping[str, str], *, key: str, chat: Chat | None, file: Incoming | None
    ) -> bool:
        waiting = {} if chat is None else answer_to(chat)
        whole = {**body, **waiting, **({} if file is None else about(file)), _KEY: key}
        return await self.jobs.ask(kind, whole, key=key, now=self.clock.now())

    async def get(self, key: str) -> str | None:
        rows = await asked("select value from platform_values where platform = ? and key = ?", [_APP, key])
        return str(rows[0]["value"]) if rows else None

    async def put(self, key: str, value: str) -> None:
        await asked(
            "insert into platform_values (platform, key, value) values (?, ?, ?)"
            " on conflict (platform, key) do update set value = excluded.value",
            [_APP, key, value],
        )

    async def refused(self, body: Mapping[str, str], refusal: JobRefused) -> None:
        """Say to the chat that waits for a job that nothing will come."""
        chat = chat_of(body)
        if chat is None or chat.platform not in self.platforms:
            return
        template = NOT_DONE if refusal.template == GAVE_UP else refusal.template
        text = Text.of(self.outbox.translate(self.outbox.locale, template), **refusal.values)
        await self.tell(chat, text, (), key=f"refused:{chance.unique()}", at=None, attachment=None)

    async def stopped(self, stop: RowStop) -> None:
        """Tell whoever reads the log that messages wait: an app has no officials."""
        log.error("messages on %s are held: %s %s", stop.platform or "all platforms", stop.reason, stop.detail)


def services_of(
    db: BaseDBAsyncClient,
    platforms: Mapping[str, Platform],
    media: Media,
    link_to: Callable[[str], str | None],
    translate: Translate,
    clock: Clock,
    wake: Wake,
    locale: str,
) -> AppServices:
    outbox = Outbox(
        Rows(db, translate),
        {name: platform.capabilities for name, platform in platforms.items()},
        translate,
        link_to,
        locale=locale,
        quiet=QuietHours(time(), time()),
        wake=wake,
        usage={name: platform.usage for name, platform in platforms.items()},
    )
    return AppServices(outbox, Jobs(db, asyncio.Event()), media, platforms, clock)


def work_of(app: App, services: AppServices, db: BaseDBAsyncClient) -> list[Job]:
    """Return the jobs on a clock: the app's own, its long work, and the deletion of what is done for 30 days."""
    kinds = {kind: _doing(run) for kind, run in app.jobs.items()}
    runner = JobRunner(kinds, db, services.refused, services.clock.now)

    async def sweep() -> None:
        await swept(db, services.clock.now() - KEPT)

    return [
        Job("jobs", JOBS_TICK, runner.run, services.jobs.woken, by_all=True),
        *(Job(one.name, one.seconds, _at(one.tick, services.clock)) for one in app.clockwork.values()),
        Job("retention", DAY, sweep, remembered=True),
    ]


def _doing(run: Run) -> JobFunction:
    async def do(body: Mapping[str, str], now: datetime) -> None:
        file = file_of(body) if "ref" in body else None
        await run(AppJob(body.get(_KEY, ""), body, now, chat_of(body), file))

    return do


def _at(tick: Callable[[datetime], Awaitable[None]], clock: Clock) -> Callable[[], Awaitable[None]]:
    async def work() -> None:
        await tick(clock.now())

    return work


async def swept(db: BaseDBAsyncClient, before: datetime) -> None:
    """Delete events, jobs and messages that came to their end before this time."""
    for rows in _SWEPT:
        await Sql(db).rows(f"delete from {rows}", [before])
