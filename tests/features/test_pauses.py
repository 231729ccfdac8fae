"""A messenger that says "too many" and not until when: tried again after 1, 5, 15 and 60 minutes, in one call each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import SecretStr
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.engine import Engine, EngineLimits
from bot.core.events import Chat, Event, TextSent
from bot.core.events import Sender as Person
from bot.core.messages import Message
from bot.core.pacing import Pacer
from bot.core.platform import Sent
from bot.core.router import Router
from bot.features.outbox import pauses
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.platforms.zalo.adapter import Zalo, ZaloOptions
from bot.storage.core_tables.conversation import Pause
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.store import ConversationStore
from bot.testing import TestClock
from tests.kit import make_kit
from tests.platforms.fake_zalo import FakeZalo, error

from .outbox_rig import MORNING, PatientClock, said, same

NAME = "zalo"
TOO_MANY = error(429, "Quota exceeded")


def _router() -> Router:
    router = Router()

    @router.command("chao", "chào")
    async def greet(ctx: Context) -> None:
        ctx.reply(ctx.t("Chào bác"))

    return router


class TownClock(PatientClock):
    """Stands still while a call is on its way: that takes no time that counts here."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        self.time = MORNING
        self.calls = 0
        self.tried: list[datetime] = []
        self.at_rest = asyncio.Event()
        self.at_rest.set()

    async def sleep(self, seconds: float) -> None:
        await self.at_rest.wait()
        await super().sleep(seconds)


class TimedZalo(Zalo):
    clock: TownClock

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        self.clock.calls += 1
        self.clock.tried.append(self.clock.now())
        self.clock.at_rest.clear()
        try:
            return await super().send(chat, message, replacing=replacing, key=key)
        finally:
            self.clock.calls -= 1
            if not self.clock.calls:
                self.clock.at_rest.set()


@dataclass
class Process:
    """One process of a bot on Zalo: conversations and the outbox share the pace of its token."""

    db: BaseDBAsyncClient
    platform: Zalo
    clock: TestClock
    pacer: Pacer = field(init=False)

    def __post_init__(self) -> None:
        self.pacer = Pacer(self.platform.budget.per_second, self.clock)
        store, rows = ConversationStore(self.db), Rows(self.db, same)
        self.engine = Engine(
            router=_router(), store=store, platforms={NAME: self.platform}, pacers={NAME: self.pacer}, translate=same,
            link_to=lambda name: None, clock=self.clock, limits=EngineLimits(per_minute=1000, mark_after=0),
        )  # fmt: skip
        self.outbox = Outbox(rows, {NAME: self.platform.capabilities}, same, lambda name: None)
        self.sender = OutboxSender(
            platform=self.platform, pacer=self.pacer, rows=rows, store=store, turn=Alone(), clock=self.clock,
            report=self._report,
        )  # fmt: skip

    async def _report(self, event: Event) -> None:
        raise AssertionError(event)

    async def tells(self, *groups: str, klass: str = "notice") -> None:
        for one in groups:
            chat = Chat(NAME, f"zgr-{one}", "group")
            await self.outbox.add(chat, said(one), key=one, now=self.clock.now(), klass=klass)  # type: ignore[arg-type]

    async def hears(self, number: int) -> None:
        """A resident of their own asks for something."""
        chat = Chat(NAME, f"u{number}", "private")
        await self.engine.receive([TextSent(f"e{number}", chat, Person(chat.id, "Hoa"), self.clock.now(), "chào")])


@dataclass
class Town:
    db: BaseDBAsyncClient
    zalo: FakeZalo
    platform: Zalo
    clock: TownClock

    def __post_init__(self) -> None:
        self.process = Process(self.db, self.platform, self.clock)

    async def restarts(self) -> Process:
        await self.process.engine.stop()
        self.process = Process(self.db, self.platform, self.clock)
        await self.process.engine.start()
        return self.process

    @property
    def shown(self) -> list[str]:
        return [one.text for one in self.zalo.accepted]


@pytest.fixture
async def town(db: BaseDBAsyncClient) -> AsyncIterator[Town]:
    async with FakeZalo() as zalo:
        options = ZaloOptions(token=SecretStr(zalo.token), api_base=zalo.base)
        platform = TimedZalo(make_kit(), options)
        platform.clock = TownClock()
        yield Town(db, zalo, platform, platform.clock)
        await platform.close()


