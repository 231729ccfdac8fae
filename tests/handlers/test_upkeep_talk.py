"""Guides stay true: what is due, checked step by step, flagged by residents, mended, told back, and a reminder."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.guides import library
from bot.features.search.index import Index
from bot.features.upkeep import checks, flags
from bot.features.upkeep.actions import CheckStep, CloseFlags, ConfirmGuide, HearBack, StepDiffers, TellScreen
from bot.features.upkeep.personal_data import rules
from bot.features.upkeep.shown import LibrarySync
from bot.handlers.kit.base import Content
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Role
from bot.storage.tables.upkeep import GuideCheck, GuideFlag
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .upkeep_world import GUIDE, SLUG, STEP, Office, office

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, tmp_path: Path) -> Office:
    return await office(db, platform, shipped, tmp_path)


async def differs(here: Office, name: str, phone: str = "iPhone", note: str = "") -> Participant:
    """A resident whose screen looks different at the first step."""
    talk = here.of(name)
    await talk.says(f"/start g_{SLUG}_{STEP}")
    await talk.picks("Tôi bị kẹt")
    await talk.picks("Màn hình của tôi khác")
    if phone:
        await talk.picks(phone)
    if note:
        await talk.says(note)
        assert "Đã ghi lời bác" in talk.heard
    return talk


async def wants_to_hear(talk: Participant) -> None:
    """Where a sentence is waited for, a chat without buttons takes the words of the button."""
    if "Báo tôi khi bài được sửa" in talk.choices:
        await talk.picks("Báo tôi khi bài được sửa")
    else:
        await talk.says("Báo tôi khi bài được sửa")


async def opened(here: Office, title: str = "Cài ứng dụng") -> Participant:
    lan = here.of("lan")
    await lan.says("/kiembai")
    await lan.picks(title)
    return lan


# Checking


async def test_the_officer_sees_what_is_due_checks_each_step_and_readers_see_the_day(here: Office) -> None:
    lan = here.of("lan")
    await lan.says("kiểm bài")
    assert "2/3 bài cần kiểm tra" in lan.heard
    assert "Gửi ảnh: chưa ai kiểm tra, phụ trách: Công an xã" in lan.heard
    assert "Cài ứng dụng: đến hạn 30/10/2026, phụ trách: Công chức Văn hóa – Xã hội" in lan.heard
    assert lan.heard.index("Gửi ảnh") < lan.heard.index("Cài ứng dụng")
    assert "Chụp màn hình" not in lan.heard
    await lan.picks("Cài ứng dụng")
    assert "Kiểm tra ngày 01/08/2026; kiểm lại 90 ngày một lần" in lan.heard
    await lan.picks("Kiểm từng bước")
    assert "Bước 1/3" in lan.heard
    assert "Bác bấm hình tam giác nhiều màu" in lan.heard
    assert "Các nút để chọn: Đã mở / Không thấy" in lan.heard
    await lan.picks("Đúng")
    assert "Bác bấm chữ" in lan.heard
    await lan.picks("Đúng")
    assert "Không đọc cho ai" in lan.heard
    await lan.picks("Đúng")
    assert "đã xem hết bài “Cài ứng dụng”" in lan.heard
    await lan.restarts()
    await lan.picks("Đã kiểm tra, còn đúng")
    assert "Bà con thấy ngày kiểm tra" in lan.heard
    resident = here.of("sau")
    await resident.says(f"/start g_{SLUG}")
    assert "Đã kiểm tra trên máy thật ngày 24/11/2026" in resident.heard
    await lan.says("/kiembai")
    assert "1/3 bài" in lan.heard
    assert await AuditRow.filter(act="guide_checked").count() == 1


async def test_the_officer_sees_which_figures_still_need_a_confirmation(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, tmp_path: Path
) -> None:
    facts = '[cai.phi]\nvalue = "không mất tiền"\nsource = "Bộ Công an"\n\n[cai.gio]\nask = "hỏi Tổ"\n'
    (tmp_path / "facts.toml").write_text(facts, "utf-8")
    text = GUIDE.replace("Bác bấm chữ", "Phí: {cai.phi}. Giờ: {cai.gio}. Bác bấm chữ")
    here = await office(db, platform, shipped, tmp_path, guide=text)
    lan = await opened(here)
    assert "Số liệu cần cán bộ xác nhận:\n• không mất tiền (Bộ Công an)\n• hỏi Tổ" in lan.heard
    reader = here.of("hoa")
    await reader.says(f"/start g_{SLUG}_tai-ve")
    assert "Phí: không mất tiền. Giờ: hỏi Tổ." in reader.heard


async def test_a_changed_file_takes_the_check_back(here: Office, shipped: Content) -> None:
    """Mechanism: a check holds for the fingerprint of the text that was tried."""
    lan = await opened(here)
    await lan.picks("Đã kiểm tra, còn đúng")
    assert here.services.shown.library.guides[SLUG].verified is not None
    (here.folder / f"{SLUG}.md").write_text(GUIDE.replace("nhiều màu", "bốn màu"), "utf-8")
    again = library.load(here.folder)
    await LibrarySync(again, Index([])).refresh()
    assert str(again.guides[SLUG].verified) == "2026-08-01"


async def test_what_was_not_looked_at_is_not_confirmed(here: Office) -> None:
    lan = await opened(here)
    await lan.forges(pack(ConfirmGuide(SLUG, "0" * 12)))
    assert "vừa được sửa sau khi bác xem" in lan.heard
    await lan.picks("Đã kiểm tra, còn đúng")
    await lan.forges(pack(ConfirmGuide(SLUG, here.services.shown.library.guides[SLUG].content)))
    assert await GuideCheck.all().count() == 1, "the same press twice"


async def test_a_difference_is_noted_and_stands_in_the_way_of_a_confirmation(here: Office) -> None:
    lan = await opened(here)
    await lan.picks("Kiểm từng bước")
    await lan.picks("Khác rồi")
    await lan.says("x" * 301)
    assert "300" in lan.heard
    await lan.says("Nút nay ở góc dưới")
    assert "Đã ghi chỗ khác ở bước “Mở kho ứng dụng”" in lan.heard
    await lan.picks("Bước tiếp theo")
    assert "Bước 2/3" in lan.heard
    await lan.picks("Đúng")
    await lan.picks("Đúng")
    assert "còn 1 chỗ cán bộ ghi là khác" in lan.heard
    await lan.forges(pack(ConfirmGuide(SLUG, here.services.shown.library.guides[SLUG].content)))
    assert "rồi mới xác nhận được" in lan.heard
    assert "“Nút nay ở góc dưới”" in lan.heard
    assert await GuideCheck.all().count() == 0


@pytest.mark.parametrize("name", ["sau", "tu", "nam"])
async def test_only_an_officer_checks(here: Office, name: str) -> None:
    talk = here.of(name)
    await talk.says("/kiembai")
    assert ("Không có bản sửa" if name == "nam" else "công chức Văn hóa – Xã hội") in talk.heard
    content = here.services.shown.library.guides[SLUG].content
    await differs(here, "ba", phone="")
    for action in (ConfirmGuide(SLUG, content), StepDiffers(SLUG, STEP), CloseFlags(SLUG, STEP), CheckStep(SLUG, "")):
        await talk.forges(pack(action))
        assert "công chức Văn hóa – Xã hội" in talk.heard
    assert await GuideCheck.all().count() == 0
    assert await GuideFlag.filter(closed_at__isnull=False).count() == 0


async def test_whose_role_ends_in_mid_flow_changes_nothing(here: Office) -> None:
    await differs(here, "sau", phone="")
    lan = await opened(here)
    await lan.picks("Đóng báo khác: Mở kho ứng dụng")
    await Role.filter(role="officer").delete()
    await lan.says("Đã thử lại")
    assert "công chức Văn hóa – Xã hội" in lan.heard
    assert await GuideFlag.filter(closed_at__isnull=False).count() == 0


# Flags of residents


async def test_residents_say_which_phone_and_what_and_the_officer_closes_with_a_reason(here: Office) -> None:
    await differs(here, "sau", "iPhone", "Không có hình tam giác")
    await differs(here, "bay", "Android (Samsung, Oppo, Xiaomi …)")
    await differs(here, "chin", phone="")
    lan = here.of("lan")
    await lan.says("/kiembai")
    assert lan.heard.index("Cài ứng dụng: 1 bước có người báo khác") < lan.heard.index("Gửi ảnh")
    await lan.picks("Cài ứng dụng")
    assert "Bước “Mở kho ứng dụng”: 3 người dân báo khác" in lan.heard
    assert "iPhone 1" in lan.heard
    assert "“Không có hình tam giác”" in lan.heard
    assert "sau" not in lan.heard.replace("sau khi", "")
    await lan.picks("Đóng báo khác: Mở kho ứng dụng")
    await lan.says("Đã thử lại, vẫn như trong bài")
    assert "Đã đóng báo khác ở bước “Mở kho ứng dụng”, báo lại cho 0 người" in lan.heard
    assert await flags.open_flags() == []
    await lan.forges(pack(CloseFlags(SLUG, STEP)))
    assert "đã đóng rồi" in lan.heard


async def test_who_wants_to_hear_back_agrees_first_and_is_told_once(here: Office) -> None:
    sau = await differs(here, "sau", "iPhone")
    await wants_to_hear(sau)
    assert "Cán bộ không thấy bác là ai" in sau.heard
    assert await GuideFlag.filter(account_id__isnull=False).count() == 0
    await sau.picks("Đồng ý")
    assert "xem lại thì tôi báo bác ngay" in sau.heard
    await sau.forges(pack(HearBack(SLUG, STEP)))
    assert await GuideFlag.filter(account_id__isnull=False).count() == 1
    lan = await opened(here)
    await lan.picks("Đóng báo khác: Mở kho ứng dụng")
    await lan.says("Đã thử lại, nút ở góc dưới.")
    assert "báo lại cho 1 người" in lan.heard
    await here.works()
    told = [text for text in here.texts("sau") if "đã được xem lại" in text]
    assert told == [
        "Bài “Cài ứng dụng”, bước “Mở kho ứng dụng” đã được xem lại. Đã thử lại, nút ở góc dưới.\nCảm ơn bác đã báo."
    ]


async def test_a_press_without_a_report_adds_nothing(here: Office) -> None:
    sau = here.of("sau")
    await sau.forges(pack(TellScreen(SLUG, STEP, "iphone")))
    await sau.forges(pack(TellScreen("khong-co", STEP, "iphone")))
    await sau.forges(pack(TellScreen(SLUG, STEP, "nokia")))
    await sau.forges(pack(HearBack("khong-co", STEP)))
    assert await GuideFlag.all().count() == 0


async def test_in_a_group_nobody_is_asked_about_a_phone(here: Office) -> None:
    talk = here.world.talk("sau", chat="g-thon", kind="group")
    await talk.says(f"/start g_{SLUG}_{STEP}")
    await talk.picks("Tôi bị kẹt")
    await talk.picks("Màn hình của tôi khác")
    assert "cán bộ xã sẽ xem lại" in talk.heard
    assert "loại nào" not in talk.heard
    assert await GuideFlag.all().count() == 1


async def test_closed_flags_go_after_a_month(here: Office) -> None:
    await differs(here, "sau", "iPhone", "Khác màu")
    await flags.close(SLUG, [STEP], here.world.clock.now())
    [rule] = rules()
    assert await rule.sweep(here.world.clock.now() - timedelta(days=30), here.world.clock.now()) == 0
    here.world.clock.passes(days=31)
    assert await rule.sweep(here.world.clock.now() - timedelta(days=30), here.world.clock.now()) == 1


# Reminders


async def test_officers_hear_once_and_then_once_a_week_in_one_message(here: Office) -> None:
    """Mechanism: what was told on which day stands in a table, whoever runs the clock."""
    await here.ticks()
    [told] = here.texts("lan")
    assert "2 bài hướng dẫn cần kiểm tra lại" in told
    assert "Gửi ảnh (chưa ai kiểm tra, phụ trách: Công an xã)" in told
    assert here.texts("nam") == []
    await here.ticks()
    here.world.clock.passes(days=6)
    await here.ticks()
    assert len(here.texts("lan")) == 1
    here.world.clock.passes(days=1)
    await here.ticks()
    assert len(here.texts("lan")) == 2
    lan = here.of("lan")
    await lan.picks("Xem bài cần kiểm tra")
    assert "2/3 bài" in lan.heard


async def test_a_guide_that_falls_due_in_between_is_told_at_once_but_not_at_night(here: Office) -> None:
    await here.ticks()
    for name in ("sau", "bay", "chin"):
        talk = here.of(name)
        await talk.says(f"/start g_chup-man-hinh_{STEP}")
        await talk.picks("Tôi bị kẹt")
        await talk.picks("Màn hình của tôi khác")
    here.world.clock.passes(hours=5)
    await here.ticks()
    assert len(here.texts("lan")) == 1, "20:00"
    here.world.clock.passes(hours=13)
    await here.ticks()
    assert "Chụp màn hình (1 bước có người báo khác" in here.texts("lan")[-1]
    assert len(here.texts("lan")) == 2


async def test_on_the_day_on_which_an_office_begins_nobody_is_reminded_and_on_the_next_day_they_are(
    here: Office,
) -> None:
    """Mechanism: an officer has had the role for SETTLED; what nobody was told does not count as told."""
    now = here.world.clock.now()
    await Role.filter(unit_id=here.at.commune).update(granted_at=now)
    await here.ticks()
    assert here.texts("lan") == []
    here.world.clock.passes(days=1)
    await here.ticks()
    assert len(here.texts("lan")) == 1


async def test_when_nothing_is_due_it_is_said_and_nobody_is_reminded(here: Office) -> None:
    for guide in [*here.services.shown.library]:
        await checks.confirm(here.at.commune, guide, None, here.world.clock.now().date())
    await here.services.shown.refresh()
    await here.ticks()
    assert here.texts("lan") == []
    await somebody("mai", "officer", here.at.commune, here.world.clock.now())
    mai = here.of("mai")
    await mai.says("/kiembai")
    assert "Mọi bài hướng dẫn đều còn hạn" in mai.heard
