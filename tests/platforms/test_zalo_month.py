"""24 villages on Zalo over real HTTP: 3,000 messages a month, counted by the adapter and kept to by the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, Event
from bot.core.messages import Message
from bot.core.pacing import Pacer
from bot.core.text import Text
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.states import Klass
from bot.features.outbox.turn import Alone
from bot.platforms.zalo.adapter import create
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.platform_store import PlatformValues
from bot.storage.store import ConversationStore
from tests.features.outbox_rig import MORNING, PatientClock, same
from tests.kit import StillClock, make_kit

from .fake_zalo import GROUP_PREFIX, FakeZalo

VILLAGES = [Chat("zalo", f"{GROUP_PREFIX}{number}", "group") for number in range(24)]
LETTER = Message(Text.verbatim("Bà con mang theo giấy tờ.\n" * 110))
"""Two messages where one takes 2,000 characters."""


async def _nobody(event: Event) -> None:
    raise AssertionError(event)


@dataclass
class Commune:
    zalo: FakeZalo
    values: PlatformValues
    outbox: Outbox
    sender: OutboxSender
    clock: PatientClock

    async def used(self, before: int) -> None:
        month = f"zalo:sent:{self.clock.now():%Y-%m}"
        assert await self.values.swap(month, await self.values.get(month), str(before))

    async def announces(self, number: int, klass: Klass, message: Message = LETTER) -> None:
        for chat in VILLAGES:
            key = f"tb{number}:{chat.id}"
            await self.outbox.add(chat, message, key=key, now=self.clock.now(), klass=klass, announcement=number)

    async def sends(self) -> None:
        for _ in range(500):
            delay = await self.sender.run()
            if delay is None or delay > 3600:
                return
            self.clock.passes(seconds=delay)
        raise AssertionError("the outbox never runs out")

    async def states(self, number: int) -> Counter[str]:
        rows = await OutboxRow.filter(announcement=number)
        return Counter(f"{row.state}({row.reason})" if row.reason else row.state for row in rows)

    def parts(self) -> Sequence[int]:
        """How many messages each village has."""
        heard = Counter(item.chat_id for item in self.zalo.accepted)
        return [heard[chat.id] for chat in VILLAGES]


@pytest.fixture
async def commune(db: BaseDBAsyncClient) -> AsyncIterator[Commune]:
    async with FakeZalo() as zalo:
        clock, values = PatientClock(), PlatformValues(db, "zalo")
        clock.time = MORNING
        kit = make_kit({"token": zalo.token, "api_base": zalo.base}, clock=_Kept(clock))
        object.__setattr__(kit, "values", values)
        platform = create(kit)
        rows = Rows(db, same)
        outbox = Outbox(rows, {"zalo": platform.capabilities}, same, lambda name: None, usage={"zalo": platform.usage})
        sender = OutboxSender(
            platform=platform, pacer=Pacer(1000.0, clock), rows=rows, store=ConversationStore(db), turn=Alone(),
            clock=clock, report=_nobody,
        )  # fmt: skip
        yield Commune(zalo, values, outbox, sender, clock)
        await platform.close()


class _Kept(StillClock):
    """The adapter's clock is the outbox's."""

    def __init__(self, clock: PatientClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()


@pytest.mark.fault(17, "24 villages on Zalo, 3,000 messages a month, over real HTTP")
async def test_the_forecast_warns_and_urgent_words_keep_their_reserve(commune: Commune) -> None:
    """30 are left above the reserve of 450: 15 villages get both parts, nine wait whole; the urgent one goes."""
    await commune.used(3000 - 450 - 30)
    (need,) = await commune.outbox.forecast(VILLAGES, LETTER, now=commune.clock.now())
    assert (need.calls, need.left, need.for_bulk, need.missing()) == (48, 480, 30, 18)
    assert need.missing(urgent=True) == 0

    await commune.announces(1, "routine")
    await commune.sends()
    assert await commune.states(1) == {"sent": 30, "held(quota)": 18}
    assert Counter(commune.parts()) == {2: 15, 0: 9}, "no village has a half"

    await commune.announces(2, "urgent")
    await commune.sends()
    assert await commune.states(2) == {"sent": 48}
    assert len(commune.zalo.accepted) == 78
    month = f"zalo:sent:{commune.clock.now():%Y-%m}"
    assert await commune.values.get(month) == str(3000 - 450 - 30 + 78), "the adapter counts what the vendor took"

    assert await commune.states(1) == {"sent": 30, "held(quota)": 18}
    commune.clock.passes(days=10)
    await commune.sends()
    assert await commune.states(1) == {"sent": 48}, "a new month lets the others go"
    assert commune.parts() == [4] * 24


async def test_replies_and_notices_use_the_reserve_too(commune: Commune) -> None:
    await commune.used(3000 - 450)
    await commune.outbox.add(
        Chat("zalo", "u1", "private"), Message(Text.verbatim("Mã của bác")), key="k", now=commune.clock.now()
    )
    await commune.sends()
    assert [item.text for item in commune.zalo.accepted] == ["Mã của bác"]


async def test_at_the_vendors_last_message_even_urgent_words_wait_for_the_new_month(commune: Commune) -> None:
    await commune.used(2990)
    await commune.announces(1, "urgent", Message(Text.verbatim("Bão.")))
    await commune.sends()
    states = await commune.states(1)
    assert states["sent"] == 10
    assert sum(states.values()) == 24
    commune.clock.passes(days=10)
    await commune.sends()
    assert await commune.states(1) == {"sent": 24}
