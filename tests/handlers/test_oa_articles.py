"""The followers of the commune's official account: the bot writes an article, an official posts it and says so."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.announcements import store
from bot.features.announcements.actions import CorrectIt, OpenReceipt, SetOtherChannel
from bot.features.announcements.oa import broadcasts
from bot.features.announcements.oa.actions import CountLater, ShowArticle, TellNotPosted, TellPosted
from bot.features.announcements.receipts import evidence
from bot.features.announcements.receipts.receipt import receipt
from bot.features.calendar import periods
from bot.handlers.kit.base import Content
from bot.storage.tables.announcements import Announcement, OaBroadcast
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody
from tests.platforms.fake_oa_manager import OaManager, OaRefused

from .announcing_world import Yard, yard
from .test_announcing import approved, asked

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

SITE = "https://xa.example"


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped, site=SITE)


@pytest.fixture
def oa(here: Yard) -> OaManager:
    """Three people follow the account."""
    made = OaManager(lambda: here.world.clock.now().timestamp())
    made.followers |= {"ba", "bon", "nam"}
    return made


async def sent(here: Yard) -> Participant:
    """An announcement to everybody, for the official account too, is approved and has arrived in the groups."""
    lan, _ = await approved(here)
    await lan.forges(pack(SetOtherChannel(1, "oa", True)))
    await here.sends()
    await here.ticks()
    return lan


async def article(here: Yard, lan: Participant, announcement: int = 1) -> tuple[str, str]:
    """What Lan copies out of the chat: the first line and the rest of the message above the last one."""
    await lan.forges(pack(OpenReceipt(announcement)))
    await lan.picks("Đăng trang OA")
    title, _, text = here.texts("chat-lan")[-2].partition("\n\n")
    return title, text


async def shown(lan: Participant) -> str:
    await lan.forges(pack(OpenReceipt(1)))
    return lan.heard


async def test_the_article_is_posted_by_hand_and_counts_followers_and_no_village(here: Yard, oa: OaManager) -> None:
    lan = await sent(here)
    title, text = await article(here, lan)
    assert title.startswith("xã Yên Mô, TB-0001: ")
    assert text.endswith(f"{SITE}/thong-bao/TB-0001?xa=yen-mo")
    assert "chưa kiểm chứng" in lan.heard
    for word in ("bác", "bot", "tôi"):
        assert word not in f"{title} {text}".lower().split()
    count = oa.broadcasts(title, text)
    await lan.picks("Đã phát trên OA")
    assert "bao nhiêu người quan tâm" in lan.heard
    await here.world.restarts()
    await lan.says(str(count))
    assert "đã gửi tới 3 người quan tâm OA" in lan.heard
    before = await receipt(1, periods.today(here.world.clock.now()))
    assert before is not None
    assert (before.reached, before.meant) == (2, 2)
    assert "Đã chuyển tới 2/2 nhóm." in await shown(lan)
    assert "Trang OA: đã gửi tới 3 người quan tâm OA, đăng lúc 15 giờ" in lan.heard
    assert "Không tính là thôn đã có tin." in lan.heard
    book = CalamineWorkbook.from_filelike(BytesIO(evidence.workbook(before, {}, here.world.clock.now())))
    told = {str(row[0]): str(row[1]) for row in book.get_sheet_by_name("Chung cu").to_python()}
    assert told["Trang OA của xã"].startswith("đã gửi tới 3 người quan tâm OA, đăng lúc")
    assert "không tính vào số thôn" in told["Trang OA của xã"]
    assert not any("OA" in str(cell) for row in book.get_sheet_by_name("Bien nhan").to_python() for cell in row)


async def test_the_number_may_come_later_and_may_be_put_right(here: Yard, oa: OaManager) -> None:
    lan = await sent(here)
    oa.broadcasts(*await article(here, lan))
    await lan.picks("Đã phát trên OA")
    await lan.picks("Để sau")
    assert "chưa ghi số người nhận" in lan.heard
    await lan.says("17")
    assert (await OaBroadcast.get()).followers is None
    await shown(lan)
    await lan.picks("Ghi số người OA")
    await lan.says("chưa biết")
    assert "chưa đọc được số" in lan.heard
    await lan.says("2")
    assert (await OaBroadcast.get()).followers == 2
    await lan.picks("Biên nhận")
    await lan.picks("Sửa số người OA")
    await lan.says("khoảng 1.234 người")
    assert "đã gửi tới 1.234 người quan tâm OA" in await shown(lan)
    assert await OaBroadcast.all().count() == 1


async def test_a_press_by_mistake_is_taken_back(here: Yard) -> None:
    lan = await sent(here)
    await article(here, lan)
    for _ in range(2):
        await lan.forges(pack(TellPosted(1)))
    assert await AuditRow.filter(act="announcement.oa").count() == 1
    await lan.picks("Bấm nhầm, chưa phát")
    assert "chưa đăng trang OA" in lan.heard
    assert "Trang OA:" not in await shown(lan)
    await lan.says("12")
    assert "chưa ghi là đã đăng" not in lan.heard
    assert await OaBroadcast.all().count() == 0


async def test_who_posts_hears_of_the_vendor_s_hours_and_of_the_article_before(here: Yard, oa: OaManager) -> None:
    """Mechanism: the same numbers bind the fake of the vendor's page: the second article of a day reaches nobody."""
    lan = await sent(here)
    assert oa.broadcasts(*await article(here, lan)) == 3
    assert "Hôm nay xã đã đăng" not in lan.heard
    await lan.picks("Đã phát trên OA")
    await lan.picks("Để sau")
    await lan.says("/thongbao")
    await lan.picks("Soạn mới")
    await lan.picks("Tự viết")
    await lan.says("Chiều nay họp dân ở đình.")
    await lan.picks("Nơi nhận")
    await lan.picks("Tất cả các thôn (2)")
    await lan.picks("Xong")
    await lan.picks("Xin duyệt")
    await here.sends()
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    await lan.forges(pack(SetOtherChannel(2, "oa", True)))
    assert oa.broadcasts(*await article(here, lan, 2)) == 0
    assert "Hôm nay xã đã đăng 1 bài" in lan.heard
    here.world.clock.passes(seconds=timedelta(hours=5).total_seconds())
    words = await article(here, lan, 2)
    assert "nên đăng từ 8 đến 20 giờ" in lan.heard
    with pytest.raises(OaRefused):
        oa.broadcasts(*words)


