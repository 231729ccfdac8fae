"""The work on a clock beside the conversations: senders, rounds, retention. Part of bot.assembly.app."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from tortoise.backends.base.client import BaseDBAsyncClient

from bot import __version__
from bot.assembly import doctor
from bot.assembly.doctor import Doctor
from bot.assembly.families import Conversations, discover, kept_until
from bot.core.engine import Engine
from bot.core.platform import Clock, Platform
from bot.core.sessions import Key
from bot.features import privacy
from bot.features.backups.work import Backups
from bot.features.checkins import photos as figure_photos
from bot.features.jobs import orphans, temporary_files
from bot.features.jobs.queue import JobRunner
from bot.features.loudspeaker import kept_files
from bot.features.notices.fallback import NoticeFallback
from bot.features.notices.log_head import LogHead
from bot.features.notices.news import NewsNotices
from bot.features.notices.paused import PauseNews
from bot.features.outbox.digest import Digest
from bot.features.outbox.send import OutboxSender
from bot.features.privacy import erased_list, retention
from bot.features.privacy.cleaning import Cleaning
from bot.features.releases.changelog import shipped_file
from bot.features.releases.notices import ReleaseNews
from bot.framework import process
from bot.framework.sharing import Sharing
from bot.framework.worker import Job
from bot.handlers.kit.base import Services
from bot.handlers.kit.family import Work
from bot.storage import database, scrub
from bot.storage.backup import DATABASE
from bot.storage.media import MediaFiles
from bot.storage.platform_store import PlatformValues

log = logging.getLogger(__name__)

SECOND_WAY_TICK = 30.0
PAUSES_TICK = 5.0
JOBS_TICK = 30.0
FORGET_TICK = 15.0
ERASED_TICK = 60.0
BOOK_TICK = 20.0
FILES_TICK = 600.0
DIGEST_TICK = 60.0
NEWS_TICK = 15.0
DAY = 24 * 3600.0
RECEIVED_FOR = timedelta(days=1)
"""So long a file from the page waits for who asked for it; one that a report names waits from the day it is signed."""


@asynccontextmanager
async def working(
    senders: Sequence[OutboxSender],
    services: Services,
    joined: Conversations,
    shared: Sharing,
    *,
    more: Sequence[Job] = (),
) -> AsyncIterator[None]:
    """Run the scheduled jobs beside the conversations: the outbox, and the deletion of data whose retention has ended.

    `more` is the work of this process alone.
    """
    db, clock = shared.db, shared.clock

    async def sweep() -> None:
        of_families = kept_until(discover())  # of those that are switched off, too
        await retention.sweep([*retention.rules(services.privacy), *of_families], clock.now())

    async def pauses() -> None:
        await PauseNews(services.outbox).tick(clock.now())

    async def second_way() -> None:
        await NoticeFallback(services.outbox).tick(clock.now())

    async def digest() -> None:
        await Digest(services.outbox).tick(clock.now())

    async def news() -> None:
        await NewsNotices(services.outbox).tick(clock.now())

    log_head = LogHead(services.outbox, services.audit, PlatformValues(db, "audit"))

    async def head_of_the_log() -> float | None:
        return await log_head.tick(clock.now())

    runner = JobRunner(joined.jobs, db, services.tell_refused, clock.now)
    jobs = [
        Job("second way", SECOND_WAY_TICK, second_way),
        Job("pauses", PAUSES_TICK, pauses),
        *process.sending(senders),
        process.looking(senders, services.outbox.rows, clock),
        Job("jobs", JOBS_TICK, runner.run, services.jobs.woken, by_all=True),
        Job("digest", DIGEST_TICK, digest),
        Job("news", NEWS_TICK, news),
        *(_on_the_clock(one, clock) for one in joined.work),
        Job("head of the log", FILES_TICK, head_of_the_log),
        Job("retention", DAY, sweep, remembered=True),
        *more,
    ]
    async with process.at_work(jobs, senders, shared):
        yield


def examining(
    by: Doctor, db: BaseDBAsyncClient, running: Sequence[Platform], off: Mapping[str, str], clock: Clock
) -> Job:
    """Look at the whole installation every hour; not before the messengers had time to be told where we are."""
    begun = clock.monotonic()

    async def examine() -> float | None:
        if (early := begun + doctor.SETTLED - clock.monotonic()) > 0:
            return early
        await doctor.look_and_keep(by, db, running, off)
        return None

    return Job("doctor", doctor.EVERY, examine)


def of_the_installation(services: Services, folder: Path, url: str, shared: Sharing) -> Sequence[Job]:
    """Return the jobs that keep the installation as a whole: its backups, and news of a version that was put in.

    PostgreSQL is backed up by its own means.
    """
    clock = shared.clock
    news = ReleaseNews(services.mail, PlatformValues(shared.db, "installation"), shipped_file(), __version__)
    backups = Backups(folder, PlatformValues(shared.db, "backup"), services.mail)

    async def tell_news() -> None:
        await news.tick(clock.now())

    async def back_up() -> float | None:
        return await backups.tick(clock.now())

    by_itself = [Job("backup", FILES_TICK, back_up)] if database.is_sqlite(url) else []
    return [Job("news of the version", DAY, tell_news), *by_itself]


def _on_the_clock(one: Work, clock: Clock) -> Job:
    async def work() -> float | None:
        return await one.tick(clock.now())

    return Job(one.name, one.seconds, work, by_all=one.by_all)


def cleaning(services: Services, media: MediaFiles, engine: Engine, shared: Sharing) -> Job:
    """Clean files and free pages of those who were erased, and forget the chat's address with its last answer."""

    async def forget_chat(key: Key) -> None:
        await privacy.chats.forget_chat(key)
        engine.forget(key)

    async def sweep_files(now: datetime) -> None:
        await temporary_files.sweep(now, media.remove, kept_files.needed)

    async def scrubbed() -> bool:
        return await scrub.scrub(shared.db)

    memory = PlatformValues(shared.db, "privacy")
    work = Cleaning(services.privacy, memory, shared.clock.now, sweep_files, scrubbed, forget_chat)
    return Job("forget", FORGET_TICK, work.tick)


