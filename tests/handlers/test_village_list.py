"""The receipt village by village: which way was used, why the next one, and what else an official reports."""

from __future__ import annotations

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.platform import ChatGone
from bot.features.announcements.actions import OpenAnnouncement, OpenReceipt, ShowOtherChannels
from bot.features.announcements.receipts import evidence
from bot.features.announcements.receipts.actions import NoteTold, ShowVillage, ShowVillages
from bot.features.announcements.relays import ways
from bot.handlers.kit.base import Content
from bot.storage.tables.announcements import VillageTold
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.places import Channel
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import DONG_CAO, LAC_HIEN, Yard, yard
from .test_relays import PASTED, asked, fails, minutes, seen, sent

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    """Lạc Hiền has a group that takes no bots, a leader and a deputy; Đông Cao a group with the bot."""
    made = await yard(db, platform, shipped)
    await Channel.filter(native_id=LAC_HIEN).delete()
    await somebody("mai", "deputy", made.at.village, made.world.clock.now())
    return made


async def opened(here: Yard) -> Participant:
    lan = here.world.talk("lan")
    await lan.forges(pack(OpenReceipt(1)))
    await lan.picks("Từng thôn")
    return lan


async def test_one_list_says_the_way_of_each_village_those_without_the_words_first(here: Yard) -> None:
    _, tu, _ = await sent(here)
    lan = await opened(here)
    first, second = lan.heard.split("\n")[1:3]
    assert first.startswith("• thôn Lạc Hiền: đã nhờ tu lúc 15 giờ, chưa dán")
    assert second.startswith(f"• thôn Đông Cao: nhóm “Nhóm {DONG_CAO}” đã có")
    await tu.picks(PASTED)
    assert "• thôn Lạc Hiền: qua tu, đã dán lúc" in (await opened(here)).heard


async def test_why_the_next_way_was_used_stands_beside_it(here: Yard) -> None:
    await somebody("bay", "leader", here.at.other_village, here.world.clock.now())
    _, nam = await asked(here)
    fails(here, DONG_CAO, ChatGone("kicked"))
    await nam.picks("Duyệt")
    await here.sends()
    await here.ticks()
    await here.sends()
    lan = await opened(here)
    assert f"• thôn Đông Cao: đã nhờ bay lúc 15 giờ, chưa dán (vì nhóm “Nhóm {DONG_CAO}”:" in lan.heard
    assert "tôi không còn trong nhóm" in lan.heard or "chưa gửi vào đó được" in lan.heard


async def test_a_group_that_failed_and_has_nobody_behind_it_stands_there_with_its_reason(here: Yard) -> None:
    _, nam = await asked(here)
    fails(here, DONG_CAO, ChatGone("kicked"))
    await nam.picks("Duyệt")
    await here.sends()
    assert f"• thôn Đông Cao: nhóm “Nhóm {DONG_CAO}”, tôi không còn trong nhóm" in (await opened(here)).heard


async def test_who_was_told_by_loudspeaker_is_no_village_to_telephone_and_is_not_counted_as_reached(here: Yard) -> None:
    await sent(here)
    await minutes(here, 31)
    lan = await opened(here)
    await lan.picks("Thôn Lạc Hiền")
    assert "Còn cách: loa truyền thanh, tờ rơi." in lan.heard
    await lan.picks("Loa truyền thanh")
    assert "đã báo thêm bằng loa truyền thanh" in lan.heard
    assert "Còn cách: tờ rơi." in lan.heard
    await lan.picks("Biên nhận")
    assert "Cần gọi" not in lan.heard
    assert "chưa dán; đã báo thêm bằng loa truyền thanh" in lan.heard
    found = await seen(here)
    assert found.reached == 1
    rows = CalamineWorkbook.from_filelike(BytesIO(evidence.workbook(found, {}, here.world.clock.now())))
    line = next(row for row in rows.get_sheet_by_name("Bien nhan").to_python() if row[0] == "thôn Lạc Hiền")
    assert (line[2], line[4]) == ("đã nhờ, chưa dán", "Đã báo thêm bằng loa truyền thanh.")
    await lan.forges(pack(ShowVillage(1, here.at.village)))
    await lan.picks("✅ Loa truyền thanh")
    await lan.picks("Biên nhận")
    assert "Cần gọi" in lan.heard
    assert await AuditRow.filter(act="announcement.told").count() == 2


async def test_a_village_without_any_way_of_the_bot_stands_there_too(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    here = await yard(db, platform, shipped)
    await Channel.filter(native_id=DONG_CAO).delete()
    await sent(here)
    lan = await opened(here)
    assert "• thôn Đông Cao: chưa có nhóm" in lan.heard
    await lan.picks("Thôn Đông Cao")
    await lan.picks("Họp thôn")
    await lan.picks("Biên nhận")
    assert "• thôn Đông Cao: chưa có nhóm; đã báo thêm bằng họp thôn" in lan.heard
    assert "Báo bằng loa và điện thoại" not in lan.heard


async def test_the_same_is_asked_in_one_place(here: Yard) -> None:
    """Pasting into the villages' groups is asked of the relay, and not once more for the whole commune."""
    _, tu, _ = await sent(here)
    lan = here.world.talk("lan")
    await lan.forges(pack(OpenAnnouncement(1)))
    assert "Đưa tin bằng cách khác" not in lan.choices
    await lan.forges(pack(ShowOtherChannels(1)))
    assert "Nhóm của thôn ngoài bot" not in lan.choices
    await lan.forges(pack(ShowVillage(1, here.at.village)))
    assert "Nhóm của thôn ngoài bot" in lan.choices
    await tu.picks(PASTED)
    await lan.forges(pack(ShowVillage(1, here.at.village)))
    assert "Nhóm của thôn ngoài bot" not in lan.choices


async def test_nobody_else_reads_or_notes_and_a_forged_village_or_way_is_nothing(here: Yard) -> None:
    await sent(here)
    for talk in (here.world.talk("tu"), here.world.talk("dan"), here.world.talk("lan", chat="g9", kind="group")):
        for action in (
            ShowVillages(1, 0),
            ShowVillage(1, here.at.village),
            NoteTold(1, here.at.village, "visit", True),
        ):
            await talk.forges(pack(action))
            assert "từng thôn" not in talk.heard
            assert "báo thêm" not in talk.heard
    lan = here.world.talk("lan")
    for action in (NoteTold(1, 999_999, "visit", True), NoteTold(1, here.at.village, "site", True)):
        await lan.forges(pack(action))
    await lan.forges(pack(ShowVillages(1, 77)))
    assert "thôn Lạc Hiền" in lan.heard
    assert await VillageTold.all().count() == 0


async def test_what_is_left_follows_the_village_s_order(here: Yard) -> None:
    await ways.set_order(here.at.village, ["group", "relay", "leaflet", "speaker"], {})
    await sent(here)
    lan = here.world.talk("lan")
    await lan.forges(pack(ShowVillage(1, here.at.village)))
    assert "Còn cách: tờ rơi, loa truyền thanh." in lan.heard
