"""Who pastes announcements and has two messengers: what does not reach them on one goes to the other, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.platform import ChatGone, PlatformError, Sent, Unreachable, WindowShut
from bot.features.announcements.actions import OpenReceipt
from bot.features.announcements.model import Announcement
from bot.features.announcements.receipts import evidence
from bot.features.announcements.receipts.receipt import Receipt, receipt
from bot.features.calendar.vietnam import today
from bot.features.people import people
from bot.handlers.kit.base import Content
from bot.storage.tables.announcements import RelayAsk
from bot.storage.tables.people import Person

from .test_relays import NOT_PASTED, PASTED, sheet
from .test_two_messengers import announces, links
from .two_messengers_world import CHAT, POOR, Two, two_messengers

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
WORDS = "Mời bà con đi họp."


@pytest.fixture
async def here(db: BaseDBAsyncClient, shipped: Content) -> Two:
    """Hoa leads Lạc Hiền on two messengers, Mai is the deputy on one; the village's group takes no bots."""
    made = await two_messengers(db, shipped)
    await made.joins(CHAT, "Lan", "officer", made.at.commune)
    await made.joins(CHAT, "Nam", "chair", made.at.commune)
    await made.joins(CHAT, "Hoa", "leader", made.at.village)
    await links(made, CHAT, POOR)
    await made.joins(CHAT, "Mai", "deputy", made.at.village)
    await made.works()
    return made


