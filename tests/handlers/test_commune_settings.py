"""An officer sets the commune's contacts, hours and quiet hours in chat; it holds at once, here and nowhere else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.events import Chat
from bot.core.router import Router
from bot.features import units
from bot.features.audit import Audit, Verified
from bot.features.commune.commune_settings import KEPT, CommuneSettings
from bot.features.commune.quiet import CommuneQuiet
from bot.features.commune.settings import Commune, DirectoryEntry
from bot.features.commune.words import NO_HOST, NO_LINK, NO_PHONE, NO_QUIET, Unreadable, read
from bot.features.groups import channels
from bot.features.invites import qr
from bot.features.jobs import temporary_files
from bot.features.outbox.states import QUIET
from bot.handlers.commune.channel_news import TellOfChannels
from bot.handlers.commune.history import OpenPast, UsePast
from bot.handlers.commune.settings import DropItem, EditSetting, OpenSettings, SaveSetting, SetStatus, UseFile
from bot.handlers.help import directory
from bot.handlers.kit.base import Content
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.commune import CommuneSetting, PassingFile, SettingVersion
from bot.testing import FakePlatform, Participant, World
from tests.conversations import KEY

from .two_communes import Two, two

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Two:
    return await two(db, platform, shipped)


async def sets(talk: Participant, label: str, value: str, press: str = "Sửa") -> None:
    await talk.says("/caidat")
    await talk.picks(label)
    await talk.picks(press)
    await talk.says(value)
    await talk.picks("Đúng")


async def book(here: Two) -> CommuneSettings:
    found = CommuneSettings(here.content.communes)
    await found.refresh(here.world.clock.now())
    return found


async def test_the_word_settings_alone_names_the_commune_s_to_who_may_change_them_and_a_guide_to_others(
    here: Two,
) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_yen-mo")
    await officer.says("đổi số điện thoại của xã")
    assert "Điện thoại của xã: 0229 111 111" in officer.heard
    for typed in ("cài đặt", "Cai dat."):
        await officer.says(typed)
        assert "Điện thoại của xã: 0229 111 111" in officer.heard
        await hoa.says(typed)
        assert "Có phải bác cần" in hoa.heard
        assert "0229 111 111" not in hoa.heard


async def test_a_new_phone_number_is_told_at_once_and_after_a_restart_and_only_here(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    hoa, far = here.world.talk("Hoa"), here.world.talk("Xa")
    await hoa.says("/start xa_yen-mo")
    await far.says("/start xa_khanh-thien")
    await officer.says("menu")
    await officer.picks("Cài đặt của xã")
    assert "Điện thoại của xã: 0229 111 111" in officer.heard
    await officer.picks("Điện thoại của xã")
    await officer.picks("Sửa")
    await officer.says("chưa có")
    assert NO_PHONE in officer.heard
    await officer.says("0229 3 868 686")
    assert "0229 3 868 686. Đúng chưa bác?" in officer.heard
    await hoa.says("trợ giúp")
    assert "0229 111 111" in hoa.heard, "what is only read back does not hold yet"
    await officer.restarts()
    await officer.picks("Đúng")
    assert "Đã đổi, có hiệu lực ngay." in officer.heard
    for _ in range(2):
        await hoa.says("danh bạ")
        assert "0229 3 868 686" in hoa.heard
        await far.says("danh bạ")
        assert "0229" not in far.heard
        await hoa.restarts()


async def test_the_log_knows_who_changed_what_and_no_word_of_it(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    await sets(officer, "Giờ làm việc", "sáng thứ Hai bí mật")
    row = await AuditRow.filter(act="setting_changed").get()
    assert row.actor is not None
    assert row.details == '{"field":"hours","to_file":false,"version":1}'
    assert isinstance(await Audit(KEY).verify(), Verified)
    assert (await CommuneSetting.get()).version == 1


async def test_of_two_officers_the_slower_one_sees_what_holds_now(here: Two) -> None:
    """Mechanism: the update names the version that was read."""
    lan = await here.joins("Lan", "officer", here.at.commune)
    minh = await here.joins("Minh", "officer", here.at.commune)
    for talk in (lan, minh):
        await talk.says("/caidat")
        await talk.picks("Giờ làm việc")
        await talk.picks("Sửa")
    await lan.says("sáng")
    await minh.says("chiều")
    await lan.picks("Đúng")
    await minh.picks("Đúng")
    assert "vừa có người sửa trước" in minh.heard
    assert (await book(here)).own.hours == "sáng"
    assert await AuditRow.filter(act="setting_changed").count() == 1


async def test_contacts_and_channels_stand_in_the_directory_with_their_status(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    await sets(officer, "Người liên hệ theo việc", "VNeID; Công an xã; 0229 3 868 113; giờ hành chính", "Thêm")
    await sets(officer, "Danh bạ kênh của xã", "Trang của xã; tin tức; https://yenmo.gov.vn", "Thêm")
    await officer.picks("Trang của xã: tạm dừng")
    assert "Đã đổi" in officer.heard
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_yen-mo")
    await hoa.says("danh bạ")
    assert "VNeID: Công an xã, 0229 3 868 113, giờ hành chính" in hoa.heard
    assert "Trang của xã (tạm dừng): tin tức, https://yenmo.gov.vn" in hoa.heard
    assert "yenmo.gov.vn" in (await book(here)).own.allowed.hosts
    await officer.says("/caidat")
    await officer.picks("Danh bạ kênh của xã")
    await officer.picks("Bỏ: Trang của xã")
    await hoa.says("danh bạ")
    assert "Trang của xã" not in hoa.heard


async def test_a_channel_has_a_code_to_print_or_to_show_to_a_neighbour(here: Two) -> None:
    """Named by what it is: another one that stands in its place meanwhile is not shown for it."""
    officer = await here.joins("Lan", "officer", here.at.commune)
    await sets(officer, "Danh bạ kênh của xã", "Zalo của xã; hỏi đáp; https://zalo.me/yenmo", "Thêm")
    hoa = here.world.talk("Hoa")
    await hoa.says("/start xa_yen-mo")
    await hoa.says("danh bạ")
    await hoa.picks("Mã QR: Zalo của xã")
    pictures = [new.attachment.media for new in hoa.news if new.attachment is not None]
    assert pictures == [f"{len(qr.png('https://zalo.me/yenmo'))}.png"]
    assert "hỏi đáp" in hoa.heard
    assert "hoặc mở: https://zalo.me/yenmo" in hoa.heard
    assert (await PassingFile.get()).until - here.world.clock.now() > timedelta(days=6)
    await hoa.says("danh bạ")
    await officer.says("/caidat")
    await officer.picks("Danh bạ kênh của xã")
    await officer.picks("Bỏ: Zalo của xã")
    await sets(officer, "Danh bạ kênh của xã", "Trang của xã; ; https://yenmo.gov.vn", "Thêm")
    await hoa.picks("Mã QR: Zalo của xã")
    assert hoa.choices == ["Mã QR: Trang của xã", "Hỏi người trong thôn", "Về menu"]


async def test_a_code_that_many_ask_for_is_one_file_for_a_day(here: Two) -> None:
    """Mechanism: the picture is handed out again. Anybody on the web page could have filled the disk with it."""
    files: list[bytes] = []

    async def store(data: bytes, mime: str) -> str:
        files.append(data)
        return f"{len(files)}.png"

    commune = Commune(name="Yên Mô", channels=(DirectoryEntry(name="Zalo", link="https://zalo.me/yenmo"),))
    talk, router = (
        directory.DirectoryConversation(lambda ctx: commune, store, temporary_files.keep, here.content.search),
        Router(),
    )
    router.include(directory.build(talk))
    world = World(here.world.db, lambda: router, here.content.catalogues.translate, here.world.platform)
    asks = pack(directory.ShowQr(directory._mark(commune.channels[0])))
    for number, days in enumerate((0, 0, 0, 2)):
        world.clock.passes(days=days)
        await world.talk(f"p{number}").forges(asks)
    assert len(files) == 2
    assert await PassingFile.all().count() == 2


async def test_a_channel_that_was_replaced_has_no_code(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    await sets(officer, "Danh bạ kênh của xã", "Trang cũ; tin tức; https://cu.yenmo.gov.vn", "Thêm")
    await officer.picks("Trang cũ: đã thay thế")
    await officer.says("danh bạ")
    assert officer.choices == ["Hỏi người trong thôn", "Về menu"]


async def test_going_back_to_the_file_and_a_value_that_fits_no_more(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    await sets(officer, "Điện thoại của xã", "0229 999 999")
    assert (await book(here)).own.phone == "0229 999 999", "a change in chat wins over the file"
    await officer.picks("Dùng lại như trong tệp")
    assert (await book(here)).own.phone == "0229 111 111"
    await CommuneSetting.all().update(value='{"a": 1}')
    assert (await book(here)).own.phone == "0229 111 111"


async def test_what_a_setting_was_is_kept_and_taken_back_with_one_press(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    await sets(officer, "Giờ làm việc", "sáng thứ Hai")
    here.world.clock.passes(days=1)
    await sets(officer, "Giờ làm việc", "chiều thứ Ba")
    await officer.picks("Các bản trước")
    assert "Giờ làm việc đã từng là:\n• 15h00, 24/11/2026: sáng thứ Hai\n• như trong tệp" in officer.heard
    assert "chiều thứ Ba" not in officer.heard
    await officer.picks("Dùng lại 15h00, 24/11/2026")
    assert "Đã đổi" in officer.heard
    assert (await book(here)).own.hours == "sáng thứ Hai"
    await officer.picks("Các bản trước")
    assert "chiều thứ Ba" in officer.heard
    await officer.picks("Dùng lại: như trong tệp")
    assert "Đã dùng lại nội dung trong tệp." in officer.heard
    assert await AuditRow.filter(act="setting_changed").count() == 4


async def test_an_old_press_takes_nothing_back(here: Two) -> None:
    """Mechanism: the press names the version that held when it was shown."""
    lan = await here.joins("Lan", "officer", here.at.commune)
    minh = await here.joins("Minh", "officer", here.at.commune)
    await sets(lan, "Giờ làm việc", "sáng")
    await lan.picks("Các bản trước")
    await sets(minh, "Giờ làm việc", "chiều")
    await lan.picks("Dùng lại: như trong tệp")
    assert "vừa có người sửa trước" in lan.heard
    assert (await book(here)).own.hours == "chiều"
    await lan.forges(pack(UsePast("yen-mo", "hours", 77, 2)))
    assert "đã từng là" in lan.heard


async def test_only_the_newest_versions_are_kept_and_what_fits_no_more_is_left_out(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    for number in range(KEPT + 2):
        await sets(officer, "Giờ làm việc", f"{number} giờ sáng")
    assert await SettingVersion.all().count() == KEPT
    newest = (await SettingVersion.all().order_by("-version"))[1]
    await SettingVersion.filter(id=newest.id).update(value='{"a": 1}')
    await officer.picks("Các bản trước")
    assert f"{KEPT} giờ sáng" not in officer.heard
    assert f"{KEPT - 1} giờ sáng" in officer.heard
    assert "trong tệp" not in officer.heard


async def test_a_change_of_channels_becomes_news_for_the_villages(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    await sets(officer, "Danh bạ kênh của xã", "Zalo của xã; hỏi đáp; https://zalo.me/yenmo", "Thêm")
    await sets(officer, "Danh bạ kênh của xã", "Trang cũ", "Thêm")
    await officer.picks("Trang cũ: đã thay thế")
    await officer.picks("Báo cho các thôn")
    assert "Đã soạn TB-0001" in officer.heard
    await officer.picks("Mở TB-0001")
    assert "Đang dùng:\n• Zalo của xã: hỏi đáp, https://zalo.me/yenmo\nKhông dùng nữa:\n• Trang cũ" in officer.heard
    await officer.says("/caidat")
    await officer.picks("Danh bạ kênh của xã")
    await officer.picks("Báo cho các thôn")
    assert "Bản này đã soạn rồi: TB-0001" in officer.heard
    assert await Announcement.all().count() == 1


async def test_quiet_hours_are_those_of_the_commune_of_the_chat(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    await sets(officer, "Giờ yên lặng", "12 giờ - 13:30")
    now = here.world.clock.now()
    await channels.register("fake", "g1", here.at.village, "village", "Nhóm", now)
    await channels.register("fake", "g2", here.at.far_village, "village", "Nhóm xa", now)
    quiet = CommuneQuiet(await book(here), ZONE)
    noon, night = datetime(2026, 11, 24, 5, 30, tzinfo=UTC), datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    near, far = Chat("fake", "g1", "group"), Chat("fake", "g2", "group")
    assert await quiet.until_for(near, noon) == datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
    assert await quiet.until_for(far, noon) is None
    assert await quiet.until_for(near, night) is None
    assert await quiet.until_for(far, night) == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    assert await quiet.until_for(Chat("fake", officer.chat.id, "private"), noon) is not None
    assert quiet.until(noon) is None, "only what is quiet for all may hold everything"


async def test_what_the_old_quiet_hours_held_is_looked_at_again(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    now = here.world.clock.now()
    later = now + timedelta(hours=9)
    await OutboxRow.create(
        klass="notice", package="p", key="k", platform="fake", chat_id="c", chat_kind="private", locale="vi",
        message="{}", state="held", reason=QUIET, not_before=later, created_at=now, updated_at=now,
    )  # fmt: skip
    await sets(officer, "Giờ làm việc", "sáng")
    assert (await OutboxRow.get()).not_before == later
    await sets(officer, "Giờ yên lặng", "không")
    assert now <= (await OutboxRow.get()).not_before < now + timedelta(hours=1)


async def test_nobody_else_may_and_forged_presses_change_nothing(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    await sets(officer, "Người liên hệ theo việc", "VNeID; Công an xã", "Thêm")
    before = await CommuneSetting.all().values()
    others = [
        await here.joins("Nam", "chair", here.at.commune),
        await here.joins("Tư", "leader", here.at.village),
        await here.joins("Minh", "officer", here.at.other_commune),
    ]
    forged = (
        EditSetting("yen-mo", "phone"),
        SaveSetting("yen-mo", "phone", 0, "00000000"),
        DropItem("yen-mo", "contacts", "00000000", 1),
        SetStatus("yen-mo", "00000000", 1, 1),
        UseFile("yen-mo", "contacts", 1),
        OpenPast("yen-mo", "contacts"),
        UsePast("yen-mo", "contacts", 0, 1),
        TellOfChannels("yen-mo"),
        OpenSettings("lac-hien"),
        OpenSettings("nowhere"),
        UseFile("yen-mo", "name", 1),
    )
    for talk in (*others, here.world.talk("Lạ")):
        for action in forged:
            await talk.forges(pack(action))
            await talk.says("0229 000 111")
    assert await CommuneSetting.all().values() == before
    assert not await Announcement.exists()
    await others[0].says("/caidat")
    assert "Việc cài đặt của xã là của công chức Văn hóa – Xã hội." in others[0].heard
    group = here.world.talk("Lan", chat="g1", kind="group")
    await group.says("/caidat")
    assert "trong cuộc trò chuyện riêng" in group.heard


@pytest.mark.parametrize(
    ("field", "typed", "why"),
    [
        ("quiet", "tối", NO_QUIET),
        ("quiet", "25:00 - 6:00", NO_QUIET),
        ("hosts", "không phải trang", NO_HOST),
        ("channels", "Trang; tin; ftp://x", NO_LINK),
        ("phone", "12", NO_PHONE),
    ],
)
def test_what_cannot_be_read_is_explained(field: str, typed: str, why: str) -> None:
    with pytest.raises(Unreadable) as error:
        read(field, typed)  # type: ignore[arg-type]
    assert str(error.value) == why


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("21:00 - 6:00", "21:00:00", "06:00:00"),
        ("21h đến 5g30", "21:00:00", "05:30:00"),
        ("22-5", "22:00:00", "05:00:00"),
        ("không", "00:00:00", "00:00:00"),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, start: str, end: str) -> None:
    assert read("quiet", typed) == {"start": start, "end": end}


async def test_how_long_a_neighbour_is_waited_for_is_set_in_chat(here: Two) -> None:
    officer = await here.joins("Lan", "officer", here.at.commune)
    await sets(officer, "Nhờ người giúp bà con", "20 phút, 6:30 - 20:00")
    assert "20 phút, 6h30 – 20h00" in officer.heard
    assert (await book(here)).own.help.minutes == 20
    await officer.says("/caidat")
    await officer.picks("Nhờ người giúp bà con")
    await officer.picks("Sửa")
    await officer.says("lâu lâu")
    assert "Bác gõ số phút chờ mỗi người" in officer.heard


async def test_a_commune_that_begins_today_is_known_before_seven_in_the_morning(here: Two) -> None:
    """It is still yesterday in Greenwich."""
    await units.create("moi", "xã", "Mới", parent=None, valid_from=date(2026, 12, 1))
    found = CommuneSettings(here.content.communes)
    await found.refresh(datetime(2026, 12, 1, 6, 30, tzinfo=ZONE).astimezone(UTC))
    assert found.of("moi") is not None
