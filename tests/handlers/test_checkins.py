"""Leaders report in their own words; nothing counts before "Đúng"; the commune's answer comes back to the village."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.events import Incoming, PhotoSent
from bot.core.messages import Button
from bot.features.checkins import targets
from bot.features.checkins.actions import OpenReport
from bot.features.checkins.reading import values
from bot.features.difficulties import difficulties as troubles
from bot.features.difficulties.tables import Difficulty
from bot.features.people import people
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.checkins import Answer, Figure
from bot.testing import FakePlatform
from tests.features.village import somebody
from tests.handlers.checkin_world import MONTH, WEEK, Village, make_village


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await make_village(db, platform)


async def test_several_figures_in_one_message_are_read_back_and_count_after_dung(village: Village) -> None:
    await village.had("CQ01", [310, 320, 328])
    await targets.assign(
        village.at.village, "CQ01", MONTH, Decimal(85), reason="", by=None, now=village.world.clock.now()
    )
    talk = village.hoa()
    await talk.says("bc vneid +12, hồ sơ 5, khó khăn: mất sóng ở cuối thôn")
    assert "thôn Lạc Hiền" in talk.heard
    assert "tháng 11/2026" in talk.heard
    assert "+12, lũy kế 340/410 người (82,9%); chỉ tiêu 85%" in talk.heard
    assert "5 hồ sơ" in talk.heard
    assert "Khó khăn: mất sóng ở cuối thôn" in talk.heard
    assert talk.choices == ["Đúng", "Sửa", "Hủy"]
    assert await village.figure("CQ01") is None
    await talk.picks("Đúng")
    assert "Đã ghi 2 số liệu" in talk.heard
    assert [await village.figure("CQ01"), await village.figure("CQ02")] == [340, 5]
    assert "mất sóng" in village.letters.to("chat-lan")[0].text.plain


async def test_a_report_under_a_photo_is_a_report(village: Village) -> None:
    """Seen: leaders post a picture of a class with figures under it; they were told that pictures are not kept."""
    talk = village.hoa()
    photo = Incoming("f1", "image/jpeg", 90_000)
    here = (village.world.next_id(), talk.chat, talk.sender, village.world.clock.now())
    await village.world.happens(PhotoSent(*here, files=(photo,), caption="bc vneid +12"))
    assert "12/410 người" in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("CQ01") == 12


async def test_dung_counts_once_and_an_old_button_tells_when_it_was_done(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc hồ sơ 5")
    buttons = next((shown.message.buttons for shown in reversed(talk.shown) if shown.message.buttons), ())
    old = talk.shown[-1].id
    await talk.picks("Đúng")
    if buttons:
        await talk.presses(buttons[0], old)
        assert "đã xong lúc 15:00" in talk.heard
    assert await Figure.all().count() == 1


async def test_words_confirm_as_well_and_a_restart_changes_nothing(village: Village) -> None:
    talk = village.hoa()
    await talk.says("vneid 12, hồ sơ 5")
    await talk.restarts()
    await talk.says("dạ đúng")
    assert await village.figure("CQ01") == 12


async def test_a_correction_before_dung_changes_only_what_it_names(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12, hồ sơ 5")
    await talk.says("à nhầm, vneid 13")
    assert "13/410 người" in talk.heard
    assert "5 hồ sơ" in talk.heard
    await talk.picks("Đúng")
    assert [await village.figure("CQ01"), await village.figure("CQ02")] == [13, 5]


async def test_an_edited_message_that_waits_is_read_anew(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12, hồ sơ 5")
    await talk.edits("x", "bc vneid 14")
    assert "14/410 người" in talk.heard
    assert "hồ sơ" not in talk.heard
    await talk.picks("Đúng")
    assert [await village.figure("CQ01"), await village.figure("CQ02")] == [14, None]
    await talk.edits("x", "bc vneid 99")
    assert await village.figure("CQ01") == 14


async def test_an_edited_report_whose_village_is_asked_for_is_read_anew(village: Village) -> None:
    talk = village.lan()
    await talk.says("bc vneid 12")
    assert "Bác báo cho nơi nào?" in talk.heard
    await talk.edits("x", "bc vneid 14")
    assert "Bác báo cho nơi nào?" in talk.heard
    await talk.picks("thôn Lạc Hiền")
    assert "14/410 người" in talk.heard


@pytest.mark.parametrize(
    "said",
    [
        "báo cáo: vneid 12",
        "BC:vneid 12",
        "Báo cáo : vneid 12",
        "bc - vneid 12",
        "/baocao: vneid 12",
        "/báo cáo vneid 12",
    ],
)
async def test_a_colon_or_a_dash_after_the_word_is_no_part_of_it(village: Village, said: str) -> None:
    talk = village.hoa()
    await talk.says(said)
    assert "12/410 người" in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("CQ01") == 12


async def test_cancelled_figures_are_never_stored(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12")
    await talk.picks("Hủy")
    assert "không ghi số nào" in talk.heard
    assert await Figure.all().count() == 0


async def test_a_number_that_may_be_added_or_the_total_is_asked(village: Village) -> None:
    await village.had("CQ01", [20])
    talk = village.hoa()
    await talk.says("bc vneid 25")
    assert "mới thêm** hay là" not in talk.heard
    assert "trước đây là 20" in talk.heard
    await talk.picks("=25 tổng số")
    assert "lũy kế 25/410" in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("CQ01") == 25


async def test_what_is_likely_is_not_asked(village: Village) -> None:
    await village.had("CQ01", [300, 310, 320, 328])
    talk = village.hoa()
    await talk.says("bc vneid 12")
    assert "+12, lũy kế 340/410" in talk.heard
    await talk.picks("Hủy")
    await talk.says("bc vneid 340")
    assert "+12, lũy kế 340/410" in talk.heard


async def test_more_people_than_there_are_is_refused(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid =450")
    assert "lớn hơn tổng số 410" in talk.heard
    await talk.says("vneid =405")
    assert "405/410 người (98,8%)" in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("CQ01") == 405


async def test_a_number_alone_answers_the_question_about_a_figure(village: Village) -> None:
    await village.had("CQ01", [12])
    talk = village.hoa()
    await talk.says("bc zalo =400, hồ sơ 5")
    assert "400 lớn hơn tổng số 326" in talk.heard
    await talk.says("300")
    assert "300/326 hộ" in talk.heard
    assert "5 hồ sơ" in talk.heard
    await talk.picks("Hủy")
    await talk.says("bc vneid 14")
    await talk.says("30")
    assert "Số 30 bác vừa báo là mới thêm hay là tổng số" in talk.heard
    await talk.says("+20 người")
    assert "+20, lũy kế 32/410" in talk.heard
    await talk.says("đúng")
    assert await village.figure("CQ01") == 32


async def test_dung_to_a_question_with_two_answers_asks_it_again_and_blames_nobody(village: Village) -> None:
    await village.had("CQ01", [12])
    talk = village.hoa()
    await talk.says("bc vneid 14")
    for word in ("đúng", "ok"):
        await talk.says(word)
        assert "người khác cập nhật" not in talk.heard
        assert "Bác trả lời giúp tôi câu này trước, tôi chưa ghi gì." in talk.heard
        assert "là mới thêm hay là tổng số" in talk.heard
    await talk.picks("=14 tổng số")
    await talk.picks("Đúng")
    assert await village.figure("CQ01") == 14


async def test_dung_to_a_question_whether_it_is_so_settles_it_and_writes_nothing_yet(village: Village) -> None:
    await village.had("CQ01", [300, 310, 320, 328])
    talk = village.hoa()
    await talk.says("bc vneid =300")
    await talk.says("đúng")
    assert "lũy kế 300/410" in talk.heard
    assert await village.figure("CQ01") is None
    await talk.says("đúng")
    assert await village.figure("CQ01") == 300


async def test_what_is_reported_while_a_figure_is_in_doubt_is_acknowledged(village: Village) -> None:
    await village.had("CQ01", [12])
    talk = village.hoa()
    await talk.says("bc vneid 14")
    assert "đã thêm" not in talk.heard
    await talk.says("bc hồ sơ =10, khó khăn: mất sóng")
    assert "Tôi đã thêm vào bản đang chờ:\n• Hồ sơ nộp trực tuyến do Tổ hỗ trợ: =10\n• Khó khăn: mất sóng" in talk.heard
    assert "Số 14 bác vừa báo là mới thêm hay là tổng số" in talk.heard
    await talk.says("bc vneid 15")
    assert "đã thêm" not in talk.heard
    assert "Số 15 bác vừa báo là mới thêm hay là tổng số" in talk.heard
    await talk.picks("=15 tổng số")
    assert "10 hồ sơ" in talk.heard
    assert "Khó khăn: mất sóng" in talk.heard


async def test_a_number_alone_is_the_denominator_that_was_asked_for(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc KT05 18")
    assert "18 trên tổng số bao nhiêu" in talk.heard
    await talk.says("22")
    assert "18/22 cơ sở (81,8%)" in talk.heard


async def test_what_is_not_understood_leaves_the_waiting_report_as_it_is(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc zalo 100, hồ sơ 5")
    for words, answer in (("7", "“7”: tôi chưa hiểu"), ("bc abc", "chưa ghi gì"), ("bc abc 12", "không có chỉ tiêu")):
        await talk.says(words)
        assert answer in talk.heard
        assert "100/326 hộ" in talk.heard
        assert talk.choices == ["Đúng", "Sửa", "Hủy"]
    await talk.says("đúng")
    assert await village.figure("CQ02") == 5


async def test_a_number_overheard_in_the_group_changes_no_waiting_figure(village: Village) -> None:
    talk = village.in_group("Hoa")
    await talk.says("bc zalo 400")
    await talk.says("300", addressed=False)
    assert "300/326" not in talk.heard
    await talk.says("310")
    assert "310/326" in talk.heard


async def test_a_falling_total_and_a_jump_are_asked(village: Village) -> None:
    await village.had("CQ01", [300, 310, 320, 328])
    talk = village.hoa()
    await talk.says("bc vneid =300")
    assert "trước là 328, nay 300" in talk.heard
    await talk.picks("Bỏ số này")
    assert "Không còn số nào" in talk.heard
    await talk.says("bc vneid +70")
    assert "khác hẳn mọi kỳ" in talk.heard
    await talk.picks("Đúng số này")
    await talk.picks("Đúng")
    assert await village.figure("CQ01") == 398


async def test_what_is_not_understood_is_said_and_not_counted(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc wifi 12, hồ sơ 5, vneid khoảng 30")
    assert "tôi không có chỉ tiêu tên này" in talk.heard
    assert "số ước chừng" in talk.heard
    await talk.picks("Đúng")
    assert [row.indicator for row in await Figure.all()] == ["CQ02"]


async def test_nothing_to_report_is_answered_with_what_to_type(village: Village) -> None:
    talk = village.hoa()
    await talk.says("báo cáo không có gì")
    assert "“không có gì”: bác ghi rõ chỉ tiêu nào bằng 0, ví dụ “loa 0, hồ sơ 0”." in talk.heard
    await talk.says("loa 0, hồ sơ 0")
    await talk.says("đúng")
    assert [await village.figure("TT02", WEEK), await village.figure("CQ02")] == [0, 0]


async def test_a_figure_that_waits_is_set_in_the_words_for_it(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12, loa 2 lần")
    await talk.says("sửa vneid thành 13")
    assert "13/410 người" in talk.heard
    assert "2 lượt" in talk.heard


@pytest.mark.parametrize("report", ["bc vneid 12", "bc khó khăn: mất sóng ở cuối thôn"])
async def test_a_role_that_ended_before_dung_confirms_nothing(village: Village, report: str) -> None:
    now = village.world.clock.now()
    who = await somebody("vinh", "leader", village.at.village, now)
    talk = village.world.talk("Vinh", chat="chat-vinh")
    await talk.says(report)
    assert who.person_id is not None
    await people.end(who.grants[0].id, who.person_id, now)
    await talk.picks("Đúng")
    assert "Việc báo số liệu là của Tổ công nghệ số" in talk.heard
    assert (await Answer.get()).state == "waiting"
    assert await Difficulty.all().count() == 0
    assert village.letters.sent == {}


async def test_a_member_proposes_and_the_leader_signs_off(village: Village) -> None:
    member = village.world.talk("Tu", chat="chat-tu")
    await member.says("bc vneid 12")
    await member.picks("Đúng")
    assert "chuyển Tổ trưởng duyệt" in member.heard
    assert await village.figure("CQ01") is None
    letter = village.letters.to("chat-hoa")[0]
    assert "12/410" in letter.text.plain
    stranger = village.world.talk("Xa", chat="chat-xa")
    await stranger.presses(letter.buttons[0], "m")
    assert "Tổ trưởng hoặc Tổ phó duyệt" in stranger.heard
    assert await village.figure("CQ01") is None
    assert not await AuditRow.exists(act="figures_signed")
    await village.hoa().presses(letter.buttons[0], "m")
    assert await village.figure("CQ01") == 12
    signed = await AuditRow.get(act="figures_signed")
    assert (signed.object, signed.details) == ("answer:1", '{"count":1,"version":3}')
    assert signed.actor is not None


async def test_what_the_leader_reports_alone_needs_no_row_of_the_log(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12")
    await talk.picks("Đúng")
    assert not await AuditRow.exists(act="figures_signed")


async def test_two_people_at_once_do_not_overwrite_each_other(village: Village) -> None:
    await village.had("CQ01", [300, 310, 320, 328])
    leader, deputy = village.hoa(), village.world.talk("Ba", chat="chat-ba")
    await leader.says("bc vneid +12")
    await deputy.says("bc vneid +10")
    await leader.picks("Đúng")
    await deputy.picks("Đúng")
    assert "vừa có người khác cập nhật" in deputy.heard
    assert "+22" in deputy.heard or "lũy kế 350/410" in deputy.heard
    assert await village.figure("CQ01") == 340
    await deputy.picks("Đúng")
    assert await village.figure("CQ01") == 350
    assert [one.value for one in await values.history(village.at.village, "CQ01", MONTH)] == [340, 350]


async def test_a_resident_and_a_leader_of_elsewhere_report_nothing_here(village: Village) -> None:
    resident = village.world.talk("La")
    await resident.says("bc vneid 12")
    assert "của Tổ công nghệ số và cán bộ xã" in resident.heard
    await resident.says("vneid 12")
    assert await Answer.all().count() == 0
    far = village.world.talk("Xa", chat="chat-xa")
    await far.says("bc thôn Lạc Hiền vneid 12")
    assert await Answer.all().count() == 0
    leader = village.hoa()
    await leader.says("bc Đông Cao vneid 12")
    assert "không phải ở đơn vị này" in leader.heard
    assert await Answer.all().count() == 0


async def test_whoever_asks_something_else_while_figures_are_awaited_is_told_the_way_out(village: Village) -> None:
    leader, officer = village.hoa(), village.lan()
    for talk in (leader, officer):
        await talk.says("báo cáo")
        for words in ("quên mật khẩu thì làm thế nào", "làm căn cước ở đâu"):
            await talk.says(words)
            assert "Gõ “hủy” để thôi báo cáo." in talk.heard
    await leader.says("bc vneid khoảng 30")
    assert "Gõ “hủy” để thôi báo cáo." in leader.heard
    await leader.says("hủy")
    await leader.says("làm căn cước ở đâu")
    assert "báo cáo" not in leader.heard


async def test_a_leader_of_two_villages_is_asked_which(village: Village) -> None:
    who = await somebody("hoa", "leader", village.at.other_village)
    assert len(who.grants) == 2
    talk = village.hoa()
    await talk.says("bc hồ sơ 5")
    assert talk.choices == ["thôn Đông Cao", "thôn Lạc Hiền"] or talk.choices == ["thôn Lạc Hiền", "thôn Đông Cao"]
    await talk.picks("thôn Đông Cao")
    assert "Bác báo thôn Đông Cao" in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("CQ02") is None
    assert "CQ02" in await values.of_period(village.at.other_village, MONTH)


async def test_in_the_group_the_answer_of_the_one_who_was_asked_is_heard(village: Village) -> None:
    talk = village.in_group("Hoa")
    await talk.says("hôm nay họp lúc 7 giờ", addressed=False)
    assert talk.heard == ""
    await talk.presses(Button.to("Báo số liệu", OpenReport("lac-hien")), "m1")
    assert "Báo số liệu thôn Lạc Hiền" in talk.heard
    await talk.says("loa 6, hướng dẫn 14 lượt", addressed=False)
    assert "tuần 48/2026" in talk.heard
    await talk.picks("Đúng")
    assert [await village.figure("TT02", WEEK), await village.figure("TC05", WEEK)] == [6, 14]
    other = village.in_group("La")
    await other.says("loa 9", addressed=False)
    assert other.heard == ""


async def test_step_by_step_asks_for_one_figure_after_the_other(village: Village) -> None:
    now = village.world.clock.now()
    for code in ("CQ01", "CQ02", "KT05"):
        await targets.assign(village.at.village, code, MONTH, Decimal(10), reason="", by=None, now=now)
    talk = village.hoa()
    await talk.says("báo cáo")
    await talk.says("từng số một")
    assert "(1/3)" in talk.heard
    await talk.says("chưa biết")
    assert "(1/3)" in talk.heard
    await talk.says("=12")
    assert "(2/3)" in talk.heard
    await talk.says("bỏ qua")
    assert "(3/3)" in talk.heard
    await talk.says("18/22")
    assert "12/410" in talk.heard
    assert "18/22 cơ sở (81,8%)" in talk.heard
    await talk.picks("Đúng")
    assert [await village.figure("CQ01"), await village.figure("CQ02"), await village.figure("KT05")] == [12, None, 18]


@pytest.mark.parametrize("word", ["xong", "XONG", "xong rồi ạ"])
async def test_step_by_step_ends_with_a_word_and_keeps_what_was_told(village: Village, word: str) -> None:
    """Seen: “xong” was answered with “Bác gõ một số”, and the way out was “hủy”, which threw all of it away."""
    talk = village.hoa()
    await talk.says("bc")
    await talk.says("từng số một")
    first = talk.heard
    await talk.says("12")
    await talk.says(word)
    assert "12/326 hộ" in talk.heard, first
    assert talk.choices == ["Đúng", "Sửa", "Hủy"]
    await talk.picks("Đúng")
    assert "Đã ghi 1 số liệu" in talk.heard
    await talk.says("bc")
    await talk.says("từng số một")
    await talk.says(word)
    assert "chưa báo số nào" in talk.heard


async def test_the_ways_beside_a_question_for_figures_have_numbers_in_plain_text(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc")
    assert talk.choices == ["Từng số một", "Xem số đã báo"]
    plain = not village.world.platform.capabilities["private"].buttons
    assert ("1. Từng số một\n2. Xem số đã báo" in talk.heard) == plain
    await talk.says("2")
    assert ("Số liệu thôn Lạc Hiền đã báo" in talk.heard) == plain
    await talk.says("bc")
    await talk.picks("Từng số một")
    assert "(1/" in talk.heard
    await talk.says("2")
    assert "(2/" in talk.heard


async def test_a_closed_round_is_refused_with_the_way_to_do_it(village: Village) -> None:
    clock = village.world.clock
    await village.rounds.plan(village.at.commune, "week", clock.now())
    clock.passes(days=2)
    await village.rounds.tick(clock.now())
    clock.passes(days=4, hours=2)
    await village.rounds.tick(clock.now())
    talk = village.hoa()
    await talk.says("bc tuần 48 loa 5")
    assert "đã khóa sổ" in talk.heard
    assert "cán bộ xã mở lại" in talk.heard
    assert await Answer.all().count() == 0


async def test_a_difficulty_is_answered_and_comes_back_to_reporter_and_group(village: Village) -> None:
    talk = village.hoa()
    await talk.says("khó khăn 3 cụ có điện thoại cũ không có NFC")
    assert "Đã chuyển xã" in talk.heard
    card = village.letters.to("chat-lan")[0]
    assert "điện thoại cũ, không có NFC" in card.text.plain
    assert "01/12/2026" in card.text.plain
    officer = village.world.talk("Lan", chat="chat-lan")
    await officer.says("khó khăn")
    raised = await Difficulty.get()
    assert f"Số {raised.id}, thôn Lạc Hiền, 0 ngày" in officer.heard
    await officer.picks(f"Mở số {raised.id}")
    await officer.picks("Trả lời")
    await officer.says("Mời các cụ ra công an xã, có máy đọc thẻ.")
    assert "Đã ghi câu trả lời" in officer.heard
    private, group = village.letters.to("chat-hoa")[-1], village.letters.to("g1")[-1]
    for letter in (private, group):
        assert "Mời các cụ ra công an xã" in letter.text.plain
        assert "đã trả lời" in letter.text.plain
    await talk.presses(private.buttons[1], "m")
    assert "xã sẽ xem lại" in talk.heard
    one = await troubles.get(raised.id)
    assert one is not None
    assert one.state == "working"


async def test_only_officials_answer_a_difficulty(village: Village) -> None:
    async with in_transaction("default"):
        one = await troubles.raise_one(
            village.at.village, "mất sóng", reporter=None, owner=None, now=village.world.clock.now()
        )
    talk = village.hoa()
    await talk.forges(f"kr|{one.id}|{one.version}|solved")
    assert "của cán bộ xã" in talk.heard


async def test_forged_buttons_of_answers_change_nothing(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12")
    answer = await Answer.first()
    assert answer is not None
    far = village.world.talk("Xa", chat="chat-xa")
    for data in (f"cf|{answer.id}|{answer.version}", f"cx|{answer.id}|{answer.version}", f"cq|{answer.id}|1|0|leave"):
        await far.forges(data)
    await talk.picks("Đúng")
    assert await village.figure("CQ01") == 12
    assert await people.holders("leader", village.at.village, village.world.clock.now())


async def test_a_leader_who_chose_english_reports_in_english(village: Village) -> None:
    talk, officer = village.hoa(), village.lan()
    for one in (talk, officer):
        await one.says("language")
        await one.picks("English")
    await talk.says("bc")
    await talk.says("one by one")
    assert "(1/9)" in talk.heard
    await talk.says("cancel")
    await talk.says("bc vneid 12, hồ sơ khoảng 5")
    assert "month 11 of 2026" in talk.heard
    assert not any(word in talk.heard for word in ("Bác", "Đúng", "kỳ", "tháng"))
    await talk.says("yes")
    assert await village.figure("CQ01") == 12
    await officer.says("tổng hợp")
    assert "1/2 villages have reported." in officer.heard
    assert "Not reported: thôn Đông Cao." in officer.heard
    await officer.picks("By village")
    await officer.picks("thôn Lạc Hiền")
    assert "12/410 (2.9%) người" in officer.heard