def refuses(here: Two, on: str, chat: str, error: Callable[[], PlatformError], until: str = "") -> list[str]:
    """From now on this chat takes nothing that has `until` in it; returns what was tried there."""
    platform, tried = here.worlds[on].platform, list[str]()
    send = platform.send

    async def refusing(to: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        if to.id == chat and until in message.text.plain:
            tried.append(message.text.plain)
            raise error()
        return await send(to, message, replacing=replacing, key=key)

    platform.send = refusing  # type: ignore[method-assign, assignment]
    return tried


async def goes_on(here: Two, minutes: float = 0.5) -> None:
    """The worker does what is due, every quarter of a minute."""
    for _ in range(round(minutes * 4)):
        here.clock.passes(seconds=15)
        await here.works()
        await here.services.announcements.ladder.tick(here.clock.now())
        await here.works()


async def seen(here: Two, one: Announcement) -> Receipt:
    found = await receipt(one.id, today(here.clock.now()))
    assert found is not None
    assert found.total == one.rows, "what was frozen stays countable"
    return found


async def shown(here: Two, one: Announcement) -> str:
    lan = here.talk(CHAT, "Lan")
    await lan.forges(pack(OpenReceipt(one.id)))
    return lan.heard


async def states(here: Two) -> dict[str, str]:
    names = {row.id: row.name for row in await Person.all()}
    return {names[row.key_of("person")]: row.state for row in await RelayAsk.all().order_by("id")}


def asked(here: Two, on: str, chat: str) -> int:
    return sum("Nhờ bác chuyển tin" in text for text in here.texts(on, chat))


async def test_who_blocks_the_bot_on_one_messenger_is_asked_on_the_other_at_once(here: Two) -> None:
    refuses(here, CHAT, "chat-hoa", lambda: ChatGone("blocked"))
    one = await announces(here)
    await goes_on(here)
    assert asked(here, POOR, "chat-hoa") == 1
    assert [WORDS in text for text in here.texts(POOR, "chat-hoa")[-2:]] == [True, False]
    assert await states(here) == {"Hoa": "asked"}, "the same ask, and nobody else"
    assert "đã nhờ Hoa lúc" in await shown(here, one)
    assert "chưa dán (gửi qua Poor, vì Chat không tới được)" in await shown(here, one)
    await here.talk(POOR, "Hoa").picks(PASTED)
    assert "qua Hoa, đã dán lúc" in await shown(here, one)
    assert (await seen(here, one)).reached == 1
    book = evidence.workbook(await seen(here, one), {}, here.clock.now())
    assert "(gửi qua Poor, vì Chat không tới được)" in sheet(book)["thôn Lạc Hiền"]["Lý do"]
    await goes_on(here, 20)
    assert asked(here, POOR, "chat-hoa") == 1
    assert asked(here, CHAT, "chat-mai") == 0


async def test_patience_begins_when_the_words_are_there_and_the_stand_in_is_asked_after_it(here: Two) -> None:
    refuses(here, CHAT, "chat-hoa", lambda: ChatGone("blocked"))
    one = await announces(here)
    await goes_on(here)
    await goes_on(here, 8)
    assert "Nhắc bác" not in here.texts(POOR, "chat-hoa")[-1]
    await goes_on(here, 8)
    assert "Nhắc bác" in here.texts(POOR, "chat-hoa")[-1]
    assert await states(here) == {"Hoa": "silent", "Mai": "asked"}
    assert asked(here, CHAT, "chat-mai") == 1
    await seen(here, one)


async def test_only_who_is_reached_on_no_messenger_is_followed_by_the_next_one(here: Two) -> None:
    refuses(here, CHAT, "chat-hoa", lambda: ChatGone("blocked"))
    refuses(here, POOR, "chat-hoa", lambda: ChatGone("blocked"))
    one = await announces(here)
    await goes_on(here, 1)
    assert await states(here) == {"Hoa": "withdrawn", "Mai": "asked"}
    assert asked(here, CHAT, "chat-mai") == 1
    await seen(here, one)


async def test_a_stand_in_who_is_reached_elsewhere_is_counted_apart_from_what_was_frozen(here: Two) -> None:
    await links(here, CHAT, POOR, "Mai")
    one = await announces(here)
    await goes_on(here)
    refuses(here, CHAT, "chat-mai", lambda: ChatGone("blocked"))
    await here.talk(CHAT, "Hoa").picks(NOT_PASTED)
    await goes_on(here, 1)
    assert asked(here, POOR, "chat-mai") == 1
    await here.talk(POOR, "Mai").picks(PASTED)
    assert (await seen(here, one)).reached == 1


async def test_what_may_have_arrived_is_not_asked_a_second_time(here: Two) -> None:
    """Mechanism: a doubled ask is two pasted messages; the reminder finds the other messenger by itself."""
    refuses(here, CHAT, "chat-hoa", lambda: Unreachable("hangs", maybe_sent=True), WORDS)
    one = await announces(here)
    await goes_on(here, 5)
    assert asked(here, POOR, "chat-hoa") == 0
    assert await states(here) == {"Hoa": "asked"}
    await seen(here, one)


async def test_a_window_that_the_vendor_shuts_sends_it_to_the_other_messenger_at_once(here: Two) -> None:
    """Though she wrote lately: the vendor's own count decides, and says so only when something is sent."""
    refuses(here, CHAT, "chat-hoa", lambda: WindowShut("no more answers"))
    one = await announces(here)
    await goes_on(here)
    assert asked(here, POOR, "chat-hoa") == 1
    assert "chưa dán (gửi qua Poor, vì Chat không tới được)" in await shown(here, one)
    await seen(here, one)


async def test_a_window_that_the_vendor_shuts_for_one_messenger_alone_asks_the_next_person_at_once(here: Two) -> None:
    refuses(here, CHAT, "chat-mai", lambda: WindowShut("seven days"))
    await here.joins(CHAT, "Bay", "village_head", here.at.village)
    one = await announces(here)
    await goes_on(here)
    await here.talk(CHAT, "Hoa").picks(NOT_PASTED)
    await goes_on(here, 1)
    assert await states(here) == {"Hoa": "refused", "Mai": "asked", "Bay": "asked"}
    assert asked(here, CHAT, "chat-bay") == 1
    await seen(here, one)


async def test_the_clock_that_runs_twice_at_the_same_moment_asks_once(here: Two) -> None:
    refuses(here, CHAT, "chat-hoa", lambda: ChatGone("blocked"))
    one = await announces(here)
    await here.works()
    ladder, now = here.services.announcements.ladder, here.clock.now()
    await asyncio.gather(*(ladder.tick(now) for _ in range(3)))
    await here.works()
    assert asked(here, POOR, "chat-hoa") == 1
    assert await RelayAsk.all().count() == 1
    await seen(here, one)


async def test_who_leaves_the_role_with_the_words_in_hand_is_followed_at_once_and_still_heard(here: Two) -> None:
    one = await announces(here)
    await goes_on(here)
    hoa = await Person.get(name="Hoa")
    assert await people.end_all(hoa.id, "leader", here.at.village, here.clock.now())
    await goes_on(here)
    assert await states(here) == {"Hoa": "silent", "Mai": "asked"}
    await goes_on(here, 11)
    assert "Nhắc bác" not in "".join(here.texts(CHAT, "chat-hoa"))
    await here.talk(CHAT, "Hoa").says("đã dán")
    assert await states(here) == {"Hoa": "pasted", "Mai": "withdrawn"}
    assert (await seen(here, one)).reached == 1
