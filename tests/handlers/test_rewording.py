"""Changing the text of an announcement: its title stands once, and a word is changed without typing all of it."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.handlers.kit.base import Content
from bot.storage.tables.announcements import Announcement
from bot.testing import FakePlatform, Participant

from .announcing_world import LAC_HIEN, Yard, yard
from .test_announcing import asked, written

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

TITLED = "Họp thôn\n7 giờ tối mai họp ở nhà văn hóa. Đến trước 7 giờ, nhớ mang 17 cái ghế."


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def editing(lan: Participant) -> None:
    await lan.picks("Sửa thêm")
    await lan.picks("Sửa nội dung")


@pytest.mark.parametrize("first", ["Họp thôn", "HỌP THÔN:", "họp  thôn."])
async def test_a_title_that_is_typed_again_with_the_text_stands_once(here: Yard, first: str) -> None:
    lan = await written(here, TITLED)
    await editing(lan)
    assert "“Họp thôn”" in lan.heard, "it is said that the title stays"
    await lan.says(f"{first}\n8 giờ tối mai họp ở nhà văn hóa.")
    one = await Announcement.get()
    assert (one.title, one.text) == ("Họp thôn", "8 giờ tối mai họp ở nhà văn hóa.")
    assert lan.heard.lower().count("họp thôn") == 1
    await lan.picks("Xin duyệt")
    await here.sends()
    await here.world.talk("nam").picks("Duyệt")
    await here.sends()
    (text,) = here.texts(LAC_HIEN)
    assert text.lower().count("họp thôn") == 1


async def test_a_first_line_that_becomes_the_title_leaves_the_text(here: Yard) -> None:
    lan = await written(here, "Quét đường làng.")
    await editing(lan)
    await lan.says("Quét đường\nSáng mai quét đường làng.")
    await lan.picks("Sửa thêm")
    await lan.picks("Sửa tên tin")
    await lan.says("Quét đường")
    one = await Announcement.get()
    assert (one.title, one.text) == ("Quét đường", "Sáng mai quét đường làng.")
    await editing(lan)
    await lan.says("Quét đường")
    assert (await Announcement.get()).text == "Quét đường", "there is nothing else in it"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("đổi nhà văn hóa thành sân đình", "7 giờ tối mai họp ở sân đình. Đến trước 7 giờ, nhớ mang 17 cái ghế."),
        ("doi nha van hoa thanh sân đình.", "7 giờ tối mai họp ở sân đình. Đến trước 7 giờ, nhớ mang 17 cái ghế."),
        ("Đổi “17 cái ghế” thành “ghế nhựa”", "7 giờ tối mai họp ở nhà văn hóa. Đến trước 7 giờ, nhớ mang ghế nhựa."),
        ("đổi đến trước thành có mặt lúc", "7 giờ tối mai họp ở nhà văn hóa. Có mặt lúc 7 giờ, nhớ mang 17 cái ghế."),
    ],
)
async def test_one_word_is_changed_and_the_whole_is_read_back(here: Yard, said: str, text: str) -> None:
    lan = await written(here, TITLED)
    await editing(lan)
    assert "đổi … thành …" in lan.heard
    await lan.restarts()
    await lan.says(said)
    assert (await Announcement.get()).text == text
    assert text in lan.heard
    assert "1 chỗ" in lan.heard


async def test_every_place_is_changed_and_counted_but_no_part_of_another_word(here: Yard) -> None:
    lan = await written(here, TITLED)
    await editing(lan)
    await lan.says("đổi 7 thành 8")
    assert "Đã đổi “7” thành “8”, 2 chỗ." in lan.heard
    one = await Announcement.get()
    assert one.text == "8 giờ tối mai họp ở nhà văn hóa. Đến trước 8 giờ, nhớ mang 17 cái ghế."
    await editing(lan)
    await lan.says("đổi thôn thành xóm")
    assert (await Announcement.get()).title == "Họp xóm", "the title is read, too"


async def test_what_is_not_there_is_asked_again_and_the_sentence_may_be_the_text(here: Yard) -> None:
    lan = await written(here, TITLED)
    await editing(lan)
    before = (await Announcement.get()).text
    await lan.says("đổi 9 giờ thành 10 giờ")
    assert "không thấy “9 giờ”" in lan.heard
    assert (await Announcement.get()).text == before
    await lan.says("đổi 7 giờ tối thành 8 giờ tối")
    assert (await Announcement.get()).text.startswith("8 giờ tối mai")
    await editing(lan)
    for _ in range(2):
        await lan.says("Đổi giấy phép lái xe thành thẻ nhựa.")
    assert (await Announcement.get()).text == "Đổi giấy phép lái xe thành thẻ nhựa."


async def test_a_word_that_holds_thanh_is_found(here: Yard) -> None:
    lan = await written(here, "Họp\nMời thành viên tổ đến họp.")
    await editing(lan)
    await lan.says("đổi thành viên thành bà con")
    assert (await Announcement.get()).text == "Mời bà con tổ đến họp."


async def test_a_word_changed_while_it_waits_takes_it_back(here: Yard) -> None:
    lan = await asked(here, TITLED)
    await editing(lan)
    await lan.says("đổi tối mai thành tối nay")
    assert "bác xin duyệt lại" in lan.heard
    assert (await Announcement.get()).state == "draft"


async def test_one_change_follows_another_while_the_card_is_the_newest(here: Yard) -> None:
    lan = await written(here, TITLED)
    await editing(lan)
    await lan.says("đổi nhà văn hóa thành sân đình")
    await lan.says("đổi tối mai thành tối nay")
    assert "Đã đổi “tối mai” thành “tối nay”, 1 chỗ." in lan.heard
    await lan.restarts()
    await lan.says("đổi họp thôn thành họp xóm")
    await lan.picks("Sửa thêm")
    await lan.says("đổi 17 cái ghế thành ghế nhựa")
    one = await Announcement.get()
    assert (one.title, one.text) == (
        "Họp xóm",
        "7 giờ tối nay họp ở sân đình. Đến trước 7 giờ, nhớ mang ghế nhựa.",
    )


async def test_at_the_card_what_is_not_there_is_asked_again_and_other_wishes_are_answered(here: Yard) -> None:
    lan = await written(here, TITLED)
    before = (await Announcement.get()).text
    await lan.says("đổi 9 giờ thành 10 giờ")
    assert "không thấy “9 giờ”" in lan.heard
    assert (await Announcement.get()).text == before
    await lan.says("đổi 7 giờ tối thành 8 giờ tối")
    assert (await Announcement.get()).text.startswith("8 giờ tối mai")


async def test_words_are_changed_at_no_other_place(here: Yard) -> None:
    lan = await written(here, TITLED)
    before = (await Announcement.get()).text
    await lan.says("menu")
    await lan.says("đổi 7 giờ thành 8 giờ")
    assert (await Announcement.get()).text == before
    nam = here.world.talk("nam")
    await nam.says("đổi 7 giờ thành 8 giờ")
    assert (await Announcement.get()).text == before


@pytest.mark.parametrize("said", ["115", "gọi 115 giúp với"])
async def test_a_number_to_call_in_need_is_no_part_of_an_announcement(here: Yard, said: str) -> None:
    """Mechanism: where any sentence may be the answer, the number alone is none. It was the hour of the meeting."""
    lan = here.world.talk("lan")
    await lan.says("/thongbao")
    await lan.picks("Soạn mới")
    await lan.picks("Họp thôn")
    await lan.says("bàn việc làm đường")
    await lan.says(said)
    assert "gọi ngay 115" in lan.heard
    assert "“hủy”" in lan.heard
    await lan.says("19 giờ 30 mai")
    await lan.says("nhà văn hóa")
    await lan.says("bỏ qua")
    assert "Thời gian: 19 giờ 30 mai." in lan.heard
    assert "115" not in (await Announcement.get()).text