async def test_what_is_for_some_villages_or_over_is_not_posted(here: Yard) -> None:
    lan = await sent(here)
    await Announcement.filter(id=1).update(everybody=False)
    assert "Đăng trang OA" not in await shown(lan)
    for forged in (ShowArticle(1), TellPosted(1)):
        await lan.forges(pack(forged))
        assert "chỉ cho vài thôn" in lan.heard
    await Announcement.filter(id=1).update(everybody=True, state="cancelled")
    await lan.forges(pack(ShowArticle(1)))
    assert "bác đừng đăng" in lan.heard
    assert await OaBroadcast.all().count() == 0


async def test_what_puts_a_posted_one_right_is_to_be_posted_too(here: Yard) -> None:
    lan = await sent(here)
    await lan.forges(pack(TellPosted(1)))
    await lan.says("40")
    await lan.forges(pack(CorrectIt(1, recall=False)))
    await lan.says("Mời bà con ra đình quét đường lúc 7 giờ.")
    await lan.picks("Xin duyệt")
    await here.sends()
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    second = await store.by_number(here.at.commune, 2)
    assert second is not None
    assert await broadcasts.wanted(second)
    _, text = await article(here, lan, second.id)
    assert "TB-0001" in text
    await lan.forges(pack(TellPosted(1)))
    assert "bác gỡ bài trên trang OA" in lan.heard


async def test_it_is_offered_once_chosen_and_after_the_approval(here: Yard) -> None:
    lan = await asked(here)
    await lan.forges(pack(SetOtherChannel(1, "oa", True)))
    assert "trên biên nhận có nút “Đăng trang OA”" in lan.heard
    await lan.forges(pack(ShowArticle(1)))
    assert "chưa duyệt xong" in lan.heard
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    await lan.forges(pack(SetOtherChannel(1, "oa", False)))
    assert "Đăng trang OA" not in await shown(lan)
    await lan.forges(pack(SetOtherChannel(1, "oa", True)))
    await lan.picks("Đăng trang OA")
    assert "oa.zalo.me" in lan.heard


async def test_residents_leaders_and_who_only_approves_post_nothing(here: Yard) -> None:
    await sent(here)
    await somebody("canh", "police", here.at.commune)
    # The police may approve this one, and so may look at it.
    await Announcement.filter(id=1).update(template="scam")
    for name in ("dan", "tu", "canh"):
        talk = here.world.talk(name)
        for forged in (ShowArticle(1), TellPosted(1), CountLater(1), TellNotPosted(1)):
            await talk.forges(pack(forged))
            assert "oa.zalo.me" not in talk.heard
            assert "bao nhiêu người" not in talk.heard
    assert await OaBroadcast.all().count() == 0
