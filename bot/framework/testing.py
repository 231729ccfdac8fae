"""Conversations with an app, told as a story: `async with told(app, RICH) as world: hoa = world.talk("Hoa") …`.

The database is real (SQLite in memory), the messenger enforces its limits, and the clock stands still until a test says
`await world.passes(minutes=5)`. See bot.testing for what a person can do.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.core.context import Translate
from bot.core.events import ChatKind
from bot.core.pacing import Pacer
from bot.core.platform import Capabilities
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.framework.app import App
from bot.framework.catalogue import catalogue_of
from bot.framework.running import tables_of
from bot.framework.services import services_of, work_of
from bot.framework.worker import Job
from bot.storage import database
from bot.storage.media import MediaFiles
from bot.storage.store import ConversationStore
from bot.testing import MEDIA, PLAIN, RICH, FakePlatform, Participant, TestClock, World

__all__ = ["PLAIN", "RICH", "AppWorld", "FakePlatform", "Participant", "TestClock", "told"]

log: logging.Logger = logging.getLogger(__name__)

_MOST_ROUNDS = 100


@dataclass
class AppWorld(World):
    """An app on one fake platform. `work` is what a process would do on a clock."""

    work: list[Job] = field(default_factory=list)
    media: MediaFiles | None = None

    async def passes(self, **time: float) -> None:
        """Let time pass (`minutes=5`), and everything happen that is due then: clocks, jobs, messages."""
        self.clock.passes(**time)
        await self.works()

    async def works(self) -> None:
        """Do all work on a clock once, and again as long as it wishes; errors are raised."""
        for job in self.work:
            for _ in range(_MOST_ROUNDS):
                if await job.work() != 0.0:
                    break
        await self.engine.idle()


@asynccontextmanager
async def told(
    app: App, capabilities: Mapping[ChatKind, Capabilities] = RICH, *, locale: str = ""
) -> AsyncIterator[AppWorld]:
    """Begin a world in which people talk with the app; `locale` is the language of the bot, the app's own if empty."""
    platform, clock = FakePlatform(capabilities), TestClock()
    translate: Translate = catalogue_of(locale or app.locale, app.locales).translate
    with TemporaryDirectory() as folder:
        async with database.created(database.MEMORY, tables_of(app)) as db:
            media = MediaFiles(Path(folder) / "media", Path(folder) / "guides", None)
            senders: list[OutboxSender] = []
            services = services_of(
                db, {platform.name: platform}, media, lambda name: f"{MEDIA}/{name}", translate, clock,
                lambda *_: None, locale or app.locale,
            )  # fmt: skip
            app.begins(services)
            try:
                world = AppWorld(
                    db,
                    app.router,
                    translate,
                    platform,
                    clock,
                    store=partial(ConversationStore, strict=True),
                    locale=locale or app.locale,
                    media=media,
                )
                senders.append(
                    OutboxSender(
                        platform=platform, pacer=Pacer(1000.0, clock), rows=services.outbox.rows,
                        store=ConversationStore(db), turn=Alone(), clock=clock, quiet=services.outbox.quiet,
                        report=lambda event: world.engine.receive([event]), tell=services.stopped,
                    )
                )  # fmt: skip
                world.work = [*work_of(app, services, db), *(Job("outbox", 5.0, one.run) for one in senders)]
                await world.engine.start()
                yield world
                await world.engine.stop()
            finally:
                app.begins(None)
