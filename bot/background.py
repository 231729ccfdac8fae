"""The work on a clock beside the conversations: senders, rounds, retention. Part of bot.app."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.core.engine import Engine
from bot.core.pacing import Pacer
from bot.core.platform import Clock, Platform
from bot.core.sessions import Key
from bot.features import passing, privacy, strays
from bot.features.announcements import leftovers
from bot.features.checkins import photos as figure_photos
from bot.features.help import holdings as help_holdings
from bot.features.help.clock import HelpClock
from bot.features.jobs import JobFunction, JobRunner
from bot.features.learning import holdings as learning_holdings
from bot.features.learning import training_holdings
from bot.features.learning.daily import Daily
from bot.features.learning.training_clock import TrainingClock
from bot.features.learning.training_letters import TrainingLetters
from bot.features.meetings import holdings as meeting_holdings
from bot.features.outbox.digest import Digest
from bot.features.outbox.send import Sender
from bot.features.privacy import erased_list, retention
from bot.features.second_way import SecondWay
from bot.features.upkeep import holdings as upkeep_holdings
from bot.services import Services
from bot.sharing import OUTBOX, Sharing
from bot.storage.media import MediaFiles
from bot.storage.platform_store import PlatformValues
from bot.worker import Job, Worker

log = logging.getLogger(__name__)

GRACE = 4.0
"""Seconds for the calls that are open at the end; as many again for the conversations make less than ten."""
OUTBOX_TICK = 5.0
ROUNDS_TICK = 60.0
ANNOUNCEMENTS_TICK = 30.0
SECOND_WAY_TICK = 30.0
JOBS_TICK = 30.0
FORGET_TICK = 60.0
BOOK_TICK = 20.0
FILES_TICK = 600.0
REMINDERS_TICK = 15.0
HELP_TICK = 15.0
DIGEST_TICK = 60.0
TASKS_TICK = 300.0
LOUDSPEAKER_TICK = 60.0
UPKEEP_TICK = 600.0
SHOWCASE_TICK = 600.0
DAY = 24 * 3600.0
RECEIVED_FOR = timedelta(days=1)
"""So long a file from the page waits for who asked for it; one that a report names waits from the day it is signed."""


def wake(senders: Sequence[Sender], shared: Sharing) -> None:
    """Something was put into the outbox here; other processes are told as well."""
    _wake(senders)
    shared.wakes.tell(OUTBOX)


def _wake(senders: Sequence[Sender]) -> None:
    for sender in senders:
        sender.woken.set()


def make_senders(
    running: Sequence[Platform],
    pacers: Mapping[str, Pacer],
    services: Services,
    shared: Sharing,
    engine: Engine,
) -> list[Sender]:
    senders = [
        Sender(
            platform=platform,
            pacer=pacers[platform.name],
            rows=services.outbox.rows,
            store=shared.store(),
            turn=shared.turn(platform.name),
            clock=shared.clock,
            quiet=services.outbox.quiet,
            report=lambda event: engine.receive([event]),
            tell=services.tell_stop,
        )
        for platform in running
    ]
    shared.wakes.hear(OUTBOX, lambda value: _wake(senders))
    return senders


@asynccontextmanager
async def working(
    senders: Sequence[Sender],
    services: Services,
    kinds: Mapping[str, JobFunction],
    engine: Engine,
    shared: Sharing,
    *,
    more: Sequence[Job] = (),
) -> AsyncIterator[None]:
    """The work on a clock, beside the conversations: what waits in the outbox, and what has been kept long enough.

    `more` is the work of this process alone.
    """
    db, clock = shared.db, shared.clock

    async def sweep() -> None:
        features = (help_holdings, upkeep_holdings, meeting_holdings, training_holdings, learning_holdings)
        of_features = [rule for feature in features for rule in feature.rules()]
        await retention.sweep([*retention.rules(services.privacy), *of_features], clock.now())

    async def forget_chat(key: Key) -> None:
        await privacy.chats.forget_chat(key)
        engine.forget(key)

    async def forget() -> None:
        await services.privacy.forget_chats(clock.now(), forget_chat)

    async def announcements() -> float | None:
        return await services.announcements.clock.tick(clock.now())

    async def second_way() -> None:
        await SecondWay(services.outbox).tick(clock.now())

    async def rounds() -> float | None:
        return await services.rounds.tick(clock.now())

    async def remind() -> float | None:
        return await services.reminders.tick(clock.now())

    async def tasks() -> None:
        await services.task_clock.tick(clock.now())

    async def loudspeakers() -> None:
        await services.plan_clock.tick(clock.now())

    async def training() -> None:
        await TrainingClock(TrainingLetters(services.mail)).tick(clock.now())

    async def difficulties() -> None:
        await services.difficulty_clock.tick(clock.now())

    async def upkeep() -> None:
        await services.upkeep_clock.tick(clock.now())

    async def showcase() -> None:
        await services.showcase_clock.tick(clock.now())

    async def digest() -> None:
        await Digest(services.outbox).tick(clock.now())

    async def help_on() -> float | None:
        return await HelpClock(services.help).tick(clock.now())

    async def daily_questions() -> float | None:
        return await Daily(services.outbox).tick(clock.now())

    runner = JobRunner(kinds, db, services.tell_refused, clock.now)
    jobs = [
        Job("rounds", ROUNDS_TICK, rounds),
        Job("announcements", ANNOUNCEMENTS_TICK, announcements),
        Job("second way", SECOND_WAY_TICK, second_way),
        Job("forget", FORGET_TICK, forget),
        *(Job(f"outbox {number}", OUTBOX_TICK, s.run, s.woken, by_all=True) for number, s in enumerate(senders)),
        Job("jobs", JOBS_TICK, runner.run, services.jobs.woken, by_all=True),
        Job("reminders", REMINDERS_TICK, remind),
        Job("digest", DIGEST_TICK, digest),
        Job("tasks", TASKS_TICK, tasks),
        Job("loudspeakers", LOUDSPEAKER_TICK, loudspeakers),
        Job("training", TASKS_TICK, training),
        Job("difficulties", TASKS_TICK, difficulties),
        Job("help", HELP_TICK, help_on),
        Job("upkeep", UPKEEP_TICK, upkeep),
        Job("showcase", SHOWCASE_TICK, showcase),
        Job("daily questions", TASKS_TICK, daily_questions),
        Job("retention", DAY, sweep, remembered=True),
        *more,
    ]
    memory = PlatformValues(db, "worker")
    worker = asyncio.create_task(Worker(jobs, clock, memory, shared.lease_of(memory)).run())
    try:
        yield
    finally:
        await asyncio.gather(*(sender.stop(GRACE) for sender in senders))
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


def keeping(services: Services, media: MediaFiles, folder: Path, clock: Clock) -> Sequence[Job]:
    """What each process sees to by itself: what another one set, files that have had their time, the erased list."""

    async def read_book() -> None:
        await services.book.refresh(clock.now())

    async def read_guides() -> None:
        await services.shown.refresh()

    async def sweep_files() -> None:
        now = clock.now()
        await passing.sweep(now, media.remove, leftovers.needed)
        await media.keep_received(await figure_photos.awaited(now), now)
        await media.forget_received(now - RECEIVED_FOR)

    async def find_strays() -> None:
        now = clock.now()
        await strays.let_go(await media.older_than(now - strays.OLD), now)

    async def write_erased() -> None:
        await keep_erased(services, folder)

    return [
        Job("communes", BOOK_TICK, read_book, by_all=True),
        Job("guides", BOOK_TICK, read_guides, by_all=True),
        Job("files", FILES_TICK, sweep_files, by_all=True),
        Job("stray files", DAY, find_strays, by_all=True),
        Job("erased list", FORGET_TICK, write_erased, by_all=True),
    ]


async def keep_erased(services: Services, folder: Path) -> None:
    """Write the list of who was erased, for the operator."""
    await asyncio.to_thread(_rewrite, folder / erased_list.FILE, erased_list.dump(await services.privacy.erased()))


async def keep_erased_at_the_end(services: Services, folder: Path) -> None:
    """Who was erased in the last minute is on the list too: a restore often begins with stopping the bot."""
    try:
        await keep_erased(services, folder)
    except Exception:
        log.exception("the list of erased people is written at the next start")


def _rewrite(path: Path, text: str) -> None:
    """Whole or not at all, and only when there is news: the operator copies this file elsewhere."""
    if path.exists() and path.read_text("utf-8") == text:
        return
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(text, "utf-8")
    partial.chmod(0o600)
    partial.replace(path)