@pytest.mark.fault(5, "the messenger had named no time")
async def test_one_refusal_in_mid_work_costs_a_minute_and_no_message(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """A single 429 without a time is tried again a minute later, also by the process that comes after."""
    here = town.process
    await here.tells("a", "b")
    assert await here.sender.run() is None
    town.zalo.fail("sendMessage", TOO_MANY)
    await here.tells("c", "d", "e", "f")
    wait = await here.sender.run()
    assert wait is not None
    assert 50 < wait <= 60
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert NAME in errors[0].message
    again = await town.restarts()
    wait = await again.sender.run()
    assert wait is not None
    assert 50 < wait <= 60, "a restart does not forget it"
    calls = town.zalo.sends
    await _passes(town, wait)
    assert sorted(town.shown) == ["a", "b", "c", "d", "e", "f"]
    assert {row.attempts for row in await OutboxRow.all()} == {1}, "what was refused is no attempt"
    assert town.zalo.sends - calls == 6 - (calls - 1)
    assert await pauses.standing(town.clock.now()) == []


@pytest.mark.fault(4, "told to wait, and nobody says until when")
async def test_while_it_goes_on_there_is_one_call_after_1_5_15_60_and_60_minutes_and_what_is_urgent_tries_first(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    """The pause grows from one minute to an hour and each try costs one call; a success begins anew."""
    here = town.process
    town.zalo.fail("sendMessage", *[TOO_MANY] * 5)
    await here.tells("a")
    for tries in range(1, 6):
        wait = await here.sender.run()
        if tries == 1:
            await here.tells("b", "c")
        assert town.zalo.sends == tries, "one call finds out, whatever waits"
        assert wait is not None
        if tries == 3:
            await here.tells("khẩn", klass="urgent")
        town.clock.passes(seconds=wait)
        if tries == 2:
            here = await town.restarts()
    await here.sender.run()
    apart = [(later - earlier).total_seconds() for earlier, later in pairwise(town.clock.tried[:6])]
    assert [int(seconds / 60) for seconds in apart] == [1, 5, 15, 60, 60]
    assert town.shown[0] == "khẩn"
    assert sorted(town.shown) == ["a", "b", "c", "khẩn"]
    assert [record.levelname for record in caplog.records].count("ERROR") == 1
    town.zalo.fail("sendMessage", TOO_MANY)
    await here.tells("d")
    wait = await here.sender.run()
    assert wait is not None
    assert wait <= 60, "a success begins the steps anew"


async def test_what_was_on_its_way_when_the_pause_began_neither_ends_it_nor_makes_it_longer(town: Town) -> None:
    here = town.process
    town.zalo.fail("sendMessage", TOO_MANY, TOO_MANY)
    await asyncio.gather(here.hears(1), here.hears(2), here.hears(3))
    await here.engine.idle()
    assert town.zalo.sends <= 6
    assert sorted(town.shown) == ["Chào bác"] * 3


async def test_answers_to_residents_come_after_the_pause_too(town: Town) -> None:
    here, began = town.process, town.clock.now()
    town.zalo.fail("sendMessage", TOO_MANY, TOO_MANY)
    await here.hears(1)
    await here.engine.idle()
    assert town.shown == ["Chào bác"]
    assert timedelta(minutes=6) <= town.clock.now() - began < timedelta(minutes=7)
    assert town.zalo.sends == 3


async def test_a_pause_that_a_person_lifts_ends_at_once(town: Town) -> None:
    here = town.process
    town.zalo.fail("sendMessage", *[TOO_MANY] * 3)
    await here.tells("a")
    town.clock.passes(seconds=await here.sender.run() or 0)
    wait = await here.sender.run()
    assert wait is not None
    assert wait > 250
    await here.tells("b")
    (one,) = await pauses.standing(town.clock.now())
    assert one.lifts
    assert await pauses.lift(town.clock.now()) == [NAME]
    wait = await here.sender.run()
    assert town.zalo.sends == 3
    assert wait is not None
    assert wait <= 60, "refused once more: from the shortest pause on"
    assert await pauses.lift(town.clock.now(), NAME) == [NAME]
    assert await here.sender.run() is None
    assert sorted(town.shown) == ["a", "b"]


async def test_a_pause_until_midnight_that_an_older_version_left_is_tried_in_a_minute(town: Town) -> None:
    now, midnight = MORNING, MORNING + timedelta(hours=15)
    await town.process.tells("a", "b")
    planned = Chat(NAME, "zgr-p", "group")
    await town.process.outbox.add(planned, said("p"), key="p", now=now, klass="urgent", not_before=midnight)
    await Pause.create(platform=NAME, chat_id="", until=midnight)
    await OutboxRow.filter(key="a/1").update(not_before=midnight, updated_at=now + timedelta(seconds=1))
    here = await town.restarts()
    wait = await here.sender.run()
    assert wait is not None
    assert wait <= 60
    await _passes(town, wait)
    assert sorted(town.shown) == ["a", "b"]
    assert (await OutboxRow.get(key="p/1")).not_before == midnight


async def _passes(town: Town, wait: float) -> None:
    """Until what may leave has left."""
    until: datetime = town.clock.now() + timedelta(seconds=wait + 30)
    while town.clock.now() < until:
        town.clock.passes(seconds=min(5.0, wait))
        await town.process.sender.run()
