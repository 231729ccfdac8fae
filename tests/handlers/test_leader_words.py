"""Messages as village leaders type them: no figure of another meaning or period, nothing dropped without a word."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.messages import Button
from bot.features.checkins import indicators
from bot.features.checkins.actions import Confirm
from bot.features.checkins.indicators import IndicatorRow
from bot.features.difficulties.tables import Difficulty
from bot.storage.tables.checkins import Answer, Figure
from bot.testing import RICH, FakePlatform
from tests.handlers.checkin_world import MONTH, Village, make_village


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await make_village(db, platform)


async def test_all_that_is_not_understood_is_said_in_one_sentence(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12, hồ sơ 6 xyz, hình như ssk 8")
    assert "“hồ sơ 6 xyz”, “hình như ssk 8”: tôi chưa hiểu các phần này nên không tính." in talk.heard
    assert "12/410 người" in talk.heard


async def test_a_month_ahead_is_not_taken_for_that_of_last_year(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc tháng 12 vneid 20")
    assert "Kỳ tháng 12/2025 đã qua lâu nên tôi chưa ghi" in talk.heard
    assert "Đúng không ạ" not in talk.heard
    await talk.says("bc tháng 12/2025 vneid 20")
    assert "kỳ tháng 12/2025" in talk.heard
    assert "20/410 người" in talk.heard


async def test_ok_after_sua_does_not_record_what_was_to_be_put_right(village: Village) -> None:
    """Mechanism: yes-words were taken in every state of a waiting report."""
    talk = village.hoa()
    await talk.says("bc vneid 31")
    for word in ("ok", "vâng", "dạ", "đúng rồi"):
        await talk.says("sửa")
        assert "Gõ “bc” để xem lại, “hủy” để bỏ." in talk.heard
        await talk.says(word)
        assert "Tôi chưa ghi gì cả" in talk.heard
        assert "31/410 người" in talk.heard
        assert not await Figure.exists()


async def test_a_yes_to_another_question_confirms_no_report(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12")
    await talk.says("menu")
    await talk.says("ok")
    assert not await Figure.exists()
    assert "Bản báo cáo dưới đây đang chờ bác" in talk.heard
    await talk.says("vâng đúng rồi ạ")
    assert await village.figure("CQ01") == 12


async def test_da_alone_is_no_yes_and_co_is_one(village: Village) -> None:
    await village.had("CQ01", [300, 310, 320, 328])
    talk = village.hoa()
    await talk.says("bc vneid =300")
    await talk.says("dạ")
    assert "nay 300, ít đi" in talk.heard
    await talk.says("có ạ")
    assert "lũy kế 300/410" in talk.heard
    await talk.says("dạ")
    assert not await Figure.filter(period=MONTH).exists()
    await talk.says("chuẩn rồi ạ")
    assert await village.figure("CQ01") == 300


async def test_what_the_reporter_says_to_neighbours_is_no_answer_and_gets_none(village: Village) -> None:
    talk, other = village.in_group("Hoa"), village.in_group("Ba")
    await talk.says("bc vneid 12")
    for words in ("ok", "vâng", "không", "mai 7h30 họp nhé các bác", "nhà tôi 3 người đi", "bác Tư 0912345678"):
        await other.says("mai họp bác nhé", addressed=False)
        await talk.says(words, addressed=False)
        assert talk.heard == "", words
    assert not await Figure.exists()
    await talk.says("dạ đúng rồi ạ", addressed=False)
    assert await village.figure("CQ01") == 12
    await talk.says("bc hồ sơ 5")
    await talk.says("ok")
    assert await village.figure("CQ02") == 5


async def test_an_open_form_in_the_group_waits_for_figures_and_not_for_talk(village: Village) -> None:
    talk = village.in_group("Hoa")
    await talk.says("bc")
    for words in ("mai 7h30 họp nhé các bác", "bác Tư ơi cho xin số 0912345678", "ok"):
        await talk.says(words, addressed=False)
        assert talk.heard == "", words
    await talk.says("vneid 12, hồ sơ 5", addressed=False)
    assert "12/410 người" in talk.heard
    await talk.says("hủy")
    await talk.says("bc")
    await talk.says("từng số một")
    await talk.says("mai 7h30 họp", addressed=False)
    assert talk.heard == ""
    await talk.says("12", addressed=False)
    assert "(2/9)" in talk.heard


async def test_bc_alone_shows_the_report_that_waits_instead_of_dropping_it(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12")
    for words in ("bc", "báo cáo"):
        await talk.says(words)
        assert "Bản báo cáo dưới đây đang chờ bác" in talk.heard
        assert "12/410 người" in talk.heard
    await talk.says("bc hồ sơ 5")
    await talk.says("đúng")
    assert [await village.figure("CQ01"), await village.figure("CQ02")] == [12, 5]


async def test_figures_told_step_by_step_are_not_dropped_for_bc(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc")
    await talk.says("từng số một")
    await talk.says("12")
    await talk.says("5 tuần này")
    assert "(2/9)" in talk.heard
    assert "Gõ “hủy” để thôi báo cáo." in talk.heard
    await talk.says("5")
    await talk.says("bc hồ sơ 7")
    for said in ("12/326 hộ", "5 lượt", "7 hồ sơ"):
        assert said in talk.heard
    await talk.says("đúng")
    await talk.says("bc")
    await talk.says("từng số một")
    await talk.says("=14")
    await talk.says("bc")
    assert "14/326 hộ" in talk.heard


async def test_the_menu_leaves_an_empty_form_and_says_that_a_report_waits(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc")
    await talk.says("menu")
    await talk.says("làm căn cước ở đâu")
    assert "báo cáo" not in talk.heard
    await talk.says("bc vneid 12")
    await talk.says("menu")
    assert "Bản báo cáo của bác còn chờ, tôi chưa ghi gì. Gõ “bc” để xem lại, “hủy” để bỏ." in talk.heard
    await talk.says("bc")
    await talk.says("đúng")
    assert await village.figure("CQ01") == 12


async def test_the_menu_says_that_another_question_is_still_open(village: Village) -> None:
    talk = village.hoa()
    await talk.says("khó khăn")
    await talk.says("menu")
    assert "Việc bác đang làm dở vẫn còn: bác gõ tiếp, hoặc gõ “hủy” để thôi." in talk.heard
    await talk.says("hủy")
    await talk.says("menu")
    assert "dở" not in talk.heard


@pytest.mark.parametrize(
    ("report", "words", "now"),
    [
        ("bc vneid 31", "nhầm, 13 chứ không phải 31", "13/410"),
        ("bc vneid 31", "sửa lại 13 người", "13/410"),
        ("bc vneid 31, hồ sơ 5", "13 chứ k phải 31", "13/410"),
        ("bc vneid 31, hồ sơ 5", "vneid 13 chứ không phải 31", "13/410"),
        ("bc vneid 31, hồ sơ 5", "nhầm, 13", "“13” là số của chỉ tiêu nào ạ?"),
        ("bc vneid 31, hồ sơ 5", "13 chứ không phải 30", "“13” là số của chỉ tiêu nào ạ?"),
    ],
)
async def test_a_number_that_was_wrong_is_put_right_where_it_is_clear_which(
    village: Village, report: str, words: str, now: str
) -> None:
    talk = village.hoa()
    await talk.says(report)
    await talk.says(words)
    assert now in talk.heard
    assert "Đúng không ạ" in talk.heard


async def test_after_sua_a_number_alone_is_that_of_the_only_line(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid +31")
    await talk.says("sai")
    await talk.says("13")
    assert "13/410 người" in talk.heard
    await talk.says("7")
    assert "“7”: tôi chưa hiểu" in talk.heard


@pytest.mark.parametrize(("chosen", "total"), [("=15 tổng số", 15), ("+15 mới thêm", 135)])
async def test_a_part_of_the_village_is_not_shown_as_a_share_of_the_whole(
    village: Village, chosen: str, total: int
) -> None:
    """15 of 20 households visited were read back as 75 % and stored as 15 of 326."""
    await village.had("TC06", [120])
    talk = village.hoa()
    await talk.says("bc zalo 15/20 hộ, vneid 300/410")
    assert "bác báo 15/20, mà sổ của xã ghi cả thôn có 326 hộ" in talk.heard
    assert "75%" not in talk.heard
    await talk.picks(chosen)
    if total == 15:
        assert "trước là 120, nay 15, ít đi" in talk.heard
        await talk.picks("Đúng, có giảm")
    assert f"{total}/326 hộ" in talk.heard
    assert "300/410 người" in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("TC06") == total


async def test_the_whole_that_was_wrong_is_put_right_by_a_number(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc zalo 145/330")
    assert "cả thôn có 326 hộ" in talk.heard
    await talk.says("145/326")
    assert "145/326 hộ (44,5%)" in talk.heard


async def test_what_an_edited_message_drops_is_said(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12")
    await talk.says("bc hồ sơ 5")
    await talk.edits("x", "bc vneid 13")
    assert "13/410 người" in talk.heard
    assert "nên bỏ ra: Hồ sơ nộp trực tuyến do Tổ hỗ trợ." in talk.heard


async def test_the_question_for_which_village_says_the_way_out(village: Village) -> None:
    officer = village.lan()
    await officer.says("bc vneid 12")
    assert "Bác báo cho nơi nào?\nGõ “hủy” để thôi báo cáo." in officer.heard


async def test_figures_of_a_day_are_those_of_its_period(village: Village) -> None:
    """They were taken for the present week, whatever day was named."""
    talk = village.hoa()
    await talk.says("bc ngày 20/11 loa 5, hồ sơ 3")
    assert "kỳ tuần 47/2026" in talk.heard
    assert "kỳ tháng 11/2026" in talk.heard
    await talk.says("hủy")
    await talk.says("bc hôm qua loa 2")
    assert "kỳ tuần 48/2026" in talk.heard
    await talk.says("hủy")
    await talk.says("bc ngày 31/2 loa 2")
    assert "không báo theo kỳ bác nêu" in talk.heard


async def test_where_another_period_is_booked_than_was_said_the_reply_says_so(village: Village) -> None:
    """“Tuần trước” was last month for what is told by the month, and nothing said so."""
    talk = village.hoa()
    await talk.says("bc tuần trước loa 5, hồ sơ 3")
    assert "kỳ tuần 47/2026" in talk.heard
    assert "kỳ tháng 11/2026" in talk.heard
    assert "bác nói tuần 47/2026, chỉ tiêu này không báo theo kỳ ấy nên tôi ghi vào tháng 11/2026" in talk.heard
    assert talk.heard.count("bác nói") == 1
    await talk.says("hủy")
    await talk.says("bc tháng này loa 5")
    assert "tôi tự cộng từ các tuần" in talk.heard
    assert "Đúng" not in talk.choices
    await talk.says("hủy")
    await talk.says("bc tuần này loa 5")
    assert "bác nói" not in talk.heard


async def test_a_day_that_is_not_in_the_period_that_waits_is_said(village: Village) -> None:
    clock = village.world.clock
    await village.rounds.plan(village.at.commune, "week", clock.now())
    clock.passes(days=2)
    await village.rounds.tick(clock.now())
    clock.passes(days=4)
    talk = village.hoa()
    await talk.says("bc ngày 30/11 loa 5")
    assert "kỳ tuần 48/2026" in talk.heard
    assert "bác nói ngày 30/11/2026, nhưng tuần 48/2026 còn chờ số nên tôi ghi vào kỳ ấy" in talk.heard


async def test_figures_glued_to_a_name_are_asked_about(village: Village) -> None:
    talk = village.hoa()
    await talk.says("loa2 8")
    assert "“loa2 8”: số viết liền vào chữ nên tôi chưa rõ là số mấy" in talk.heard
    assert not await Answer.exists()
    await talk.says("loa 28")
    assert "28" in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("TT02", "2026-W48") == 28


async def test_a_report_in_the_group_that_calls_nobody_is_told_not_to_count(village: Village) -> None:
    """It was overheard and dropped, and the leader took it for told."""
    group = village.in_group("Hoa")
    await group.says("bc vneid 12, hồ sơ 5", addressed=False)
    assert group.heard == ""
    (letter,) = village.letters.to("chat-hoa")
    assert "“bc vneid 12, hồ sơ 5”" in letter.text.plain
    assert "chưa được tính" in letter.text.plain
    assert not await Answer.exists()
    await group.says("báo cáo: vneid 13", addressed=False)
    assert len(village.letters.to("chat-hoa")) == 1, "once a day"
    await village.in_group("Bảy").says("bc vneid 12", addressed=False)
    await group.says("bc ơi mai họp nhé", addressed=False)
    assert group.heard == ""
    assert not village.letters.to("chat-bay")


async def test_in_a_group_that_is_not_heard_the_question_says_how_to_answer(
    village: Village, platform: FakePlatform
) -> None:
    """“Bác gõ một tin” was followed, and the words never reached the bot."""
    await village.in_group("Hoa").says("bc")
    shown = village.in_group("Hoa").shown[-1].message.text.plain
    rich = platform.capabilities is RICH
    assert ("(Bấm trả lời tin này, hoặc nhắc tên tôi, rồi gõ.)" if rich else "(Nhắc tên tôi rồi gõ.)") in shown
    await village.in_group("Hoa").says("khó khăn")
    shown = village.in_group("Hoa").shown[-1].message.text.plain
    assert ("nhắc tên tôi" in shown.lower()) != rich
    talk = village.hoa()
    await talk.says("bc")
    assert "tên tôi" not in talk.heard


async def test_who_is_asked_in_the_group_is_told_to_call_the_bot(village: Village) -> None:
    clock = village.world.clock
    await village.rounds.plan(village.at.commune, "week", clock.now())
    for days in (2, 2, 2):
        clock.passes(days=days)
        await village.rounds.tick(clock.now())
    letters = [message.text.plain for message in village.letters.to("g1")]
    assert letters
    assert all("Gõ trong nhóm thì nhắc tên tôi ở đầu tin, hoặc nhắn riêng cho tôi." in text for text in letters)
    assert all("nhắc tên tôi" not in message.text.plain for message in village.letters.to("chat-hoa"))


@pytest.mark.parametrize("where", ["private", "group"])
async def test_no_old_button_records_a_report_that_huy_dropped(village: Village, where: str) -> None:
    talk = village.hoa() if where == "private" else village.in_group("Hoa")
    await talk.says("bc vneid 12")
    answer = await Answer.get()
    await talk.says("menu")
    await talk.says("hủy")
    assert "Đã hủy, tôi không ghi số nào." in talk.heard
    await talk.presses(Button.to("Đúng", Confirm(answer.id, answer.version)), "m")
    assert not await Figure.exists()
    await talk.says("đúng")
    assert not await Figure.exists()


async def test_of_half_a_year_the_last_is_taken_and_no_sum(village: Village) -> None:
    """The bot adds up the months itself: a sum that was told too would count twice."""
    talk = village.hoa()
    await talk.says("bc 6 tháng đầu năm vneid =340, hồ sơ 50, loa 60")
    assert "kỳ tháng 6/2026" in talk.heard
    assert "340/410 người" in talk.heard
    assert "số 6 tháng đầu năm 2026 tôi tự cộng từ các tháng nên chưa ghi. Bác báo số từng tháng" in talk.heard
    assert "tôi tự cộng từ các tuần nên chưa ghi" in talk.heard
    assert "50 hồ sơ" not in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("CQ01", "2026-06") == 340
    await talk.says("bc ca nam 2026: gian hang =7")
    assert "kỳ tháng 11/2026" in talk.heard
    await talk.says("hủy")
    await talk.says("bc quý 4 hồ sơ 9")
    assert "số quý IV/2026 tôi tự cộng từ các tháng" in talk.heard


async def test_what_is_counted_once_in_half_a_year_is_told_for_it(village: Village) -> None:
    row = IndicatorRow(ma="XH09", ten="Số lớp học số", don_vi_tinh="lớp", loai="P", ky="nua_nam", ten_khac=("lớp số",))
    await indicators.write(row, village.world.clock.now())
    talk = village.hoa()
    await talk.says("bc lớp số 3")
    assert "kỳ 6 tháng cuối năm 2026" in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("XH09", "2026-H2") == 3
    await talk.says("số đã báo")
    assert "6 tháng cuối năm 2026\nBác báo lúc 15:00 24/11:\n• Số lớp học số: 3 lớp" in talk.heard
    await talk.says("bc 6 thang dau nam lop so 2")
    assert "kỳ 6 tháng đầu năm 2026" in talk.heard


@pytest.mark.parametrize("where", ["private", "group"])
async def test_a_difficulty_in_between_leads_back_to_the_report_that_waits(village: Village, where: str) -> None:
    """A bare “khó khăn” put the report aside without a word; nothing of it was ever recorded."""
    talk = village.hoa() if where == "private" else village.in_group("Hoa")
    await talk.says("bc vneid 12")
    await talk.says("khó khăn")
    assert "Bản báo cáo của bác vẫn chờ, xong việc này tôi hỏi lại." in talk.heard
    await talk.says("ok")
    assert "Bác gõ khó khăn" in talk.heard
    await talk.says("mất sóng ở cuối thôn")
    assert "Đã chuyển xã." in talk.heard
    assert "Bản báo cáo dưới đây đang chờ bác" in talk.heard
    assert "12/410 người" in talk.heard
    await talk.says("đúng")
    assert await village.figure("CQ01") == 12


async def test_a_report_that_was_put_aside_survives_huy_to_something_else(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12")
    await talk.says("khó khăn")
    await talk.says("hủy")
    assert "Đã dừng việc đang làm." in talk.heard
    assert "Bản báo cáo của bác còn chờ, tôi chưa ghi gì. Gõ “bc” để xem lại, “hủy” để bỏ." in talk.heard
    await talk.restarts()
    await talk.says("bc")
    assert "12/410 người" in talk.heard
    await talk.says("thôi không báo nữa")
    assert "Đã hủy, tôi không ghi số nào." in talk.heard
    await talk.says("bc")
    assert "12/410 người" not in talk.heard


async def test_a_report_that_was_put_aside_waits_for_a_day(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12")
    await talk.says("khó khăn")
    await talk.says("hủy")
    village.world.clock.passes(days=3)
    await talk.says("bc hồ sơ 5")
    assert "12/410 người" not in talk.heard
    assert "5 hồ sơ" in talk.heard


@pytest.mark.parametrize("said", ["không", "không có ạ", "chưa có gì", "khong co gi"])
async def test_no_difficulty_is_no_difficulty(village: Village, said: str) -> None:
    """“Không” to the question for a difficulty went to the commune as one, with an owner and a deadline."""
    talk = village.hoa()
    await talk.says("khó khăn")
    await talk.says(said)
    assert "Vâng, tôi không gửi gì lên xã." in talk.heard
    assert not await Difficulty.exists()
