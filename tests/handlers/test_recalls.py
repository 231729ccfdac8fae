"""Taking an announcement back: what the author hears before, what the groups get, what does not stand after it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.announcements import public, store
from bot.features.announcements.actions import Approve, CorrectIt, OpenAnnouncement
from bot.features.announcements.receipts.reminding import Reminders
from bot.handlers.kit.base import Content
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement
from bot.testing import FakePlatform, Participant, Shown

from .announcing_world import DONG_CAO, LAC_HIEN, Yard, yard
from .test_announcing import approved, asked, written

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def arrived(here: Yard) -> tuple[Participant, Participant]:
    """TB-0001 is in both groups."""
    lan, nam = await approved(here)
    await here.sends()
    await here.ticks()
    return lan, nam


async def goes_out(here: Yard, lan: Participant, nam: Participant, number: int) -> None:
    await lan.forges(pack(OpenAnnouncement(number)))
    await lan.picks("Xin duyệt")
    await here.sends()
    await nam.forges(pack(Approve(number, (await Announcement.get(id=number)).version)))
    assert "Đã duyệt" in nam.heard
    await here.sends()
    await here.ticks()


async def corrected(here: Yard, of: int = 1) -> tuple[Participant, Participant]:
    """TB-0002 puts TB-0001 right, in both groups."""
    lan, nam = await arrived(here)
    await lan.forges(pack(CorrectIt(of, recall=False)))
    await lan.says("Chiều mai, không phải sáng mai.")
    await goes_out(here, lan, nam, 2)
    return lan, nam


def last(here: Yard, group: str) -> Shown:
    return here.world.platform.chats[group][-1]


async def test_the_author_hears_before_what_is_taken_back_and_it_rings_as_an_answer(here: Yard) -> None:
    """Mechanisms: a question first; a new message, short, that answers the old one where the messenger can."""
    lan, nam = await arrived(here)
    first = {group: last(here, group) for group in (LAC_HIEN, DONG_CAO)}
    await lan.forges(pack(CorrectIt(1, recall=True)))
    assert "TB-0001 “Sáng mai bà con đi quét đường.”" in lan.heard
    assert "2 nhóm" in lan.heard
    assert await Announcement.all().count() == 1, "nothing is written before the yes"
    await lan.picks("Đúng, soạn tin thu hồi")
    assert "TB-0002 · Thu hồi: Sáng mai bà con đi quét đường. (đang soạn)" in lan.heard
    await goes_out(here, lan, nam, 2)
    for group, old in first.items():
        new = last(here, group)
        assert len(here.texts(group)) == 2, "the old words stay, so that the answer is understood"
        assert new.id != old.id
        assert new.message.reply_to == (old.id if here.world.platform.capabilities["group"].reply else "")
        text = new.message.text.plain
        assert "Thu hồi thông báo TB-0001" in text
        assert "Nguồn:" not in text
        assert len(text) < len(old.message.text.plain) + 60


async def test_a_recall_covers_the_corrections_and_none_stands_as_the_newest_word(here: Yard) -> None:
    """Mechanism: the chain of `corrects` is taken back as one, from whichever of it somebody begins."""
    lan, nam = await corrected(here)
    newest = last(here, LAC_HIEN)
    await lan.forges(pack(CorrectIt(1, recall=False)))
    await lan.says("Bà con mang thêm chổi.")
    await lan.picks("Xin duyệt")
    await here.sends()
    assert (await Announcement.get(id=3)).state == "waiting"
    await lan.forges(pack(CorrectIt(2, recall=True)))
    assert "TB-0001 “Sáng mai bà con đi quét đường.”" in lan.heard
    assert "TB-0002 “Đính chính: Sáng mai bà con đi quét đường.”" in lan.heard
    assert "TB-0003" in lan.heard, "what waits is named, too"
    await lan.picks("Đúng, soạn tin thu hồi")
    await goes_out(here, lan, nam, 4)
    new = last(here, LAC_HIEN)
    assert "Thu hồi thông báo TB-0001 và đính chính TB-0002" in new.message.text.plain
    assert new.message.reply_to == (newest.id if here.world.platform.capabilities["group"].reply else "")
    third = await Announcement.get(id=3)
    assert third.state == "cancelled"
    await here.sends()
    assert any("TB-0003" in text and "thu hồi" in text for text in here.texts("chat-lan"))
    for number in (1, 2):
        seen = await public.notice(here.at.commune, number, here.world.clock.now())
        assert seen is not None
        assert seen.corrected_by == 4
        hoa = here.world.talk("Hoa")
        await hoa.says(f"kiểm tra TB-{number:04}")
        assert "⚠️ Xã đã thu hồi tin này bằng TB-0004." in hoa.heard
        await lan.forges(pack(OpenAnnouncement(number)))
        assert "Thu hồi bằng TB-0004" in lan.heard
        assert not {"Đính chính", "Thu hồi"} & set(lan.choices)
        await lan.forges(pack(CorrectIt(number, recall=False)))
        assert "đã thu hồi bằng TB-0004" in lan.heard
    await lan.forges(pack(OpenAnnouncement(4)))
    assert not {"Đính chính", "Thu hồi"} & set(lan.choices), "nothing comes after it"


async def test_nobody_is_reminded_of_a_correction_that_was_taken_back(here: Yard) -> None:
    lan, nam = await corrected(here)
    await lan.forges(pack(CorrectIt(1, recall=True)))
    await lan.picks("Đúng, soạn tin thu hồi")
    await goes_out(here, lan, nam, 3)
    here.world.clock.passes(hours=3)
    post = here.features.outbox
    await Reminders(post, post.translate).tick(here.world.clock.now())
    asked_of = [row.message for row in await OutboxRow.filter(announcement=0) if "chưa ai xác nhận" in row.message]
    assert [text for text in asked_of if "TB-0001" in text or "TB-0002" in text] == []


async def test_what_changed_since_the_question_is_asked_about_again(here: Yard) -> None:
    lan, nam = await arrived(here)
    await lan.forges(pack(CorrectIt(1, recall=True)))
    old = lan.choices.index("Đúng, soạn tin thu hồi")
    assert old == 0
    shown = list(lan.shown)
    await lan.forges(pack(CorrectIt(1, recall=False)))
    await lan.says("Chiều mai, không phải sáng mai.")
    await goes_out(here, lan, nam, 2)
    found = await store.get(1)
    assert found is not None
    button = next((one for one in shown[-1].message.buttons if one.label == "Đúng, soạn tin thu hồi"), None)
    if button is not None:
        await lan.presses(button, shown[-1].id)
        assert "TB-0002 “Đính chính" in lan.heard
        assert await Announcement.all().count() == 2


async def test_a_correction_that_is_being_sent_is_stopped_first(here: Yard) -> None:
    lan, nam = await arrived(here)
    await lan.forges(pack(CorrectIt(1, recall=False)))
    await lan.says("Chiều mai, không phải sáng mai.")
    await lan.picks("Xin duyệt")
    await here.sends()
    await nam.forges(pack(Approve(2, (await Announcement.get(id=2)).version)))
    await lan.forges(pack(CorrectIt(1, recall=True)))
    assert "TB-0002 còn đang gửi" in lan.heard
    assert "rồi đính chính" not in lan.heard, "a recall was asked for"


async def test_a_second_press_on_duyet_shows_nothing_twice(here: Yard) -> None:
    """Mechanism: what was decided is one line; the card stands above already."""
    await asked(here)
    nam = here.world.talk("nam")
    data = pack(Approve(1, (await Announcement.get()).version))
    await nam.forges(data)
    assert "quét đường" in nam.heard
    told = len(await OutboxRow.filter(announcement=0))
    await nam.forges(data)
    assert "TB-0001 không còn chờ duyệt: đã duyệt lúc 15 giờ, nay đang gửi." in nam.heard
    assert "quét đường" not in nam.heard
    assert nam.choices == []
    assert len(await OutboxRow.filter(announcement=0)) == told
    assert await OutboxRow.filter(announcement=1).count() == 2


async def test_gui_luc_is_when_it_really_leaves(here: Yard) -> None:
    """Mechanism: read from the rows. Approved at 23:00, it said “Gửi lúc 23 giờ” and went at six."""
    here.world.clock.passes(hours=8)
    lan = await written(here)
    assert "tin sẽ đến lúc 6 giờ, 25/11/2026" in lan.heard
    await lan.picks("Xin duyệt")
    await here.sends()
    nam = here.world.talk("nam")
    await nam.picks("Duyệt")
    assert "Đang giờ nghỉ, sẽ gửi lúc 6 giờ, 25/11/2026" in nam.heard
    assert "Gửi lúc" not in nam.heard
    await here.sends()
    assert here.texts(LAC_HIEN) == []
    here.world.clock.passes(hours=7, seconds=5)
    await here.sends()
    (text,) = here.texts(LAC_HIEN)
    assert text.startswith("Ủy ban nhân dân xã Yên Mô\nTB-0001 · 6 giờ, 25/11/2026")
    await lan.forges(pack(OpenAnnouncement(1)))
    assert "Gửi lúc 6 giờ, 25/11/2026" in lan.heard
    hoa = here.world.talk("Hoa")
    await hoa.says("kiểm tra TB-0001")
    assert "gửi lúc 6 giờ, 25/11/2026" in hoa.heard
    seen = await public.notice(here.at.commune, 1, here.world.clock.now())
    assert seen is not None
    assert here.world.clock.now() - seen.at < timedelta(minutes=2)
