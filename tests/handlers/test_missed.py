"""A group that removed the bot says so on the receipt; when the bot is back, what the group missed is offered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.actions import pack
from bot.core.events import BotJoined, BotLeft, Chat, Sender
from bot.features.announcements.actions import CorrectIt, OpenReceipt
from bot.features.announcements.receipts.actions import SendMissed
from bot.features.announcements.receipts.evidence import workbook
from bot.features.announcements.receipts.receipt import receipt
from bot.features.calendar import periods
from bot.features.groups import channels
from bot.handlers.kit.base import Content
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement, AnnouncementTarget
from bot.storage.tables.places import Channel
from bot.testing import FakePlatform, Participant

from .announcing_world import DONG_CAO, LAC_HIEN, Yard, yard
from .test_announcing import TEXT, approved

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def happens(here: Yard, event: type[BotLeft | BotJoined]) -> None:
    here.world.clock.passes(minutes=10)
    chat = Chat(here.world.platform.name, DONG_CAO, "group")
    common = (here.world.next_id(), chat, Sender("", ""), here.world.clock.now())
    await here.world.happens(BotJoined(*common, title="Nhóm g-dong-cao") if event is BotJoined else BotLeft(*common))
    here.world.clock.passes(minutes=10)


async def sent_without_dong_cao(here: Yard) -> Participant:
    """Its group has removed the bot before the officer writes."""
    await happens(here, BotLeft)
    lan, nam = here.world.talk("lan"), here.world.talk("nam")
    await lan.says("soạn thông báo")
    await lan.picks("Tự viết")
    await lan.says(TEXT)
    await lan.picks("Nơi nhận")
    await lan.picks("Tất cả các thôn (2)")
    await lan.picks("Xong")
    await lan.picks("Xin duyệt")
    await here.sends()
    await nam.picks("Duyệt")
    await here.sends()
    await here.ticks()
    return lan


async def offered(here: Yard) -> int:
    """How many times it was offered to Lan to send it after all."""
    rows = await OutboxRow.filter(announcement=0, chat_id="chat-lan")
    return sum("Bác gửi bù không?" in row.message for row in rows)


async def back(here: Yard) -> None:
    await happens(here, BotJoined)
    for _ in range(2):
        await here.ticks()
    await here.sends()


async def test_who_removed_the_bot_is_named_and_gets_it_when_the_bot_is_back(here: Yard) -> None:
    """Mechanism: the clock compares the groups that came back with who has the announcement."""
    lan = await sent_without_dong_cao(here)
    await lan.forges(pack(OpenReceipt(1)))
    assert "thôn Đông Cao: nhóm đã đưa tôi ra nên không có tin" in lan.heard
    assert "Chưa có nhóm:" not in lan.heard
    found = await receipt(1, periods.today(here.world.clock.now()))
    assert found is not None
    assert workbook(found, {}, here.world.clock.now())
    assert await offered(here) == 0
    await back(here)
    assert await offered(here) == 1
    assert "Tôi đã vào lại nhóm “Nhóm g-dong-cao”, thôn Đông Cao. Nhóm chưa có TB-0001" in here.texts("chat-lan")[-1]
    await lan.picks("Gửi bù TB-0001")
    assert "Tôi gửi TB-0001 vào nhóm “Nhóm g-dong-cao”" in lan.heard
    await here.sends()
    assert "quét đường" in here.texts(DONG_CAO)[-1]
    assert len(here.texts(LAC_HIEN)) == 1
    await here.ticks()
    one = await Announcement.get(id=1)
    assert (one.state, one.rows, one.channels) == ("done", 2, 2)
    await lan.forges(pack(OpenReceipt(1)))
    assert "Đã chuyển tới 2/2 nhóm." in lan.heard
    await back(here)
    assert await offered(here) == 1


async def test_a_group_that_was_gone_in_mid_sending_is_offered_too_and_once(here: Yard) -> None:
    lan, _ = await approved(here)
    await here.sends()
    await OutboxRow.filter(announcement=1, chat_id=DONG_CAO).update(state="failed", reason="bot was kicked")
    await happens(here, BotLeft)
    await here.ticks()
    assert await offered(here) == 0
    await lan.forges(pack(OpenReceipt(1)))
    assert "thôn Đông Cao: tôi không còn trong nhóm" in lan.heard
    await back(here)
    assert await offered(here) == 1
    old = len(here.texts(DONG_CAO))
    await lan.picks("Gửi bù TB-0001")
    await here.sends()
    assert len(here.texts(DONG_CAO)) == old + 1
    assert await AnnouncementTarget.filter(announcement_id=1).count() == 2


async def test_a_second_press_sends_nothing_twice_and_nobody_else_may(here: Yard) -> None:
    lan = await sent_without_dong_cao(here)
    await back(here)
    channel = await Channel.get(native_id=DONG_CAO)
    data = pack(SendMissed(1, channel.id))
    tu = here.world.talk("tu")
    await tu.forges(data)
    assert await AnnouncementTarget.filter(announcement_id=1).count() == 1
    for _ in range(2):
        await lan.forges(data)
    assert "đã có TB-0001 hoặc đang chờ" in lan.heard
    assert await OutboxRow.filter(announcement=1, chat_id=DONG_CAO).count() == 1


@pytest.mark.parametrize("why", ["recalled", "expired", "old", "new group"])
async def test_what_is_void_or_old_is_not_offered(here: Yard, why: str) -> None:
    lan = await sent_without_dong_cao(here)
    now = here.world.clock.now()
    if why == "recalled":
        await lan.forges(pack(CorrectIt(1, recall=True)))
        await lan.picks("Đúng, soạn tin thu hồi")
        await Announcement.filter(id=2).update(state="done", rows=1)
    elif why == "expired":
        await Announcement.filter(id=1).update(expires_at=now)
    elif why == "old":
        await Announcement.filter(id=1).update(approved_at=now - timedelta(days=5))
    else:
        await Channel.filter(native_id=DONG_CAO).update(native_id="elsewhere")
        async with in_transaction("default"):
            await channels.register("fake", DONG_CAO, here.at.other_village, "village", "Mới", now)
    await back(here)
    assert await offered(here) == 0


async def test_a_group_without_a_name_has_one_on_the_receipt(here: Yard) -> None:
    await approved(here)
    await here.sends()
    await Channel.filter(native_id=DONG_CAO).update(title="")
    found = await receipt(1, periods.today(here.world.clock.now()))
    assert found is not None
    assert [one.group for one in found.deliveries if one.village == "thôn Đông Cao"] == ["Nhóm Fake thôn Đông Cao"]
