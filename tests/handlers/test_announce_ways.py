"""How an announcement is passed on outside of the bot is noted with a tap, before and after it is sent."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.announcements.actions import OpenAnnouncement, SetOtherChannel, ShowOtherChannels
from bot.features.announcements.receipts import evidence
from bot.features.announcements.receipts.receipt import receipt
from bot.features.calendar import periods
from bot.handlers.kit.base import Content
from bot.storage.tables.announcements import Announcement, AnnouncementWay
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform
from tests.features.village import somebody

from .announcing_world import Yard, yard
from .test_announcing import asked, written

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def noted() -> list[str]:
    return [row.way for row in await AnnouncementWay.all().order_by("id")]


async def test_other_ways_are_put_on_and_off_and_stand_on_the_card(here: Yard) -> None:
    lan = await written(here)
    await lan.picks("Sửa thêm")
    await lan.picks("Đưa tin bằng cách khác")
    assert "Chưa ghi cách nào" in lan.heard
    await lan.picks("Đến nhà")
    await lan.picks("Họp thôn")
    assert "Đưa thêm bằng: họp thôn, đến nhà" in lan.heard
    await lan.picks("✅ Đến nhà")
    await lan.picks("Xong")
    assert "Đưa thêm bằng: họp thôn\n" in lan.heard
    assert [row.act for row in await AuditRow.filter(act="announcement.way")] == ["announcement.way"] * 3


async def test_what_waits_for_approval_still_waits_and_the_receipt_tells_it_too(here: Yard) -> None:
    """Mechanism: a table of its own, so neither the version nor what the approver was shown changes."""
    lan = await asked(here)
    nam = here.world.talk("nam")
    await lan.forges(pack(SetOtherChannel(1, "leaflet", True)))
    await nam.picks("Duyệt")
    assert "Đã duyệt cho 2 nhóm" in nam.heard
    await here.sends()
    await lan.forges(pack(OpenAnnouncement(1)))
    await lan.picks("Biên nhận")
    await lan.picks("Từng thôn")
    await lan.picks("Cả xã đưa thêm bằng…")
    await lan.picks("Loa truyền thanh")
    await lan.picks("Xong")
    await lan.picks("Biên nhận")
    assert "Đưa thêm bằng: loa truyền thanh, tờ rơi" in lan.heard
    now = here.world.clock.now()
    found = await receipt(1, periods.today(now))
    assert found is not None
    assert evidence.workbook(found, {}, now)
    assert found.other_channels == ("speaker", "leaflet")


async def test_who_confirms_for_a_village_hears_what_is_asked_of_it(here: Yard) -> None:
    """Not of the commune's own pages: nobody in a village can do anything about those."""
    lan = await asked(here)
    for way in ("meeting", "visit", "site"):
        await lan.forges(pack(SetOtherChannel(1, way, True)))
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    tu = here.world.talk("tu")
    await tu.says("đã nhận")
    assert "đã nhận TB-0001" in tu.heard
    assert "Xã nhờ thôn đưa tin này thêm bằng: họp thôn, đến nhà." in tu.heard


async def test_the_same_tap_twice_notes_once_and_a_forged_one_nothing(here: Yard) -> None:
    lan = await written(here)
    for _ in range(2):
        await lan.forges(pack(SetOtherChannel(1, "visit", True)))
    await lan.forges(pack(SetOtherChannel(1, "x", True)))
    assert await noted() == ["visit"]
    assert await AuditRow.filter(act="announcement.way").count() == 1
    await lan.forges(pack(SetOtherChannel(1, "visit", False)))
    assert await noted() == []


async def test_residents_leaders_and_who_only_approves_note_nothing(here: Yard) -> None:
    await asked(here)
    await somebody("canh", "police", here.at.commune)
    for name in ("dan", "tu", "canh"):
        talk = here.world.talk(name)
        for forged in (ShowOtherChannels(1), SetOtherChannel(1, "visit", True)):
            await talk.forges(pack(forged))
            assert "còn được đưa bằng cách nào" not in talk.heard
    assert await noted() == []
    assert (await Announcement.get()).state == "waiting"
