"""News of one kind to one person comes as one message: the first at once, the others of its minute together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat
from bot.core.text import Text
from bot.features.notices.news import WITHIN, Kind, News, NewsNotices
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import PLAIN, RICH

from .outbox_rig import MORNING, Rig, Scripted, private

LAN, NAM = private("lan"), private("nam")
NIGHT = MORNING.replace(hour=17)
"""Midnight in Vietnam."""


class Desk(Rig):
    """An outbox with the job that tells what was gathered."""

    async def happens(self, what: str, kind: Kind = "registered", chat: Chat = LAN) -> None:
        await NewsNotices(self.outbox).tell(chat, News(kind, Text.verbatim(what)), self.clock.now())

    async def heard(self, after: timedelta = timedelta(0)) -> list[tuple[str, str]]:
        before = len(self.platform.accepted)
        self.clock.time += after
        await self.sender.run()
        await NewsNotices(self.outbox).tick(self.clock.now())
        await self.sender.run()
        return self.platform.accepted[before:]


@pytest.fixture(params=[PLAIN, RICH], ids=["plain", "rich"])
def desk(db: BaseDBAsyncClient, request: pytest.FixtureRequest) -> Desk:
    return Desk(db, Scripted(request.param))


async def test_the_first_comes_at_once_and_twelve_more_come_as_one(desk: Desk) -> None:
    await desk.happens("Nhóm A đã đăng ký.")
    assert await desk.heard() == [("lan", "Nhóm A đã đăng ký.")]
    for n in range(12):
        await desk.happens(f"Nhóm {n} đã đăng ký.")
    assert await desk.heard() == []
    ((chat, text),) = await desk.heard(WITHIN)
    assert chat == "lan"
    assert text.splitlines() == ["12 nhóm vừa đăng ký:", *(f"Nhóm {n} đã đăng ký." for n in range(12))]
    assert await desk.heard(WITHIN) == [], "nothing is told twice"
    await desk.happens("Nhóm B đã đăng ký.")
    assert await desk.heard() == [("lan", "Nhóm B đã đăng ký.")], "after a calm minute at once again"


async def test_the_minute_is_over_at_its_very_last_moment(desk: Desk) -> None:
    await desk.happens("Nhóm A.")
    await desk.happens("Nhóm B.")
    await desk.heard()
    row = await OutboxRow.get(state="held")
    assert await desk.heard(row.not_before - desk.clock.now()) == [("lan", "Nhóm B.")]


async def test_one_that_was_gathered_alone_has_no_head(desk: Desk) -> None:
    await desk.happens("Nhóm A.")
    await desk.happens("Nhóm B.")
    assert await desk.heard() == [("lan", "Nhóm A.")]
    assert await desk.heard(WITHIN) == [("lan", "Nhóm B.")]


async def test_what_to_do_is_said_once(desk: Desk) -> None:
    for name in "ABC":
        await desk.happens(f"Nhóm {name}.", "left")
    ((_, first),) = await desk.heard()
    ((_, others),) = await desk.heard(WITHIN)
    assert [text.count("thêm tôi vào lại") for text in (first, others)] == [1, 1]


async def test_each_kind_and_each_person_is_told_on_its_own(desk: Desk) -> None:
    await desk.happens("Nhóm A.")
    await desk.happens("Nhóm A ra.", "left")
    await desk.happens("Nhóm A.", chat=NAM)
    assert sorted(chat for chat, _ in await desk.heard()) == ["lan", "lan", "nam"]


async def test_what_waits_for_one_person_is_not_taken_with_what_waits_for_another(desk: Desk) -> None:
    for chat in (LAN, NAM):
        for name in "ABC":
            await desk.happens(f"Nhóm {name} của {chat.id}.", chat=chat)
    await desk.heard()
    told = await desk.heard(WITHIN)
    assert sorted(chat for chat, _ in told) == ["lan", "nam"]
    for name, text in told:
        assert text.splitlines() == ["2 nhóm vừa đăng ký:", f"Nhóm B của {name}.", f"Nhóm C của {name}."]


async def test_the_news_of_a_night_is_two_messages_in_the_morning(desk: Desk) -> None:
    """The first is held for the morning, and all others of the night wait behind it."""
    desk.clock.time = NIGHT
    for n in range(5):
        await desk.happens(f"Nhóm {n}.")
        desk.clock.passes(minutes=10)
        await NewsNotices(desk.outbox).tick(desk.clock.now())
    assert await OutboxRow.filter(part__gt=0).count() == 1
    desk.clock.time = NIGHT + timedelta(hours=8)
    assert [text.splitlines()[0] for _, text in await desk.heard()] == ["Nhóm 0.", "4 nhóm vừa đăng ký:"]


async def test_where_the_messenger_is_off_it_waits(desk: Desk) -> None:
    await desk.happens("Nhóm A.")
    await desk.happens("Nhóm B.")
    await desk.heard()
    desk.clock.passes(minutes=2)
    await NewsNotices(desk.new_outbox({})).tick(desk.clock.now())
    assert await OutboxRow.filter(state="held").count() == 1
    assert await desk.heard() == [("lan", "Nhóm B.")]
