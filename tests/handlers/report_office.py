"""A commune with its outbox and a worker: what is asked for in a chat is drawn, and what is drawn leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.messages import Message
from bot.core.pacing import Pacer
from bot.core.router import Router
from bot.core.text import Text
from bot.features.audit import Audit
from bot.features.commune import settings as commune
from bot.features.jobs.queue import JobRefused, JobRunner, Jobs, chat_of
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.features.reports import Reports
from bot.handlers.papers import report_files
from bot.handlers.papers import reports as reporting
from bot.handlers.safety import danger as safety
from bot.storage.store import ConversationStore
from bot.testing import FakePlatform, Participant, World
from tests.features.village import KEY, Places, somebody
from tests.front import front
from tests.kit import catalogues

TRANSLATE = catalogues().translate


@dataclass
class Office:
    """Yên Mô with a worker; `public` says whether files have an address, `files` are what was stored."""

    db: BaseDBAsyncClient
    platform: FakePlatform
    at: Places
    public: bool = True
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.jobs = Jobs(self.db)
        kinds = {self.platform.name: self.platform.capabilities}
        self.outbox = Outbox(Rows(self.db, TRANSLATE), kinds, TRANSLATE, self._link)
        self.world = World(self.db, self._router, TRANSLATE, self.platform)
        clock = self.world.clock
        reports = Reports(self.db, Audit(KEY), {"yen-mo": commune.DEMO}.get)
        self.job = report_files.ReportJob(reports, self.outbox, self.store, TRANSLATE)
        self.runner = JobRunner({reporting.KIND: self.job}, self.db, self.refused, clock.now)
        self.sender = OutboxSender(
            platform=self.platform, pacer=Pacer(1000.0, clock), rows=self.outbox.rows, store=ConversationStore(self.db),
            turn=Alone(), clock=clock, report=lambda event: self.world.engine.receive([event]),
        )  # fmt: skip

    def _router(self) -> Router:
        talk = reporting.ReportingConversation(self.jobs)
        root = Router()
        root.include(
            safety.build(),
            reporting.build(talk),
            front(
                commune=lambda ctx: commune.DEMO,
                languages={},
                menu_items=[talk.menu_items],
                links=[],
                understand=[talk.understand],
            ),
        )
        return root

    def _link(self, name: str) -> str | None:
        return f"https://xa.example/media/{name}" if self.public else None

    async def store(self, file_name: str, data: bytes) -> str:
        name = f"{len(self.files):032}/{file_name}"
        self.files[name] = data
        return name

    async def refused(self, body: Mapping[str, str], refusal: JobRefused) -> None:
        chat = chat_of(body)
        assert chat is not None
        text = Text.of(refusal.template, **refusal.values)
        await self.outbox.add(chat, Message(text), key=f"refused:{len(text.plain)}", now=self.world.clock.now())

    async def talk(self, name: str, role: str, unit_id: int) -> Participant:
        await somebody(name, role, unit_id)
        talk = self.world.talk(name, chat=f"chat-{name}")
        await talk.says("menu")
        return talk

    async def works(self) -> None:
        """The worker does what waits, and the messages leave."""
        while await self.runner.run() == 0.0:
            pass
        for _ in range(8):
            await self.sender.run()
            self.world.clock.passes(seconds=5)

    def document(self, ending: str = ".docx") -> bytes:
        """The newest file of this kind."""
        return next(data for name, data in reversed(self.files.items()) if name.endswith(ending))
