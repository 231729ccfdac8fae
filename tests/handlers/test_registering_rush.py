"""Two hundred groups register at once, on the limits of a messenger and a clock that only its pace moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date

import aiosqlite
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.assembly.services import make_services
from bot.core.actions import pack
from bot.core.engine import Engine
from bot.core.events import Chat, Commanded, Event, Pressed, Sender
from bot.core.messages import Message
from bot.core.pacing import Pacer
from bot.core.platform import Sent
from bot.features import units
from bot.features.announcements.actions import AskApproval
from bot.features.announcements.audience import Audience
from bot.features.announcements.model import Announcement
from bot.features.groups import channels
from bot.features.invites import Created
from bot.features.notices.news import NewsNotices
from bot.features.outbox.send import TICK, OutboxSender
from bot.features.outbox.turn import Alone
from bot.features.people.people import Who
from bot.handlers.kit.base import Content, Services
from bot.platforms.telegram.write import CAPABILITIES
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.store import ConversationStore
from tests.conversations import KEY, joined
from tests.features.outbox_rig import NAME, Strict, VirtualClock
from tests.features.village import places, somebody
from tests.memory import memory

GROUPS = 200
ASKED_AT = (0.0, 2.0, 30.0, 70.0)
"""Seconds after the rush began at which somebody asks for an approval."""


class Heard(Strict):
    """Notes when each text arrived."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(30, clock, CAPABILITIES)
        self.arrivals: list[tuple[float, str, str]] = []

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        sent = await super().send(chat, message, replacing=replacing, key=key)
        self.arrivals.append((self._clock.monotonic(), chat.id, message.text.plain))
        return sent


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """Time stands still while the database works."""
    virtual = VirtualClock()
    execute = aiosqlite.Connection._execute

    async def counted(
        connection: aiosqlite.Connection, function: Callable[..., object], *args: object, **kwargs: object
    ) -> object:
        with virtual.while_working():
            return await execute(connection, function, *args, **kwargs)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return virtual


class Rush:
    """The whole bot on one messenger, with the sender of its outbox."""

    def __init__(self, db: BaseDBAsyncClient, shipped: Content, clock: VirtualClock) -> None:
        self.clock = clock
        self.platform = Heard(clock)
        pacer = Pacer(self.platform.budget.per_second, clock)
        translate = shipped.catalogues.translate
        self.services: Services = make_services(
            KEY, db, shipped, {NAME: CAPABILITIES},
            link_to=lambda name: None, locale="vi", now=clock.now, wake=lambda *_: self.sender.woken.set(),
        )  # fmt: skip

        async def store_media(data: bytes, mime: str) -> str:
            return "x.png"

        self.engine = Engine(
            router=joined(shipped, self.services, [self.platform], store_media).router,
            store=ConversationStore(db),
            platforms={NAME: self.platform},
            pacers={NAME: pacer},
            translate=translate,
            link_to=lambda name: None,
            clock=clock,
        )
        self.sender: OutboxSender = OutboxSender(
            platform=self.platform,
            pacer=pacer,
            rows=self.services.outbox.rows,
            store=ConversationStore(db),
            turn=Alone(),
            clock=clock,
            report=self._report,
        )

    async def _report(self, event: Event) -> None:
        raise AssertionError(event)

    async def keep_sending(self) -> None:
        """As the worker does: until the next row is due, or sooner when something was written."""
        while True:
            delay = await self.sender.run()
            waits = [
                asyncio.create_task(self.sender.woken.wait()),
                asyncio.create_task(self._passes(min(TICK, TICK if delay is None else delay))),
            ]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            self.sender.woken.clear()

    async def keep_telling(self) -> None:
        while True:
            await self.clock.sleep(15)
            await NewsNotices(self.services.outbox).tick(self.clock.now())

    async def _passes(self, seconds: float) -> bool:
        await self.clock.sleep(seconds)
        return True

    async def registering(self, who: Who) -> list[Event]:
        """What an officer types in each of two hundred groups, at the same moment."""
        events: list[Event] = []
        for n in range(GROUPS):
            place = await units.create(f"thon-{n}", "thôn", f"Số {n}", parent="yen-mo", valid_from=date(2025, 7, 1))
            made = await self.services.invites.create_channel("village", place.id, by=who, now=self.clock.now())
            assert isinstance(made, Created)
            chat, lan = Chat(NAME, f"g{n}", "group"), Sender("id-lan", "lan")
            events.append(Commanded(f"r{n}", chat, lan, self.clock.now(), name="dangky", args=made.code))
        return events

    async def draft(self, commune: int, village: int, who: Who) -> Announcement:
        async with in_transaction("default"):
            made = await self.services.announcements.drafts.create(
                commune,
                who,
                self.clock.now(),
                title="Quét đường",
                text="Sáng mai bà con đi quét đường.",
                source="UBND",
                audience=Audience(villages=frozenset({village})),
            )
        assert isinstance(made, Announcement)
        return made

    async def asks(self, one: Announcement, author: str, after: float) -> float:
        """Its author presses “Xin duyệt”; returns when."""
        await self.clock.sleep(after)
        asked, now = self.clock.monotonic(), self.clock.now()
        chat, sender = Chat(NAME, f"chat-{author}", "private"), Sender(f"id-{author}", author)
        press = pack(AskApproval(one.id, one.version))
        await self.engine.receive([Pressed(f"ask{one.id}", chat, sender, now, press, "m1")])
        return asked


async def test_a_request_for_an_approval_overtakes_the_news_of_two_hundred_groups(
    shipped: Content, clock: VirtualClock
) -> None:
    """It came 114 to 127 seconds late, behind two hundred notices and as many replies."""
    async with memory() as db:
        at = await places()
        now = clock.now()
        lan = await somebody("lan", "officer", at.commune, now)
        await somebody("nam", "chair", at.commune, now)
        await channels.register(NAME, "own", at.village, "village", "Lạc Hiền", now)
        rush = Rush(db, shipped, clock)
        events = await rush.registering(lan)
        authors = [f"officer{n}" for n in range(len(ASKED_AT))]
        drafts = [
            await rush.draft(at.commune, at.village, await somebody(name, "officer", at.commune, now))
            for name in authors
        ]
        tasks = [asyncio.create_task(one) for one in (clock.drive(), rush.keep_sending(), rush.keep_telling())]
        began = clock.monotonic()
        pressed = [
            asyncio.create_task(rush.asks(one, author, after))
            for one, author, after in zip(drafts, authors, ASKED_AT, strict=True)
        ]
        await rush.engine.receive(events)
        asked = await asyncio.gather(*pressed)
        await clock.sleep(began + 400 - clock.monotonic())
        for task in tasks:
            task.cancel()
        assert await channels.of_commune(at.commune, date(2066, 11, 24)) != []
        to_nam = [(when, text) for when, chat, text in rush.platform.arrivals if chat == "chat-nam"]
        requests = [when for when, text in to_nam if "Có thông báo chờ duyệt" in text]
        assert len(requests) == len(asked)
        late = [round(came - press, 2) for came, press in zip(sorted(requests), sorted(asked), strict=True)]
        assert max(late) <= 5, late
        assert rush.platform.limited == 0
        news = [text for _, text in to_nam if "đã đăng ký" in text]
        assert sum(text.count("✅ Nhóm") for text in news) == GROUPS, "each is told, and once"
        assert len(news) <= 6, [len(text) for text in news]
        assert await OutboxRow.exclude(state__in=["sent", "cancelled"]).count() == 0
