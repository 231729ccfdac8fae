"""Announcements from the first word to the groups: written, shown, frozen, approved by another person, stopped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.actions import pack
from bot.core.events import FileSent, Incoming, PhotoSent, VoiceSent
from bot.features.announcements.actions import (
    Approve,
    Cancel,
    ChangeDraft,
    CorrectIt,
    GoUrgent,
    NewAnnouncement,
    OpenAnnouncement,
    PrintPoster,
    ReadNotice,
    SendLate,
    Toggle,
)
from bot.features.announcements.writing import files
from bot.features.groups import channels
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.handlers.kit.base import Content
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody

from .announcing_world import DONG_CAO, LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

TEXT = "Sáng mai bà con đi quét đường.\nBà con tập trung lúc 6 giờ 30 ở đầu thôn."


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def written(here: Yard, text: str = TEXT) -> Participant:
    """Officer Lan has written a free text for all villages."""
    lan = here.world.talk("lan")
    await lan.says("/thongbao")
    await lan.picks("Soạn mới")
    await lan.picks("Tự viết")
    await lan.says(text)
    await lan.picks("Nơi nhận")
    await lan.picks("Tất cả các thôn (2)")
    assert "sẽ đến 2 nhóm" in lan.heard
    await lan.picks("Xong")
    return lan


async def asked(here: Yard, text: str = TEXT) -> Participant:
    lan = await written(here, text)
    await lan.picks("Xin duyệt")
    assert "Đã chốt 2 nhóm" in lan.heard
    await here.sends()
    return lan


async def approved(here: Yard) -> tuple[Participant, Participant]:
    lan, nam = await asked(here), here.world.talk("nam")
    await nam.picks("Duyệt")
    assert "Đã duyệt cho 2 nhóm" in nam.heard
    return lan, nam


async def test_from_the_first_word_to_the_groups(here: Yard) -> None:
    lan = await asked(here)
    nam = here.world.talk("nam")
    assert "Có thông báo chờ duyệt" in here.texts("chat-nam")[-1]
    await here.world.restarts()
    await nam.picks("Duyệt")
    assert "Đã duyệt cho 2 nhóm, 2 tin" in nam.heard
    await here.sends()
    for group in (LAC_HIEN, DONG_CAO):
        (text,) = here.texts(group)
        assert text.startswith("Ủy ban nhân dân xã Yên Mô\nTB-0001 · 15 giờ, 24/11/2026")
        assert "kiểm tra TB-0001" in text
        assert "quét đường" in text
        buttons = here.world.platform.chats[group][-1].message.buttons
        assert "1. Đã nhận" in text or [button.label for button in buttons] == ["Đã nhận"]
    await here.ticks()
    one = await Announcement.get()
    assert (one.state, one.rows, one.channels) == ("done", 2, 2)
    assert await here.states(one.id) == {"sent": 2}
    await here.sends()
    assert "đã gửi xong" in here.texts("chat-lan")[-1]
    await lan.says("thông báo")
    assert "Sáng mai bà con đi quét đường. (đã gửi xong)" in lan.heard
    rows = await AuditRow.filter(object=f"announcement:{one.id}").order_by("id")
    assert [row.act.removeprefix("announcement.") for row in rows] == ["created", "asked", "approved"]
    assert all("quét" not in row.details for row in rows)


async def test_who_wrote_it_does_not_approve_it(here: Yard) -> None:
    nam = here.world.talk("nam")
    await nam.says("/thongbao")
    await nam.picks("Soạn mới")
    await nam.picks("Tự viết")
    await nam.says(TEXT)
    await nam.forges(pack(Toggle(1, 1, "all")))
    await nam.picks("Xong")
    await nam.picks("Xin duyệt")
    assert "Chưa có ai khác được quyền duyệt" in nam.heard
    who = await people.who(Account("fake", "id-nam"), here.world.clock.now())
    assert who.person_id is not None
    await somebody("hoa", "chair", here.at.commune)
    await people.link(Account("fake", "id-nam hai"), "chat-nam hai", who.person_id, here.world.clock.now())
    await nam.picks("Xin duyệt")
    other_phone = here.world.talk("nam hai")
    for talk in (nam, other_phone):
        await talk.forges(pack(Approve(1, 3)))
        assert "chính bác soạn" in talk.heard
    tried = await AuditRow.filter(act="own_approval_refused")
    assert [(row.actor, row.object) for row in tried] == [(await people.number(who.person_id), "announcement:1")]
    assert (await Announcement.get()).state == "waiting"
    await here.sends()
    await here.world.talk("hoa").picks("Duyệt")
    assert (await Announcement.get()).state == "sending"


async def test_a_change_after_asking_voids_the_button_that_was_shown(here: Yard) -> None:
    lan = await asked(here)
    await lan.picks("Sửa thêm")
    await lan.picks("Sửa nội dung")
    await lan.says("Chiều mai bà con đi quét đường.")
    assert "bác xin duyệt lại" in lan.heard
    nam = here.world.talk("nam")
    await nam.picks("Duyệt")
    assert "không còn chờ duyệt" in nam.heard
    assert "Chiều mai" in nam.heard
    shown = (await Announcement.get()).version - 1
    await lan.picks("Xin duyệt")
    await nam.forges(pack(Approve(1, shown)))
    assert "vừa được cập nhật" in nam.heard
    assert (await Announcement.get()).state == "waiting"
    assert not await OutboxRow.filter(announcement=1).exists()


async def test_pressing_twice_and_together_is_one_approval(here: Yard) -> None:
    await somebody("hoa", "chair", here.at.commune)
    await asked(here)
    nam, hoa = here.world.talk("nam"), here.world.talk("hoa")
    data = pack(Approve(1, (await Announcement.get()).version))
    await nam.forges(data)
    await nam.forges(data)
    assert "không còn chờ duyệt" in nam.heard
    assert "đang gửi" in nam.heard
    await hoa.picks("Duyệt")
    assert "không còn chờ duyệt" in hoa.heard
    assert await OutboxRow.filter(announcement=1).count() == 2


async def test_refusing_tells_the_author_why(here: Yard) -> None:
    lan = await asked(here)
    nam = here.world.talk("nam")
    await nam.picks("Trả lại để sửa")
    await nam.says("Ghi rõ mang chổi")
    assert "Đã báo người soạn" in nam.heard
    await here.sends()
    assert "Ghi rõ mang chổi" in here.texts("chat-lan")[-1]
    await lan.picks("Mở TB-0001")
    assert "Người duyệt ghi: “Ghi rõ mang chổi”" in lan.heard
    await lan.picks("Xin duyệt")
    await here.sends()
    await nam.picks("Từ chối")
    await nam.says("Không cần nữa")
    assert (await Announcement.get()).state == "cancelled"


async def test_a_meeting_is_asked_one_thing_at_a_time_and_ends_by_itself(here: Yard) -> None:
    lan = here.world.talk("lan")
    await lan.says("thong bao")
    await lan.picks("Soạn mới")
    await lan.picks("Họp thôn")
    await lan.says("bàn việc làm đường")
    await lan.restarts()
    await lan.says("19 giờ 30 ngày 23/11")
    assert "đã qua rồi" in lan.heard
    await lan.says("19 giờ 30, thứ Năm 26/11")
    await lan.says("nhà văn hóa thôn")
    await lan.says("bỏ qua")
    assert "TB-0001 · Mời họp thôn" in lan.heard
    assert "Kính mời bà con dự họp: bàn việc làm đường." in lan.heard
    assert "Bà con nhớ mang" not in lan.heard
    assert "Tin có giá trị đến 19 giờ 30, 26/11/2026" in lan.heard
    assert (await Announcement.get()).expires_at == datetime(2026, 11, 26, 12, 30, tzinfo=UTC)


async def test_a_policy_is_written_with_the_paper_it_comes_from(here: Yard) -> None:
    lan = here.world.talk("lan")
    await lan.says("/thongbao")
    await lan.picks("Soạn mới")
    await lan.picks("Chính sách, chế độ")
    for answer in ("hỗ trợ tiền học", "học sinh nhà hộ nghèo", "mang giấy đến xã", "bỏ qua"):
        await lan.says(answer)
    assert "Theo văn bản nào?" in lan.heard
    await lan.says("nghe trên đài")
    assert "chưa thấy số văn bản" in lan.heard
    await lan.says("Công văn số 12/UBND-VHXH ngày 20/11/2026")
    assert "Nguồn: Công văn số 12/UBND-VHXH" in lan.heard
    await lan.picks("Nơi nhận")
    await lan.picks("Tất cả các thôn (2)")
    await lan.picks("Xong")
    await lan.picks("Sửa thêm")
    await lan.picks("Sửa nguồn")
    await lan.says("không nhớ")
    assert "phải ghi số văn bản" in lan.heard
    await lan.picks("Xin duyệt")
    assert (await Announcement.get()).state == "draft"
    await lan.picks("Sửa thêm")
    await lan.picks("Sửa nguồn")
    await lan.says("Công văn số 12/UBND-VHXH")
    await lan.picks("Xin duyệt")
    await here.sends()
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    (text,) = here.texts(LAC_HIEN)
    assert "Nguồn: Công văn số 12/UBND-VHXH" in text
    assert "Ai được hưởng: học sinh nhà hộ nghèo." in text
    await here.ticks()
    await lan.says("/thongbao")
    await lan.picks("TB-0001 Chính sách bà con cần biết")
    await lan.picks("Đính chính")
    await lan.says("Mang giấy đến nhà văn hóa, không phải đến xã.")
    assert "Nguồn: Công văn số 12/UBND-VHXH" in lan.heard
    await lan.picks("Xin duyệt")
    assert "Đã chốt 2 nhóm" in lan.heard


async def test_what_reached_nobody_needs_no_correction(here: Yard) -> None:
    """The text of the correction was asked for first, and then said to be of no use."""
    lan = await written(here)
    await lan.picks("Giờ gửi")
    await lan.says("17h")
    await lan.picks("Xin duyệt")
    await here.sends()
    await here.world.talk("nam").picks("Duyệt")
    await lan.says("thông báo")
    await lan.picks(next(choice for choice in lan.choices if choice.startswith("TB-0001")))
    await lan.picks("Hủy tin này")
    await lan.picks("Đúng, dừng lại")
    assert "2 tin không gửi nữa" in lan.heard
    assert "Biên nhận" in lan.choices
    assert not {"Đính chính", "Thu hồi"} & set(lan.choices)


async def test_an_official_finds_the_poster_of_what_went_out(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """Red without the button: the page was found by nobody who did not know its address."""
    here = await yard(db, platform, shipped, site="https://xa.example")
    lan, _ = await approved(here)
    await lan.forges(pack(OpenAnnouncement(1)))
    assert "In áp phích" not in lan.choices, "nobody has it yet"
    await here.sends()
    await lan.forges(pack(OpenAnnouncement(1)))
    await lan.picks("In áp phích")
    assert "Áp phích TB-0001, khổ A4. Bác mở trên máy tính rồi in:" in lan.heard
    assert "https://xa.example/thong-bao/TB-0001/ap-phich" in lan.heard
    assert lan.choices == ["Mở TB-0001"]
    tu = here.world.talk("tu")
    await tu.forges(pack(PrintPoster(1)))
    assert "https://" not in tu.heard


async def test_without_a_public_address_there_is_no_poster_to_open(here: Yard) -> None:
    lan, _ = await approved(here)
    await here.sends()
    await lan.forges(pack(OpenAnnouncement(1)))
    assert "In áp phích" not in lan.choices
    await lan.forges(pack(PrintPoster(1)))
    assert "Tin này không có áp phích" in lan.heard


async def test_a_hall_is_a_place_and_no_search(here: Yard) -> None:
    """“Hội trường xã” was taken for “hỏi …”, and the next answer for the place."""
    lan = here.world.talk("lan")
    await lan.forges(pack(NewAnnouncement("meeting")))
    await lan.says("Báo cáo thu chi.")
    assert "Lúc nào?" in lan.heard
    await lan.says("19 giờ 30, thứ Năm 26/11")
    await lan.says("Hội trường xã")
    assert "mang gì không" in lan.heard
    await lan.says("Sổ góp ý;")
    for line in ("dự họp: Báo cáo thu chi.\n", "Địa điểm: Hội trường xã.\n", "nhớ mang: Sổ góp ý.\n"):
        assert line in lan.heard, "the template has its own full stops"


async def test_a_long_answer_is_refused_and_never_cut(here: Yard) -> None:
    lan = here.world.talk("lan")
    await lan.forges(pack(NewAnnouncement("storm")))
    await lan.says("gió to " * 90)
    assert "viết gọn trong 500 chữ cái" in lan.heard
    for said in ("bão số 5", "từ 18 giờ hôm nay", "chằng chống nhà cửa", "bỏ qua"):
        await lan.says(said)
    assert "Kính báo bà con: bão số 5." in lan.heard
    await lan.picks("Nơi nhận")
    await lan.picks("Tất cả các thôn (2)")
    await lan.picks("Xong")
    await lan.picks("Xin duyệt")
    nam = here.world.talk("nam")
    await here.sends()
    await nam.picks("Trả lại để sửa")
    await nam.says("sửa lại " * 50)
    assert "viết gọn trong 300 chữ cái" in nam.heard
    await nam.says("Báo cáo thêm số điện thoại trực ban.")
    assert "Đã báo người soạn." in nam.heard


async def test_a_plan_is_typed_and_said_back(here: Yard) -> None:
    lan = await written(here)
    await lan.picks("Giờ gửi")
    await lan.says("hôm qua")
    assert "chưa hiểu giờ này" in lan.heard
    await lan.says("8:00")
    assert "Giờ này đã qua rồi" in lan.heard
    await lan.says("22:30")
    assert "Hẹn gửi lúc 22 giờ 30, 24/11/2026" in lan.heard
    assert "tin sẽ đến lúc 6 giờ, 25/11/2026" in lan.heard
    await lan.picks("Giờ gửi")
    await lan.says("thứ Bảy 28/11 lúc 7h30")
    assert "Hẹn gửi lúc 7 giờ 30, 28/11/2026" in lan.heard
    await lan.picks("Sửa thêm")
    await lan.picks("Hạn của tin")
    await lan.says("17 giờ chủ nhật")
    assert "Tin có giá trị đến 17 giờ, 29/11/2026" in lan.heard
    await lan.picks("Giờ gửi")
    await lan.says("17h")
    await lan.picks("Xin duyệt")
    await here.sends()
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    assert here.texts(LAC_HIEN) == []
    here.world.clock.passes(hours=2)
    await here.ticks()
    await here.sends()
    assert len(here.texts(LAC_HIEN)) == 1
    assert "TB-0001 · 17 giờ, 24/11/2026" in here.texts(LAC_HIEN)[0]


async def test_a_missed_plan_is_decided_by_a_person(here: Yard) -> None:
    lan = await written(here)
    await lan.picks("Giờ gửi")
    await lan.says("16:00")
    await lan.picks("Xin duyệt")
    await here.sends()
    await here.world.talk("nam").picks("Duyệt")
    here.world.clock.passes(hours=4)
    await here.ticks()
    await here.sends()
    assert "chưa gửi cho nhóm nào" in here.texts("chat-lan")[-1]
    assert here.texts(LAC_HIEN) == []
    await lan.picks("Gửi ngay")
    assert "Đã cho gửi" in lan.heard
    await here.sends()
    assert len(here.texts(DONG_CAO)) == 1


async def test_urgent_news_in_the_night(here: Yard) -> None:
    here.world.clock.passes(hours=8)  # 23:00 in Vietnam
    lan = await written(here, "Nước lên nhanh.\nBà con lên chỗ cao ngay.")
    await lan.picks("Sửa thêm")
    await lan.picks("Gửi khẩn, không chờ duyệt")
    assert "2 nhóm, kể cả giờ nghỉ" in lan.heard
    await lan.says("gấp")
    assert "từ 10 đến" in lan.heard
    await lan.says("Đê sắp vỡ, không chờ được")
    assert "Đã gửi khẩn tới 2 nhóm" in lan.heard
    await here.sends()
    assert "Tin khẩn" in here.texts(LAC_HIEN)[0]
    assert "không chờ duyệt" in here.texts("chat-nam")[-1]
    assert (await AuditRow.filter(act="announcement.overridden").count()) == 1


async def test_stopping_says_what_has_left_and_offers_a_correction(here: Yard) -> None:
    lan, _ = await approved(here)
    await here.sender.run()
    await OutboxRow.filter(announcement=1, chat_id=LAC_HIEN).update(state="held", reason="canary")
    await OutboxRow.filter(announcement=1, chat_id=DONG_CAO).update(state="sent")
    await lan.says("/thongbao")
    await lan.picks("TB-0001 Sáng mai bà con đi quét đường.")
    await lan.picks("Dừng gửi")
    assert "không lấy lại được" in lan.heard
    await lan.picks("Đúng, dừng lại")
    assert "1 tin không gửi nữa, 1 tin đã chuyển tới nhóm" in lan.heard
    await lan.picks("Đính chính")
    await lan.says("Chiều mai. " * 300)
    assert "viết gọn trong 3.000 chữ cái" in lan.heard
    await lan.says("Chiều mai, không phải sáng mai.")
    assert "đúng 1 nhóm đã có tin cũ" in lan.heard
    assert "TB-0002" in lan.heard
    await lan.picks("Xin duyệt")
    await here.sends()
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    assert "Đính chính thông báo TB-0001" in here.texts(DONG_CAO)[-1]
    assert all("Đính chính" not in text for text in here.texts(LAC_HIEN))


async def test_it_is_taken_back_once_whoever_presses_and_is_known_by_its_name(here: Yard) -> None:
    """Mechanism: the recall that stands is shown. Two presses were two drafts with the title of the first one."""
    lan, _ = await approved(here)
    await here.sends()
    await here.ticks()
    old = pack(CorrectIt(1, recall=True))
    await lan.forges(old)
    await lan.picks("Đúng, soạn tin thu hồi")
    assert "TB-0002 · Thu hồi: Sáng mai bà con đi quét đường. (đang soạn)" in lan.heard
    await lan.forges(old)
    assert "Đã có tin thu hồi TB-0001:" in lan.heard
    assert await Announcement.all().count() == 2
    await lan.forges(pack(OpenAnnouncement(1)))
    assert "Thu hồi bằng TB-0002 (đang soạn)" in lan.heard
    assert "Thu hồi" not in lan.choices
    await lan.picks("Mở TB-0002")
    await lan.picks("Xin duyệt")
    await here.sends()
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    assert "Thu hồi thông báo TB-0001" in here.texts(LAC_HIEN)[-1]


async def test_it_is_shown_before_as_the_groups_will_see_it(here: Yard) -> None:
    lan = await written(here)
    await lan.picks("Xem trước")
    assert "Trên Fake, bà con thấy 1 tin:" in lan.heard
    assert "│ TB-0001 · 15 giờ, 24/11/2026" in lan.heard
    rich = here.world.platform.capabilities["group"].buttons > 0
    assert ("│ [Đã nhận]" if rich else "│ 1. Đã nhận") in lan.heard


async def test_trying_it_out_needs_a_group_for_that(here: Yard) -> None:
    lan = await written(here)
    await lan.picks("Sửa thêm")
    await lan.picks("Gửi vào nhóm làm thử")
    assert "chưa có nhóm làm thử" in lan.heard
    await here.group("g-thu", here.at.commune, "sandbox")
    await lan.picks("Mở TB-0001")
    await lan.picks("Sửa thêm")
    await lan.picks("Gửi vào nhóm làm thử")
    await here.sends()
    (text,) = here.texts("g-thu")
    assert text.startswith("(Bản thử, chưa gửi cho bà con)")
    assert here.texts(LAC_HIEN) == []
    assert not await OutboxRow.filter(announcement=1).exists()


async def test_too_long_and_for_nobody(here: Yard) -> None:
    lan = here.world.talk("lan")
    await lan.forges(pack(NewAnnouncement("")))
    await lan.says("ă" * 10_001)
    assert "dài quá" in lan.heard
    await lan.says("ă" * 3500)
    assert "dài 3500 chữ cái, nhiều nhất 3000" in lan.heard
    assert not await Announcement.exists()
    await lan.says(TEXT)
    await lan.picks("Xin duyệt")
    assert "Bác chưa chọn nơi nhận TB-0001." in lan.heard
    assert (await Announcement.get()).state == "draft"


async def test_villages_without_a_group_are_named(here: Yard) -> None:
    async with in_transaction("default"):
        await channels.left("fake", DONG_CAO, channels.LEFT, here.world.clock.now())
    lan = here.world.talk("lan")
    await lan.forges(pack(NewAnnouncement("")))
    await lan.says(TEXT)
    await lan.picks("Nơi nhận")
    await lan.picks("Chọn từng thôn")
    await lan.picks("thôn Đông Cao")
    await lan.picks("thôn Lạc Hiền")
    assert "sẽ đến 1 nhóm của 1 thôn" in lan.heard
    assert "Chưa có nhóm nên không nhận được: thôn Đông Cao" in lan.heard
    assert "✅ thôn Lạc Hiền" in lan.heard


async def test_a_text_that_begins_like_a_command_is_a_text(here: Yard) -> None:
    lan = here.world.talk("lan")
    await lan.forges(pack(NewAnnouncement("")))
    await lan.says("Tìm trẻ lạc: bé An, 5 tuổi, mặc áo đỏ, đi từ chợ lúc trưa.")
    assert "TB-0001 · Thông báo (đang soạn)" in lan.heard
    await lan.picks("Sửa thêm")
    await lan.picks("Sửa tên tin")
    await lan.says("hủy")
    assert "Đã dừng việc đang làm" in lan.heard


@pytest.mark.parametrize("said", ["hủy", "/huy"])
async def test_whoever_stops_hears_what_still_waits_and_may_cancel_it(here: Yard, said: str) -> None:
    """Seen: an officer thought that “hủy” had stopped the announcement; the chair approved it and it went out."""
    lan = await asked(here)
    await lan.says("menu")
    await lan.says(said)
    assert "Tin TB-0001 của bác vẫn còn (chờ duyệt)." in lan.heard
    await lan.picks("Hủy tin TB-0001")
    await lan.picks("Đúng, dừng lại")
    assert (await Announcement.get()).state == "cancelled"
    await lan.says("hủy")
    assert "TB-0001" not in lan.heard


@pytest.mark.parametrize("said", ["hủy", "thôi", "/huy"])
async def test_who_approved_hears_that_it_goes_on_and_how_to_stop_it(here: Yard, said: str) -> None:
    """Mechanism: `outstanding` counts what somebody approved among what is theirs."""
    _, nam = await approved(here)
    await nam.says(said)
    assert "Tin TB-0001 bác đã duyệt vẫn còn (đang gửi)." in nam.heard
    await nam.picks("Dừng gửi TB-0001")
    assert (await Announcement.get()).state == "sending", "it is asked for sure"
    await nam.picks("Đúng, dừng lại")
    assert (await Announcement.get()).state == "cancelled"
    await nam.says(said)
    assert "TB-0001" not in nam.heard


@pytest.mark.parametrize("said", ["dừng", "Dừng lại!", "/dung", "dung"])
async def test_whose_announcement_is_on_its_way_is_asked_what_dung_means(here: Yard, said: str) -> None:
    """Seen: the chair approved, said “dừng”, and heard that the bot had stopped; the announcement went on."""
    _, nam = await approved(here)
    await here.sender.run()
    await OutboxRow.filter(announcement=1, chat_id=LAC_HIEN).update(state="held", reason="canary")
    await OutboxRow.filter(announcement=1, chat_id=DONG_CAO).update(state="sent")
    await nam.says(said)
    assert "TB-0001 “Sáng mai bà con đi quét đường.” (đang gửi)" in nam.heard
    assert "đã đến nhóm thì không lấy lại được" in nam.heard
    assert nam.choices == ["Dừng gửi TB-0001", "Dừng nhắn cho tôi", "Không, để nguyên"]
    assert (await Announcement.get()).state == "sending"
    await nam.picks("Dừng gửi TB-0001")
    assert "1 tin không gửi nữa, 1 tin đã chuyển tới nhóm" in nam.heard
    assert (await Announcement.get()).state == "cancelled"
    await nam.says("dừng")
    assert "Tôi đã dừng. Từ nay tôi không tự nhắn gì cho bác" in nam.heard


async def approved_by_the_police(here: Yard) -> Participant:
    """A warning of a scam is on its way, as Sơn of the police approved it."""
    await somebody("son", "police", here.at.commune, here.world.clock.now())
    lan, son = await written(here), here.world.talk("son")
    await Announcement.all().update(template="scam")
    await lan.picks("Xin duyệt")
    await here.sends()
    await son.picks("Duyệt")
    assert "Đã duyệt cho 2 nhóm" in son.heard
    return son


@pytest.mark.parametrize("said", ["dừng", "Dừng lại!", "/dung"])
async def test_the_police_are_asked_what_dung_means_and_stop_what_they_approved(here: Yard, said: str) -> None:
    """Mechanisms: what is asked about is what somebody may stop, and who approved it may. Seen: the bot fell silent."""
    son = await approved_by_the_police(here)
    await son.says(said)
    assert son.choices == ["Dừng gửi TB-0001", "Dừng nhắn cho tôi", "Không, để nguyên"]
    await OutboxRow.filter(announcement=1, chat_id=DONG_CAO).update(state="sent")
    await son.picks("Dừng gửi TB-0001")
    assert "1 tin không gửi nữa, 1 tin đã chuyển tới nhóm từ trước. Nếu tin sai, bác báo cán bộ xã" in son.heard
    assert (await Announcement.get()).state == "cancelled"
    assert "Biên nhận" not in son.choices, "it is the office's"
    await son.says("dừng")
    assert "Tôi đã dừng. Từ nay tôi không tự nhắn gì cho bác" in son.heard


async def test_the_police_stop_nothing_that_somebody_else_approved(here: Yard) -> None:
    """Mechanism: `may_stop` asks who approved this very one."""
    son = await approved_by_the_police(here)
    await somebody("binh", "police", here.at.commune, here.world.clock.now())
    binh = here.world.talk("binh")
    await binh.says("dừng")
    assert "Tôi đã dừng. Từ nay tôi không tự nhắn gì cho bác" in binh.heard
    await binh.forges(pack(OpenAnnouncement(1)))
    assert "Dừng gửi" not in binh.choices
    await binh.forges(pack(Cancel(1, (await Announcement.get()).version, sure=True)))
    assert "Việc dừng thông báo là của cán bộ xã và người đã duyệt" in binh.heard
    await son.says("hủy")
    assert "Tin TB-0001 bác đã duyệt vẫn còn (đang gửi)." in son.heard
    await son.says("dừng tb 1")
    await son.picks("Dừng gửi")
    await son.picks("Đúng, dừng lại")
    assert (await Announcement.get()).state == "cancelled"


async def test_who_means_the_bot_s_own_letters_says_so_and_the_announcement_goes_on(here: Yard) -> None:
    lan, nam = await approved(here)
    await nam.says("dừng")
    await nam.picks("Dừng nhắn cho tôi")
    assert "Từ nay tôi không tự nhắn gì cho bác" in nam.heard
    await lan.says("dừng nhận tin")
    assert "Từ nay tôi không tự nhắn gì cho bác" in lan.heard, "what is plain is not asked"
    await lan.picks("Nhận tin trở lại")
    await lan.says("dừng")
    assert "Dừng gửi TB-0001" in lan.choices, "its author may mean it, too"
    await lan.picks("Không, để nguyên")
    await here.sends()
    assert len(here.texts(LAC_HIEN)) == 1


@pytest.mark.parametrize("said", ["thu hồi", "thu hoi tin", "không gửi nữa", "hủy tin"])
async def test_taking_back_in_words_leads_to_the_announcements(here: Yard, said: str) -> None:
    lan = await asked(here)
    await lan.says(said)
    assert any(choice.startswith("TB-0001") for choice in lan.choices)


async def test_a_question_that_begins_like_taking_back_is_a_question(here: Yard) -> None:
    lan = await asked(here)
    await lan.says("thu hồi đất thì được đền bù thế nào")
    assert not any(choice.startswith("TB-0001") for choice in lan.choices)


async def test_a_list_that_is_out_of_date_changes_nothing(here: Yard) -> None:
    lan = await written(here)
    await lan.forges(pack(Toggle(1, 1, "all")))
    assert "sẽ đến 2 nhóm" in lan.heard
    assert (await Announcement.get()).version == 2


async def send_file(talk: Participant, file: Incoming, kind: str = "file", caption: str = "") -> None:
    common = (talk.world.next_id(), talk.chat, talk.sender, talk.world.clock.now())
    event: FileSent | PhotoSent | VoiceSent = (
        PhotoSent(*common, files=(file,), caption=caption)
        if kind == "photo"
        else VoiceSent(*common, file=file)
        if kind == "voice"
        else FileSent(*common, file=file, caption=caption)
    )
    talk._before = list(talk.shown)
    await talk.world.happens(event)


async def test_files_are_left_to_the_worker_and_hopeless_ones_refused_at_once(here: Yard) -> None:
    lan = await written(here)
    await lan.picks("Thêm ảnh, tệp, ghi âm")
    await send_file(lan, Incoming("big", "audio/mpeg", 50_000_000, "loa.mp3"))
    assert "lớn quá 20 MB" in lan.heard
    await send_file(lan, Incoming("film", "video/mp4", 1000, "phim.mp4"))
    assert "Tôi chỉ nhận ảnh" in lan.heard
    assert not await JobRow.exists()
    await send_file(lan, Incoming("r1", "audio/mpeg", 1000, "loa.mp3"), "voice")
    assert "đang lưu" in lan.heard
    assert (await JobRow.get()).kind == files.KIND
    await lan.says("xong chưa")
    assert "đang chờ tệp" in lan.heard


async def test_only_officials_write_and_only_approvers_decide(here: Yard) -> None:
    await asked(here)
    version = (await Announcement.get()).version
    tu, stranger = here.world.talk("tu"), here.world.talk("khách")
    for talk in (tu, stranger):
        await talk.forges(pack(NewAnnouncement("")))
        assert "công chức và lãnh đạo xã" in talk.heard
        for action in (
            OpenAnnouncement(1), Approve(1, version), Cancel(1, version, sure=True), ChangeDraft(1, version, "text"),
            Toggle(1, version, "all"), GoUrgent(1, version), SendLate(1, version),
        ):  # fmt: skip
            await talk.forges(pack(action))
            assert "quét đường" not in talk.heard
    assert (await Announcement.get()).version == version
    assert (await Announcement.get()).state == "waiting"


async def test_the_police_read_drafts_about_scams_only(here: Yard) -> None:
    await somebody("son", "police", here.at.commune, here.world.clock.now())
    await asked(here)
    son = here.world.talk("son")
    await son.forges(pack(OpenAnnouncement(1)))
    assert "Việc duyệt nội dung là của lãnh đạo xã" in son.heard
    assert "quét đường" not in son.heard
    await Announcement.all().update(template="scam")
    await son.forges(pack(OpenAnnouncement(1)))
    assert "quét đường" in son.heard


async def test_everybody_reads_what_their_village_was_told(here: Yard) -> None:
    await approved(here)
    guest = here.world.talk("khách")
    await guest.says("thông báo")
    await guest.picks("xã Yên Mô")
    await guest.says("thông báo")
    assert "Chưa có thông báo nào" in guest.heard
    await guest.says("menu")
    assert "Thông báo của xã" not in guest.choices
    await here.sends()
    await here.ticks()
    await guest.says("menu")
    await guest.picks("Thông báo của xã")
    await guest.picks("Đọc TB-0001")
    assert "đầu thôn" in guest.heard
    group = here.world.talk("Hoa", chat=LAC_HIEN, kind="group")
    await group.says("/thongbao")
    assert "TB-0001, 24/11/2026: Sáng mai bà con đi quét đường." in group.heard
    await guest.forges(pack(ReadNotice(99)))
    assert "Không có thông báo này" in guest.heard


# In an official's own words


async def test_an_announcement_typed_where_a_kind_was_asked_for_is_offered_and_not_lost(here: Yard) -> None:
    """It was looked up as a guide, and the official had to find “Tự viết” and type it again."""
    lan, hoa = here.world.talk("lan"), here.world.talk("Hoa")
    await lan.says("gửi thông báo")
    await lan.says("Mời bà con cài vneid tối mai")
    assert "“Mời bà con cài vneid tối mai”" in lan.heard
    await lan.picks("Soạn tin này")
    assert "TB-0001" in lan.heard
    for said in ("gửi thông báo mai cắt điện cả xã", "Thông báo: mai cắt điện cả xã"):
        await lan.says(said)
        assert "“Mai cắt điện cả xã”" in lan.heard
    await lan.says("ừ")
    assert "TB-0002" in lan.heard
    await hoa.says("gửi thông báo cho tôi khi cắt điện")
    assert "Soạn tin này" not in hoa.heard


async def test_what_is_asked_in_place_of_a_kind_of_announcement_is_answered(here: Yard) -> None:
    lan = here.world.talk("lan")
    await lan.says("soạn thông báo")
    await lan.says("ai chưa nhận tin")
    assert "Chưa có biên nhận" in lan.heard
    await lan.says("Mời bà con cài vneid tối mai")
    assert "Soạn tin này" not in lan.heard
    await lan.says("gửi thông báo mai cắt điện cả xã")
    await lan.says("ai chưa nhận tin")
    assert "Chưa có biên nhận" in lan.heard
    await lan.says("/thongbao")
    assert "Chưa có thông báo nào." in lan.heard


async def test_a_kind_of_announcement_may_be_typed_though_a_command_has_its_name(here: Yard) -> None:
    lan = here.world.talk("lan")
    for said in (["soạn thông báo", "họp thôn"], ["gửi thông báo họp thôn"]):
        for words in said:
            await lan.says(words)
        assert "Họp về việc gì?" in lan.heard
        await lan.says("hủy")


async def test_an_officer_reaches_each_thing_by_saying_it(here: Yard) -> None:
    """“Soạn thông báo” and “biên nhận TB-0001” were looked up as guides."""
    lan, nam = here.world.talk("lan"), here.world.talk("nam")
    await lan.says("biên nhận")
    assert "Chưa có biên nhận: xã chưa gửi tin nào." in lan.heard
    await lan.says("soạn thông báo")
    assert "Bác soạn tin gì?" in lan.heard
    await lan.says("tự viết")
    await lan.says(TEXT)
    await lan.says("xin duyệt")
    assert "Bác chưa chọn nơi nhận TB-0001." in lan.heard
    await lan.says("nơi nhận")
    await lan.says("tất cả")
    await lan.says("xong")
    await lan.says("xin duyệt ạ")
    assert "Đã chốt 2 nhóm" in lan.heard
    await lan.says("biên nhận tb 1")
    assert "Chưa có biên nhận: TB 1 chưa gửi, hoặc không có." in lan.heard
    await nam.says("có gì chờ duyệt không")
    assert "TB-0001" in nam.heard
    await nam.says("TB-0001")
    await nam.picks("Mở TB-0001")
    await nam.says("duyệt")
    assert "Đã duyệt cho 2 nhóm" in nam.heard
    await here.sends()
    for said in (
        "biên nhận TB-0001",
        "bien nhan tb 1",
        "thôn nào chưa xác nhận?",
        "xem biên nhận",
        "nhắc thôn chưa nhận",
    ):
        await lan.says(said)
        assert "Chưa xác nhận: thôn Đông Cao, thôn Lạc Hiền." in lan.heard, said
    for said in ("đính chính", "tin sai rồi"):
        await lan.says(said)
        assert "Thông báo của xã Yên Mô" in lan.heard, said
    for said in ("đính chính TB-0001", "thu hồi tin tb 1"):
        await lan.says(said)
        assert lan.choices == ["Biên nhận", "Dừng gửi", "Các thông báo"], said


async def test_a_leader_confirms_in_words_and_a_resident_means_something_else(here: Yard) -> None:
    await approved(here)
    await here.sends()
    tu, hoa = here.world.talk("tu"), here.world.talk("Hoa")
    for words in ("biên nhận hồ sơ", "đã nhận"):
        await hoa.says(words)
        assert "TB-0001" not in hoa.heard
    await tu.says("đã nhận rồi ạ")
    assert "✅ Thôn Lạc Hiền đã nhận TB-0001" in tu.heard
    await tu.says("đã nhận")
    assert "Không có thông báo nào chờ bác xác nhận." in tu.heard
    for words in ("xã có tin gì mới không", "có thông báo gì không"):
        await tu.says(words)
        assert "Thông báo mới nhất" in tu.heard
    for words in ("TB-0001 có thật không", "tin TB-0001 là thật hay giả?"):
        await hoa.says(words)
        assert "✅ Tin thật: TB-0001" in hoa.heard
    for words in ("mời thành viên mới", "mời thành viên thôn Lạc Hiền"):
        await tu.says(words)
        assert "Bác mời người vào vai trò nào?" in tu.heard
    await hoa.says("mời thành viên mới")
    assert "vai trò nào" not in hoa.heard


async def test_a_question_in_between_is_answered_and_the_report_waits(here: Yard) -> None:
    """Whatever was said while a report waited, or was asked for, got “tôi chưa thấy số liệu nào”."""
    await approved(here)
    await here.sends()
    tu = here.world.talk("tu")
    await tu.says("bc vneid 12")
    for said, answer in (("xã có tin gì mới không", "Thông báo mới nhất"), ("mời tổ phó", "vai trò nào?")):
        await tu.says(said)
        assert answer in tu.heard
        assert "Bản báo cáo của bác còn chờ" in tu.heard
    await tu.says("bc")
    await tu.says("được")
    assert "Đã ghi 1 số liệu" in tu.heard
    await tu.says("bc")
    await tu.says("tôi phải làm gì")
    assert "Tổ công nghệ số cộng đồng giúp bà con" in tu.heard
    assert "số liệu nào" not in tu.heard


async def test_who_wants_to_leave_a_role_says_so(here: Yard) -> None:
    """The button stood on the last of seven pages."""
    tu = here.world.talk("tu")
    await tu.says("tôi xin nghỉ")
    assert "Bác thôi làm **Tổ trưởng" in tu.heard or "Bác thôi làm Tổ trưởng" in tu.heard
    assert tu.choices == ["Thôi làm", "Không, làm tiếp"]
    await tu.says("ok")
    assert tu.choices == ["Thôi làm", "Không, làm tiếp"]
    await tu.says("không")
    assert "(1/7)" in tu.heard
    await tu.says("thôi vai trò")
    await tu.says("có")
    assert "Bác đã thôi làm Tổ trưởng" in tu.heard
