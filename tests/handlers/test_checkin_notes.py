"""A note beside the figures: before "Đúng" or after it, read where the figures are read, and taken back."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.actions import pack
from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar.periods import period
from bot.features.checkins import personal_data
from bot.features.checkins.actions import AddNote, DropNote
from bot.features.privacy.personal_table import Subject
from bot.features.reports import Reports
from bot.storage.tables.checkins import Answer
from bot.storage.tables.people import Account
from bot.testing import FakePlatform
from tests.features.village import KEY, somebody
from tests.handlers.checkin_world import MONTH, WEEK, Village, make_village


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await make_village(db, platform)


async def test_after_a_report_a_note_is_added_and_officials_read_it_with_the_figure(village: Village) -> None:
    hoa, lan = village.hoa(), village.lan()
    await hoa.says("bc hồ sơ 12, loa 5")
    await hoa.picks("Đúng")
    await hoa.picks("Thêm ghi chú")
    assert "Bác gõ một lời ghi cho số vừa báo" in hoa.heard
    await hoa.restarts()
    await hoa.says("máy quét của thôn bị hỏng từ 20/11")
    assert "✅ Đã ghi chú. Cán bộ xã đọc được cùng với số liệu." in hoa.heard
    await hoa.picks("Xem số đã báo")
    assert "): máy quét của thôn bị hỏng từ 20/11" in hoa.heard
    group = village.in_group("Hoa")
    await group.says("số đã báo")
    assert "12 hồ sơ" in group.heard
    assert "máy quét" not in group.heard, "what was written in private may name somebody"
    assert await village.figure("CQ02") == 12
    await lan.says("tổng hợp")
    await lan.picks("Xem từng nơi")
    await lan.picks("thôn Lạc Hiền")
    assert "📝 Ghi chú (" in lan.heard
    assert "máy quét của thôn bị hỏng từ 20/11" in lan.heard
    assert "Hồ sơ nộp trực tuyến do Tổ hỗ trợ" in lan.heard.partition("📝")[2]
    assert "Số lượt phát trên loa thôn" in lan.heard.partition("📝")[2], "a week of this month is part of it"


async def test_before_dung_it_is_read_back_and_other_words_keep_it(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc hồ sơ 12")
    await talk.says("ghi chu may quet bi hong")
    assert "• Ghi chú: may quet bi hong" in talk.heard
    assert "12 hồ sơ" in talk.heard
    await talk.says("vneid =340")
    assert "• Ghi chú: may quet bi hong" in talk.heard
    await talk.says("ghi chú")
    assert "Muốn ghi chú, bác gõ cả lời ghi" in talk.heard
    assert "12 hồ sơ" in talk.heard
    await talk.says("ghi chú: máy quét đã sửa")
    assert "may quet" not in talk.heard
    await talk.picks("Đúng")
    await talk.says("số đã báo")
    assert "máy quét đã sửa" in talk.heard


async def test_in_the_message_itself_after_ghi_chu_and_nothing_else_is_read_otherwise(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc hồ sơ 12, ghi chú: máy quét hỏng, 3 hôm nay.")
    assert "12 hồ sơ\n• Ghi chú: máy quét hỏng, 3 hôm nay\n" in talk.heard
    await talk.says("hủy")
    await talk.says("bc vneid 12 người, máy chị Lan hỏng, khó khăn: mất sóng")
    assert "“máy chị Lan hỏng”: tôi chưa hiểu phần này nên không tính" in talk.heard
    assert "Ghi chú" not in talk.heard
    assert "Khó khăn: mất sóng" in talk.heard


async def test_a_figure_put_right_keeps_its_note_and_the_note_is_taken_back(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc loa 5, ghi chú: loa rè")
    await talk.picks("Đúng")
    await talk.says("số đã báo")
    await talk.picks("Sửa")
    await talk.says("6")
    await talk.picks("Đúng")
    assert await village.figure("TT02", WEEK) == 6
    await talk.picks("Xem số đã báo")
    assert "loa rè" in talk.heard
    await talk.says("ghi chú loa rè, chờ thợ")
    old = talk.shown[-1]
    await talk.picks("Bỏ ghi chú")
    assert "Đã bỏ ghi chú" in talk.heard
    for button in old.message.buttons[1:]:
        await talk.presses(button, old.id)
        assert "đã đổi hoặc đã bỏ rồi" in talk.heard
    await talk.says("số đã báo")
    assert "loa rè" not in talk.heard
    assert "6 lượt" in talk.heard


async def test_without_figures_too_long_or_cancelled_nothing_is_kept(village: Village) -> None:
    talk = village.hoa()
    await talk.says("ghi chú máy hỏng")
    assert "Bác báo số liệu trước" in talk.heard
    await talk.says("bc hồ sơ 12")
    await talk.picks("Đúng")
    await talk.says("ghi chú")
    await talk.says("x" * 501)
    assert "Tin dài quá" in talk.heard
    await talk.says("hủy")
    await talk.says("máy hỏng")
    await talk.says("số đã báo")
    assert "Ghi chú (" not in talk.heard


async def test_nobody_notes_anything_beside_the_figures_of_others(village: Village) -> None:
    hoa = village.hoa()
    await hoa.says("bc hồ sơ 12, ghi chú: máy hỏng")
    await hoa.picks("Đúng")
    one = await Answer.get()
    tu = village.world.talk("Tu", chat="chat-tu")
    await somebody("dan", "leader", village.at.other_village)
    dan, group = village.world.talk("Dan", chat="chat-dan"), village.in_group("Dan")
    for talk in (tu, dan, group):
        for action in (AddNote(one.id), DropNote(one.id, one.version)):
            await talk.forges(pack(action))
            await talk.says("chuyện khác")
    await village.world.talk("Khach", chat="chat-khach").forges(pack(AddNote(one.id)))
    await hoa.says("số đã báo")
    assert "máy hỏng" in hoa.heard
    ba = village.world.talk("Ba", chat="chat-ba")
    await ba.forges(pack(AddNote(one.id)))
    assert "Ghi chú đang có: máy hỏng" in ba.heard


async def test_the_leader_who_signs_reads_the_note_of_the_member(village: Village) -> None:
    tu = village.world.talk("Tu", chat="chat-tu")
    await tu.says("bc hồ sơ 12")
    await tu.says("ghi chú: máy hỏng")
    await tu.picks("Đúng")
    assert "• Ghi chú: máy hỏng" in village.letters.to("chat-hoa")[-1].text.plain


async def test_it_stands_in_the_villages_report_and_not_in_the_communes(
    village: Village, db: BaseDBAsyncClient
) -> None:
    hoa = village.hoa()
    await hoa.says("bc hồ sơ 12, ghi chú: máy chị Lan hỏng")
    await hoa.picks("Đúng")
    reports, of, now = Reports(db, Audit(KEY), lambda code: None), period(MONTH), village.world.clock.now()
    notes = {}
    for unit_id in (village.at.village, village.at.commune):
        place = await units.by_id(unit_id)
        assert place is not None
        rows = (await reports.gather(place, of, now)).rows
        notes[unit_id] = next(row.note for row in rows if row.code == "CQ02")
    assert notes[village.at.village] == "máy chị Lan hỏng"
    assert "Lan" not in notes[village.at.commune]


async def test_it_is_told_and_erased_with_who_wrote_it(village: Village) -> None:
    hoa = village.hoa()
    await hoa.says("bc hồ sơ 12, ghi chú: máy hỏng")
    await hoa.picks("Đúng")
    row = await Account.get(native_id="id-hoa")
    person_id: int = getattr(row, "person_id")  # noqa: B009
    (held,) = (one for one in personal_data.personal_tables() if one.table == "answers")
    subject = Subject((), person_id)
    (fact,) = await held.read(subject)
    assert fact.values["note"] == "máy hỏng"
    async with in_transaction("default"):
        await held.erase(subject)
    await village.lan().says("tổng hợp")
    lan = village.lan()
    await lan.forges(f"wj|lac-hien|{MONTH}")
    assert "12 hồ sơ" in lan.heard
    assert "máy hỏng" not in lan.heard
