"""An official asks for a report in the chat and gets the files; a leader gets that of the own village only."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.core.lean.values import replace
from bot.core.router import Router
from bot.features import units
from bot.features.calendar.periods import period
from bot.features.checkins.reading import values
from bot.features.jobs.queue import GAVE_UP
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.reports import SigningDetails
from bot.handlers.kit.base import Content
from bot.handlers.kit.media import NO_WAY
from bot.handlers.papers.reports import GiveNumber, OtherPeriod, PickPeriod, PickReportUnit, ShowCharts, read_signed
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform, World
from tests.conversations import build_router
from tests.features.reports.reading import text_of
from tests.features.village import places, somebody

from .report_office import TRANSLATE, Office


@pytest.fixture
async def office(db: BaseDBAsyncClient, platform: FakePlatform) -> Office:
    at = await places()
    await units.count(at.village, date(2025, 7, 1), households=200, adults=400)
    for month, count in (("2026-10", 280), ("2026-11", 300)):
        new = values.NewFigure(at.village, "CQ01", period(month), Decimal(count), None, 0)
        await values.write([new], source="chat", by=None, now=World(db, Router, TRANSLATE, platform).clock.now())
    return Office(db, platform, at)


async def test_an_officer_gets_the_report_of_the_commune_as_files_or_links(office: Office) -> None:
    lan = await office.talk("lan", "officer", office.at.commune)
    assert "Xuất báo cáo" in lan.choices
    await lan.says("xuất excel")
    assert "Bác cần báo cáo của nơi nào?" in lan.heard
    await lan.says("xuất báo cáo")
    assert lan.choices[:3] == ["xã Yên Mô", "thôn Đông Cao", "thôn Lạc Hiền"]
    await lan.picks("xã Yên Mô")
    assert lan.choices[:3] == ["Tháng 11 năm 2026", "Tháng 10 năm 2026", "Quý IV năm 2026"]
    await lan.picks("Tháng 11 năm 2026")
    assert "Đang soạn báo cáo tháng 11 năm 2026 của xã Yên Mô…" in lan.heard
    await office.works()
    assert "Báo cáo tháng 11 năm 2026" in lan.heard
    assert "Chưa báo cáo: thôn Đông Cao." in lan.heard
    assert "Còn để trống: số văn bản, ngày ký" in lan.heard
    for ending in ("BC-yen-mo-2026-11.docx", "BC-yen-mo-2026-11.xlsx"):
        assert ending in lan.heard
    attached = [message.attachment for message in lan.news if message.attachment is not None]
    if office.platform.capabilities["private"].file_limit:
        assert [item.kind for item in attached] == ["file", "file", "photo"]
    else:
        assert "https://xa.example/media/" in lan.heard
    assert all(item.alt for item in attached)
    assert "1/2 thôn, tổ dân phố đã gửi báo cáo" in text_of(office.document())
    assert office.document(".png").startswith(b"\x89PNG")
    row = await AuditRow.filter(act="report_drawn").get()
    assert row.object == f"unit:{office.at.commune}"


async def test_number_and_day_come_from_a_person(office: Office) -> None:
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.forges(pack(PickPeriod("yen-mo", "2026-11")))
    await office.works()
    assert "Số:         /BC-UBND" in text_of(office.document()).replace("\u00a0", " ")
    await lan.picks("Ghi số, ngày ký")
    await lan.says("chưa có")
    assert "Tôi chưa đọc được số và ngày." in lan.heard
    await lan.says("số 05 ngày 24/11/2026, ký: Trần Thị B")
    await office.works()
    text = text_of(office.document())
    for phrase in ("Số: 05/BC-UBND", "ngày 24 tháng 11 năm 2026", "Trần Thị B"):
        assert phrase in text, phrase
    assert "Còn để trống: nơi nhận" not in lan.heard


async def test_another_period_is_typed_and_a_wrong_one_asked_again(office: Office) -> None:
    tu = await office.talk("tu", "leader", office.at.village)
    await tu.picks("Xuất báo cáo")
    assert "Báo cáo của thôn Lạc Hiền, kỳ nào?" in tu.heard, "a leader has one village and is not asked which"
    await tu.picks("Kỳ khác")
    await tu.says("hôm kia")
    assert "Tôi chưa rõ kỳ nào." in tu.heard
    await tu.restarts()
    await tu.says("tháng 10")
    assert "Đang soạn báo cáo tháng 10 năm 2026 của thôn Lạc Hiền…" in tu.heard
    await office.works()
    assert "BC-lac-hien-2026-10.docx" in tu.heard
    assert "lũy kế 280 người kích hoạt" in text_of(office.document())


async def test_nobody_gets_a_report_by_a_forged_button(office: Office) -> None:
    tu = await office.talk("tu", "leader", office.at.village)
    stranger = office.world.talk("Hoa")
    for talk in (tu, stranger):
        for code in ("yen-mo", "dong-cao", "phu-long", "khong-co"):
            for action in (
                PickReportUnit(code), PickPeriod(code, "2026-11"), OtherPeriod(code), GiveNumber(code, "2026-11"),
                ShowCharts(code, "2026-11"),
            ):  # fmt: skip
                await talk.forges(pack(action))
                assert "kỳ nào" not in talk.heard
                assert "Đang" not in talk.heard
    await stranger.says("/xuatbaocao")
    assert "chưa xem hay xuất được báo cáo này" in stranger.heard
    assert await JobRow.all().count() == 0


async def test_a_right_that_ended_before_the_job_ran_ends_the_job(office: Office) -> None:
    tu = await office.talk("tu", "leader", office.at.village)
    await tu.forges(pack(PickPeriod("lac-hien", "2026-11")))
    who = await people.who(Account("fake", "id-tu"), office.world.clock.now())
    await people.end(who.grants[0].id, who.person_id or 0, office.world.clock.now() - timedelta(seconds=1))
    await office.works()
    assert "chưa xem hay xuất được báo cáo này" in tu.heard
    assert office.files == {}


async def test_a_period_that_has_not_begun_is_refused_in_a_sentence(office: Office) -> None:
    tu = await office.talk("tu", "leader", office.at.village)
    await tu.forges(pack(PickPeriod("lac-hien", "2027-01")))
    await office.works()
    assert "bắt đầu từ ngày 01/01/2027, chưa có gì để báo cáo" in tu.heard
    assert GAVE_UP not in tu.heard
    await tu.forges(pack(PickPeriod("lac-hien", "nonsense")))
    assert "kỳ nào?" in tu.heard


async def test_who_may_look_gets_pictures_and_police_their_own_indicators(office: Office) -> None:
    council = await office.talk("dong", "council", office.at.commune)
    await council.forges(pack(PickPeriod("yen-mo", "2026-11")))
    await office.works()
    assert {name.rpartition(".")[2] for name in office.files} == {"png"}
    assert "Tiến độ các chỉ tiêu tháng 11 năm 2026" in council.heard
    police = await office.talk("cong", "police", office.at.commune)
    await police.forges(pack(PickPeriod("yen-mo", "2026-11")))
    await office.works()
    assert "VNeID" not in text_of(office.document())
    assert "cảnh báo lừa đảo" in text_of(office.document())
    seen = await office.talk("so", "observer", office.at.province)
    await seen.forges(pack(PickPeriod("yen-mo", "2026-11")))
    await office.works()
    assert "SỐ LIỆU CỦA CÁC THÔN" not in text_of(office.document())


async def test_charts_alone(office: Office) -> None:
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.forges(pack(ShowCharts("yen-mo", "2026-11")))
    assert "Đang vẽ biểu đồ" in lan.heard
    await office.works()
    assert len(office.files) == 3
    assert "Xu hướng: Người trưởng thành đã kích hoạt VNeID mức 2." in lan.heard


async def test_work_that_is_done_twice_sends_one_package(office: Office) -> None:
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.forges(pack(PickPeriod("yen-mo", "2026-11")))
    body = json.loads((await JobRow.get()).body)
    await office.runner.run()
    sent = await OutboxRow.all().count()
    assert sent > 0
    await office.job(body, office.world.clock.now())
    assert await OutboxRow.all().count() == sent
    assert await AuditRow.filter(act="report_drawn").count() == 1


async def test_without_a_way_for_files_a_sentence_says_what_to_do(office: Office) -> None:
    office.public = False
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.forges(pack(PickPeriod("yen-mo", "2026-11")))
    await office.works()
    if office.platform.capabilities["private"].file_limit:
        assert NO_WAY not in lan.heard
    else:
        assert NO_WAY in lan.heard
        assert "[Tệp" not in lan.heard


async def test_in_a_group_it_is_answered_in_private_only(office: Office) -> None:
    await office.talk("lan", "officer", office.at.commune)
    group = office.world.talk("lan", chat="g1", kind="group")
    await group.says("/xuatbaocao")
    assert "trong cuộc trò chuyện riêng" in group.heard
    await group.forges(pack(PickPeriod("yen-mo", "2026-11")))
    assert "trong cuộc trò chuyện riêng" in group.heard
    assert await JobRow.all().count() == 0


@pytest.mark.parametrize(
    ("text", "signed"),
    [
        ("số 05 ngày 24/11/2026", SigningDetails(5, date(2026, 11, 24))),
        ("05 ngày 24.11.2026", SigningDetails(5, date(2026, 11, 24))),
        ("Số: 112, ngày 1 tháng 2 năm 2026, người ký: Lê Văn C.", SigningDetails(112, date(2026, 2, 1), "Lê Văn C")),
        ("ngay 24/11/2026", SigningDetails(None, date(2026, 11, 24))),
        ("số 7", SigningDetails(7)),
        ("05/BC-UBND ngày 24/11", SigningDetails(5, date(2026, 11, 24))),
        ("số 12/BC-UBND, ngày 2 tháng 1, ký: Lê Văn C", SigningDetails(12, date(2027, 1, 2), "Lê Văn C")),
    ],
)
def test_number_day_and_signer_are_read_as_people_write_them(text: str, signed: SigningDetails) -> None:
    """The number of “05/BC-UBND” was not seen, and a day without its year became a blank on the paper."""
    assert read_signed(text, date(2026, 11, 28)) == signed


@pytest.mark.parametrize("text", ["", "chưa có", "ngày 31/02/2026", "số 5 ngày 31/02", "số 5, ngày 24", "ký: Lê Văn C"])
def test_what_is_neither_number_nor_day_is_asked_again(text: str) -> None:
    assert read_signed(text, date(2026, 11, 28)) is None


async def test_where_months_end_on_the_fourteenth_the_report_is_of_the_month_that_runs(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content
) -> None:
    """The chat offered the months of the calendar, whatever the commune had set."""
    at = await places()
    await somebody("lan", "officer", at.commune)
    content = replace(shipped, commune=shipped.commune.model_copy(update={"cut_off": "15-14"}))
    lan = World(db, lambda: build_router(content), TRANSLATE, platform).talk("Lan", chat="chat-lan")
    await lan.says("xuất báo cáo")
    await lan.picks("xã Yên Mô")
    assert lan.choices[:4] == ["Tháng 12 năm 2026", "Tháng 11 năm 2026", "Quý IV năm 2026", "6 tháng cuối năm 2026"]


@pytest.mark.parametrize(
    ("said", "answers", "order"),
    [
        ("xuất báo cáo thôn Lạc Hiền tháng 10", [], "tháng 10 năm 2026 của thôn Lạc Hiền"),
        ("in báo cáo tháng này", ["Yên Mô"], "tháng 11 năm 2026 của xã Yên Mô"),
        ("cho tôi báo cáo word", ["xã yên mô", "quý này"], "quý IV năm 2026 của xã Yên Mô"),
        ("xuat bao cao", ["thang 10", "lac hien"], "tháng 10 năm 2026 của thôn Lạc Hiền"),
        ("lấy báo cáo Yên Mô", ["kỳ khác", "tháng trước"], "tháng 10 năm 2026 của xã Yên Mô"),
        ("báo cáo excel", ["1", "năm nay"], "năm 2026 của xã Yên Mô"),
    ],
)
async def test_place_and_period_may_be_said_with_the_order_or_in_place_of_a_choice(
    office: Office, said: str, answers: list[str], order: str
) -> None:
    """“Xuất báo cáo tháng 11” was looked up as a guide, and so was “tháng 11” under the question for the period."""
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.says(said)
    for answer in answers:
        await lan.says(answer)
    assert f"Đang soạn báo cáo {order}…" in lan.heard


async def test_a_period_that_nobody_asked_for_orders_nothing(office: Office) -> None:
    lan = await office.talk("lan", "officer", office.at.commune)
    await lan.says("menu")
    await lan.says("tháng 10")
    assert "Đang soạn" not in lan.heard
    leader = await office.talk("tu", "leader", office.at.village)
    await leader.says("xuất báo cáo thôn Đông Cao tháng 10")
    assert "của thôn Lạc Hiền…" in leader.heard


@pytest.fixture
async def whole(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> World:
    """The whole bot, with Lan who is an officer and Tư who leads Lạc Hiền."""
    at = await places()
    await somebody("lan", "officer", at.commune)
    await somebody("tu", "leader", at.village)
    return World(db, lambda: build_router(shipped), TRANSLATE, platform)


@pytest.mark.parametrize(
    "words",
    [
        "báo cáo tháng này",
        "bc tháng 11",
        "Báo cáo tháng 11 ạ!",
        "bc T11",
        "bc t11/2026",
        "báo cáo tháng 11 giúp tôi với",
        "báo cáo cho tôi tháng 11, bản Word nhé",
    ],
)
async def test_a_report_named_by_its_period_is_offered(whole: World, words: str) -> None:
    """“Báo cáo tháng này” was three times asked for figures."""
    lan = whole.talk("Lan", chat="chat-lan")
    await lan.says(words)
    await lan.picks("xã Yên Mô")
    assert "Đang soạn báo cáo tháng 11 năm 2026 của xã Yên Mô…" in lan.heard


async def test_a_leader_is_asked_whether_a_period_means_a_report_or_figures(whole: World) -> None:
    tu = whole.talk("Tư", chat="chat-tu")
    await tu.says("báo cáo tháng 10")
    assert "Bác muốn xuất báo cáo tháng 10 năm 2026 của thôn Lạc Hiền, hay báo số liệu?" in tu.heard
    await tu.picks("Xuất báo cáo")
    assert "Đang soạn báo cáo tháng 10 năm 2026 của thôn Lạc Hiền…" in tu.heard
    await tu.says("báo cáo tháng 10")
    await tu.picks("Báo số liệu")
    assert "Báo số liệu thôn Lạc Hiền." in tu.heard
    await tu.says("báo cáo tháng 11: vneid +12")
    assert "kích hoạt VNeID mức 2: 12 người" in tu.heard


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("bc tháng 10 của thôn Lạc Hiền", "thôn Lạc Hiền"),
        ("báo cáo Đông Cao quý 4", "thôn Đông Cao"),
        ("báo cáo tháng 10 cho xã nhé", "xã Yên Mô"),
    ],
)
async def test_a_place_may_stand_beside_the_period(whole: World, words: str, place: str) -> None:
    lan = whole.talk("Lan", chat="chat-lan")
    await lan.says(words)
    assert f"của {place}, hay báo số liệu?" in lan.heard
    await lan.picks("Xuất báo cáo")
    assert f"của {place}…" in lan.heard


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("bc tháng 11 hồ sơ mười hai", "12 hồ sơ"),
        ("bc tháng 11: không có gì", "bác ghi rõ chỉ tiêu nào bằng 0"),
        ("bc tháng 11 của thôn Đông Cao", "Tôi chưa thấy số liệu nào"),
        ("bc tháng 10 em chưa làm kịp", "Tôi chưa thấy số liệu nào"),
    ],
)
async def test_other_words_beside_the_period_are_read_as_figures(whole: World, words: str, answer: str) -> None:
    tu = whole.talk("Tư", chat="chat-tu")
    await tu.says(words)
    assert answer in tu.heard


async def test_the_question_for_a_report_reminds_of_figures_that_wait(whole: World) -> None:
    tu = whole.talk("Tư", chat="chat-tu")
    await tu.says("bc vneid +12")
    await tu.says("bc tháng 11")
    assert "hay báo số liệu?" in tu.heard
    assert "Bản báo cáo của bác còn chờ, tôi chưa ghi gì." in tu.heard
    await tu.says("bc")
    await tu.picks("Đúng")
    assert "Đã ghi" in tu.heard


async def test_a_year_is_a_figure_while_one_is_put_right(whole: World) -> None:
    tu = whole.talk("Tư", chat="chat-tu")
    await tu.says("bc vneid +12")
    await tu.picks("Đúng")
    await tu.says("số đã báo")
    await tu.picks("Sửa")
    await tu.says("bc 2026")
    assert "“2026”: tôi chưa hiểu phần này" in tu.heard


async def test_a_period_that_does_not_exist_is_asked_for_again(whole: World) -> None:
    lan = whole.talk("Lan", chat="chat-lan")
    await lan.says("báo cáo kỳ này")
    assert "Tôi chưa rõ kỳ nào." in lan.heard
    await lan.says("báo cáo tháng 13")
    assert "Tôi chưa rõ kỳ nào." in lan.heard
    await lan.picks("xã Yên Mô")
    assert "kỳ nào?" in lan.heard
