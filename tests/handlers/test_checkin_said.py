"""What a leader says about figures in a sentence, between and after reports."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.difficulties.tables import Difficulty
from bot.storage.tables.checkins import Figure
from bot.testing import FakePlatform
from tests.handlers.checkin_world import MONTH, Village, make_village

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await make_village(db, platform)


async def test_a_report_in_a_sentence_is_read_and_what_is_not_read_is_said(village: Village) -> None:
    """Without “bc” it was answered with the guide on VNeID."""
    talk = village.hoa()
    await talk.says("báo thôn em tuần này hỗ trợ được 12 người cài vneid, 5 hồ sơ với lại phát loa 3 lần xyz")
    assert "12/410 người" in talk.heard
    assert "5 hồ sơ" in talk.heard
    assert "xyz”: tôi chưa hiểu" in talk.heard
    await talk.says("dung r")
    assert [await village.figure("CQ01"), await village.figure("CQ02")] == [12, 5]


@pytest.mark.parametrize("said", ["báo mất điện thoại", "báo cáo viên là ai", "bảo vệ 5 trẻ em"])
async def test_not_all_that_is_told_is_a_report(village: Village, said: str) -> None:
    talk = village.hoa()
    await talk.says(said)
    assert "Đúng không ạ" not in talk.heard
    assert not await Figure.exists()


async def test_what_was_wrong_after_dung_is_put_right_by_the_whole(village: Village) -> None:
    """It was asked whether 21 were to be added to the 12. Mechanism: `Figures.correction` in CheckinTalk.take."""
    talk = village.hoa()
    await talk.says("bc vneid 12")
    await talk.says("đúng")
    await talk.says("e nhầm vneid 21 chứ ko phải 12")
    assert "lũy kế 21/410" in talk.heard
    await talk.says("dc r")
    assert await village.figure("CQ01", MONTH) == 21


@pytest.mark.parametrize("said", ["bỏ số vneid đi", "em báo nhầm xóa giúp em số vneid", "rút lại", "nhầm rồi"])
async def test_who_takes_a_figure_back_is_asked_for_the_right_one(village: Village, said: str) -> None:
    """Each led to guides on VNeID and Zalo."""
    talk = village.hoa()
    await talk.says("bc vneid 12")
    await talk.says("đúng")
    await talk.says(said)
    assert "Số đã ghi thì tôi không xóa" in talk.heard
    await talk.says("vneid 10")
    await talk.picks("Đúng, có giảm")
    await talk.picks("Đúng")
    assert await village.figure("CQ01") == 10


@pytest.mark.parametrize(
    "said",
    ["em báo thiếu gì ko", "thôn em còn thiếu j", "còn thiếu chỉ tiêu nào", "hạn báo cáo hôm nào", "báo cáo xong chưa",
     "thôn mình đạt bao nhiêu phần trăm rồi"],
)  # fmt: skip
async def test_how_far_the_village_is_is_told_also_while_a_report_waits(village: Village, said: str) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12")
    await talk.says(said)
    assert "Bản báo cáo của bác còn chờ" in talk.heard
    assert "Số liệu thôn Lạc Hiền đã báo:" in talk.heard
    assert "Chưa báo:" in talk.heard
    await talk.says("bc")
    await talk.says("đúng")
    assert await village.figure("CQ01") == 12


async def test_a_month_that_is_over_is_shown_by_its_name(village: Village) -> None:
    await village.had("CQ01", [300, 310])
    talk = village.hoa()
    for said in ("tháng 10 thôn em báo bao nhiêu", "cho em xem số tháng trước"):
        await talk.says(said)
        assert "tháng 10/2026" in talk.heard
        assert "310/410" in talk.heard
        assert "tháng 11/2026" not in talk.heard
        assert "Sửa" not in talk.choices  # it would put right the present month


async def test_the_figures_of_another_village_stay_with_the_commune(village: Village) -> None:
    talk = village.hoa()
    for said in ("thôn khác báo chưa", "thôn nào báo nhiều nhất"):
        await talk.says(said)
        assert "Số của thôn khác thì cán bộ xã xem. Bác xem được số của thôn Lạc Hiền." in talk.heard


@pytest.mark.parametrize("said", ["tháng này ko có gì", "không có gì để báo", "tuần này chưa có gì"])
async def test_nothing_to_tell_is_told_as_nought(village: Village, said: str) -> None:
    """Four guides stood there as the answer."""
    talk = village.hoa()
    await talk.says(said)
    assert "bác ghi rõ chỉ tiêu nào bằng 0" in talk.heard


@pytest.mark.parametrize(("said", "of"), [("mùng 5 loa 2 lần", "tuần 45/2026"), ("hôm kia loa 2", "tuần 47/2026")])
async def test_a_day_in_everyday_words_is_one(village: Village, said: str, of: str) -> None:
    """It is Tuesday the 24th; “hôm kia” was taken for the name of an indicator."""
    talk = village.hoa()
    await talk.says(said)
    assert f"kỳ {of}" in talk.heard


async def test_new_or_all_is_answered_in_words(village: Village) -> None:
    """Only the button was understood. Mechanism: `settle_in_words`."""
    talk = village.hoa()
    await talk.says("bc vneid 12, hồ sơ 3")
    await talk.says("đúng")
    await talk.says("bc vneid 40, hồ sơ 5")
    await talk.says("tổng số nhé")
    await talk.says("bỏ qua")
    assert "lũy kế 40/410" in talk.heard
    await talk.says("ok")
    assert [await village.figure("CQ01"), await village.figure("CQ02")] == [40, 3]


async def test_the_question_how_far_a_difficulty_is_is_no_new_one(village: Village) -> None:
    """“Khó khăn của em đến đâu rồi” went to the commune as a difficulty."""
    talk = village.hoa()
    await talk.says("khó khăn: mất sóng ở cuối thôn")
    for said in ("khó khăn của em đến đâu rồi", "xã trả lời chưa", "khó khăn"):
        await talk.says(said)
        assert "Đang chờ xã trả lời:\n• Số 1, hạn" in talk.heard
        assert "mất sóng ở cuối thôn" in talk.heard
        await talk.says("hủy")
    assert await Difficulty.all().count() == 1
    group = village.in_group("Hoa")
    await group.says("khó khăn")
    assert "mất sóng" not in group.heard