def keeping(services: Services, media: MediaFiles, folder: Path, clock: Clock) -> Sequence[Job]:
    """Return the jobs of each process: settings changed by others, files past their retention, the erased list."""

    async def read_book() -> None:
        await services.commune_settings.refresh(clock.now())

    async def read_guides() -> None:
        await services.shown.refresh()

    async def sweep_files() -> None:
        now = clock.now()
        await temporary_files.sweep(now, media.remove, kept_files.needed)
        await media.keep_received(await figure_photos.awaited(now), now)
        await media.forget_received(now - RECEIVED_FOR)

    async def find_orphans() -> None:
        now = clock.now()
        await orphans.let_go(await media.older_than(now - orphans.OLD), now)
        await scrub.remove_old_copies(folder / DATABASE)

    async def write_erased() -> None:
        await keep_erased(services, folder)

    return [
        Job("communes", BOOK_TICK, read_book, by_all=True),
        Job("guides", BOOK_TICK, read_guides, by_all=True),
        Job("files", FILES_TICK, sweep_files, by_all=True),
        Job("stray files", DAY, find_orphans, by_all=True),
        Job("erased list", ERASED_TICK, write_erased, by_all=True),
    ]


async def keep_erased(services: Services, folder: Path) -> None:
    """Write the list of who was erased, for the operator."""
    await asyncio.to_thread(_rewrite, folder / erased_list.FILE, erased_list.dump(await services.privacy.erased()))


async def keep_erased_at_the_end(services: Services, folder: Path) -> None:
    """Write the people erased in the last minute to the list, too: a restore often begins with stopping the bot."""
    try:
        await keep_erased(services, folder)
    except Exception:
        log.exception("the list of erased people is written at the next start")


def _rewrite(path: Path, text: str) -> None:
    """Replace a file atomically, and only if it changes: the operator copies this file elsewhere."""
    if path.exists() and path.read_text("utf-8") == text:
        return
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(text, "utf-8")
    partial.chmod(0o600)
    partial.replace(path)
