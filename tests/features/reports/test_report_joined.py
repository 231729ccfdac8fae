"""A report says what the database holds: figures, targets, who is silent, difficulties; never a zero that is none."""

from __future__ import annotations

import io
import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.audit import Audit, NotedSeal, Verified
from bot.features.calendar.periods import Period, period
from bot.features.checkins import indicators, rollup, targets
from bot.features.checkins.reading import values
from bot.features.commune import settings as commune
from bot.features.demo import figures as demo_figures
from bot.features.demo import village as demo
from bot.features.difficulties import difficulties
from bot.features.difficulties.difficulties import CATEGORIES
from bot.features.people import people
from bot.features.practices import methods
from bot.features.reports import ReportData, ReportError, Reports, SigningDetails, charts, spans, write
from bot.features.reports.data import Directive, ReportedIndicator, ReportedPractice
from bot.features.reports.issuers import of_commune
from bot.features.reports.report import report
from bot.features.reports.wording import CITIZENS, EQUIPMENT, NOT_REPORTED
from bot.features.reports.workbook import workbook
from bot.features.units import Place
from bot.storage.tables.audit import AuditRow
from tests.features.village import KEY, NOW, Places, places, somebody

from .nd30_rules import faults
from .reading import excel_facts, excel_rows, needs_soffice, pages, text_of, word_rows

OCTOBER, NOVEMBER = period("2026-10"), period("2026-11")
SETTINGS = commune.Commune(
    code="yen-mo",
    name="Yên Mô",
    province="Ninh Bình",
    letterhead=commune.LetterheadSettings(
        address="Thôn Trung tâm, xã Yên Mô", chair_name="Trần Thị B", deputy_name="Lê Văn C", recipients=("Như trên",)
    ),
)


async def said(unit_id: int, code: str, of: str | Period, value: int, out_of: int | None = None) -> None:
    where = of if isinstance(of, Period) else period(of)
    new = values.NewFigure(unit_id, code, where, Decimal(value), None if out_of is None else Decimal(out_of), 0)
    await values.write([new], source="chat", by=None, now=NOW)


async def aimed(unit_id: int, code: str, of: Period, goal: int) -> None:
    await targets.assign(unit_id, code, of.name, Decimal(goal), reason="", by=None, now=NOW)


@pytest.fixture
def reports(db: BaseDBAsyncClient) -> Reports:
    return Reports(db, Audit(KEY), {"yen-mo": SETTINGS}.get)


@pytest.fixture
async def at(db: BaseDBAsyncClient) -> Places:
    """Lạc Hiền has reported November, Đông Cao only October."""
    made = await places()
    for unit_id, adults in ((made.village, 400), (made.other_village, 600)):
        await units.count(unit_id, date(2025, 7, 1), households=adults // 2, adults=adults)
    await somebody("Nguyễn Văn Tư", "leader", made.village)
    for where, month, people_count in ((made.village, OCTOBER, 280), (made.village, NOVEMBER, 300)):
        await said(where, "CQ01", month, people_count)
    await said(made.other_village, "CQ01", OCTOBER, 420)
    for week, times in (("2026-W41", 7), ("2026-W45", 4), ("2026-W46", 5)):
        await said(made.village, "TT02", week, times)
    await said(made.other_village, "TT02", "2026-W41", 6)
    await said(made.village, "KT01", OCTOBER, 10)
    await said(made.village, "KT01", NOVEMBER, 12)
    await said(made.other_village, "KT01", OCTOBER, 7)
    await said(made.village, "KT05", NOVEMBER, 9, 10)
    for where in (made.village, made.other_village):
        await aimed(where, "CQ01", NOVEMBER, 80)
        await aimed(where, "TT04", NOVEMBER, 2)
    await aimed(made.village, "TT02", NOVEMBER, 12)
    return made


async def gathered(reports: Reports, unit_id: int, of: Period = NOVEMBER, **options: object) -> ReportData:
    return await reports.gather(await _unit(unit_id), of, NOW, **options)  # type: ignore[arg-type]


def row(data: ReportData, code: str) -> ReportedIndicator:
    return next(one for one in data.rows if one.code == code)


def figures(one: ReportedIndicator) -> tuple[float | None, ...]:
    found = (one.target, one.in_period, one.cumulative, one.percent, one.change)
    return tuple(None if value is None else float(value) for value in found)


async def changed(code: str, now: datetime = NOW, **cells: object) -> None:
    (old,) = (one for one in await indicators.rows() if one.ma == code)
    await indicators.write(old.model_copy(update=cells), now)


async def test_a_report_of_an_old_period_does_not_wear_the_name_of_today(reports: Reports, at: Places) -> None:
    """Mechanism: indicators are taken as they were on the last day of the period. “300 người” became “300 hộ”."""
    await changed("CQ01", ten="Hộ có VNeID", don_vi_tinh="hộ", loai="P", mau_so="")
    await changed("KT01", ten="Cửa hàng trên mạng", dung=False)
    october = await gathered(reports, at.village, OCTOBER)
    assert [row(october, "CQ01").label, row(october, "CQ01").cumulative] == [
        "Người trưởng thành đã kích hoạt VNeID mức 2", 70,
    ]  # fmt: skip
    assert row(october, "KT01").label == "Hộ, cơ sở có gian hàng thương mại điện tử", "off now, but it was counted"
    assert row(october, "CQ01").note.startswith("đổi ngày 24/11/2026: tên “Người trưởng thành")
    assert "lũy kế 280 người kích hoạt" in text_of(report(october))
    november = await gathered(reports, at.village)
    assert "KT01" not in {one.code for one in november.rows}
    assert row(november, "CQ01").change is None, "households are not compared with persons"
    text = text_of(report(november))
    assert "hộ có VNeID: 300 hộ" in text, "not in the phrase of what it was before"
    assert "kích hoạt tài khoản" not in text
    assert "đơn vị tính: người → hộ" in text
    assert [point.values["CQ01"] for point in (await gathered(reports, at.village, trend=2)).trend] == [None, 300]


async def test_a_better_name_for_the_same_is_still_compared(reports: Reports, at: Places) -> None:
    await changed("CQ01", ten="Người đã có VNeID mức 2")
    data = await gathered(reports, at.village)
    assert figures(row(data, "CQ01")) == (80, None, 75, 93.8, 5)
    assert "người đã có VNeID mức 2: 75%" in text_of(report(data))
    assert row(await gathered(reports, at.commune), "CQ01").note.count("đổi ngày 24/11/2026") == 1


async def test_a_village_report_holds_what_the_village_reported(reports: Reports, at: Places) -> None:
    data = await gathered(reports, at.village)
    assert {one.code: figures(one) for one in data.rows} == {
        "CQ01": (80, None, 75, 93.8, 5),
        "TT02": (12, 9, 16, 75, 2),
        "TT04": (2, None, None, None, None),
        "KT01": (None, 2, 12, None, 2),
        "KT05": (None, None, 90, None, None),
    }
    assert [row(data, "CQ01").part, row(data, "CQ01").whole] == [300, 400]
    assert (data.households, data.adults, data.villages, data.missing) == (200, 400, (), ())
    text = text_of(report(data))
    for phrase in (
        "lũy kế 300 người kích hoạt tài khoản định danh điện tử mức 2, đạt 75% (300/400), chỉ tiêu 80%, tăng 5 điểm",
        "phát 9 lượt trên hệ thống truyền thanh thôn, đạt 75% chỉ tiêu giao, tăng 2 so với cả tháng trước",
        "Chỉ tiêu “số hội nghị, họp thôn có lồng ghép”: — chưa báo cáo —.",
        "Nguyễn Văn Tư",
        "Kính gửi: Ủy ban nhân dân xã Yên Mô.",
    ):
        assert phrase in text, phrase


async def test_a_commune_report_sums_and_says_who_is_silent(reports: Reports, at: Places) -> None:
    data = await gathered(reports, at.commune)
    assert (data.expected, data.missing) == (2, ("thôn Đông Cao",))
    assert figures(row(data, "CQ01")) == (80, None, 72, 90, 2), "(300 + 420 of October) of 1000"
    assert row(data, "CQ01").note == "1/2 thôn báo cáo; 1 thôn lấy số kỳ trước"
    assert figures(row(data, "TT02")) == (12, 9, 22, 75, -4)
    assert figures(row(data, "KT01")) == (None, 2, 19, None, 2)
    by_name = {village.name: village.values for village in data.villages}
    assert by_name["thôn Lạc Hiền"]["CQ01"] == 75
    assert set(by_name["thôn Đông Cao"].values()) == {None}, "an old figure is not one of this month"
    text = text_of(report(data))
    assert "1/2 thôn, tổ dân phố đã gửi báo cáo; chưa báo cáo: thôn Đông Cao" in text
    assert "Kính gửi: Ủy ban nhân dân tỉnh Ninh Bình." in text


async def test_a_report_of_a_period_under_way_claims_no_days_to_come(reports: Reports, at: Places) -> None:
    """It said that figures went to the 30th, and what had been added up so far was "less than last month"."""
    early = await gathered(reports, at.village)
    assert "Số liệu được tính từ ngày 01/11/2026 đến ngày 24/11/2026." in text_of(report(early))
    assert excel_facts(workbook(early))["Đến ngày"] == "24/11/2026"
    later = await reports.gather(await _unit(at.village), NOVEMBER, NOW + timedelta(days=10))
    text = text_of(report(later))
    assert "Số liệu được tính từ ngày 01/11/2026 đến ngày 30/11/2026." in text
    assert "đạt 75% chỉ tiêu giao, tăng 2 so với tháng trước" in text


async def test_not_every_figure_of_every_village_is_no_full_report(reports: Reports, at: Places) -> None:
    await said(at.other_village, "TT02", "2026-W45", 3)
    await said(at.village, "TC04", NOVEMBER, 2)
    text = text_of(report(await gathered(reports, at.commune)))
    assert "2/2 thôn, tổ dân phố đã gửi báo cáo; một số chỉ tiêu chưa đủ số liệu" in text
    assert "tổ chức 2 buổi hướng dẫn cho người dân (1/2 thôn báo cáo)" in text
    assert "báo cáo đầy đủ" not in text
    quarter = text_of(report(await gathered(reports, at.commune, period("2026-Q4"))))
    assert "2/2 thôn, tổ dân phố đã gửi báo cáo" in quarter
    assert "đầy đủ" not in quarter, "a part of the quarter is no full report"


async def test_a_week_is_not_told_to_lack_what_only_its_month_is_asked_for(reports: Reports, at: Places) -> None:
    await said(at.village, "TC04", OCTOBER, 2)
    data = await gathered(reports, at.village, period("2026-W46"))
    assert {one.code for one in data.rows} == {"TT02", "CQ01", "KT01"}, "the month's states stand, its sums do not"
    text = text_of(report(data))
    assert NOT_REPORTED not in text
    assert "280 người" in text
    assert excel_rows(workbook(data)) == word_rows(report(data))


@pytest.mark.parametrize("name", ["2026-W46", "2026-11", "2026-Q4", "2026-H2", "2026-9M", "2026"])
async def test_word_excel_and_database_agree_in_every_period(reports: Reports, at: Places, name: str) -> None:
    for unit_id in (at.village, at.commune):
        data = await gathered(reports, unit_id, period(name))
        word = report(data)
        assert faults(word) == []
        assert word_rows(word) == excel_rows(workbook(data))
        assert len(word_rows(word)) == len(data.rows)


async def test_an_old_figure_is_marked_and_never_passes_for_one_of_the_period(reports: Reports, at: Places) -> None:
    data = await gathered(reports, at.other_village)
    old = row(data, "KT01")
    assert [old.cumulative, old.in_period, old.change] == [7, None, None]
    assert (old.carried, old.note) == (True, "số kỳ trước")
    assert data.empty
    assert "chưa gửi số liệu báo cáo" in text_of(report(data))
    assert word_rows(report(data))[old.label] == (None, NOT_REPORTED, 7.0, None, None)


async def test_a_ratio_without_its_whole_is_reported_and_not_called_missing(reports: Reports, at: Places) -> None:
    await said(at.far_village, "CQ01", NOVEMBER, 50)
    data = await gathered(reports, at.far_village)
    assert [row(data, "CQ01").cumulative, row(data, "CQ01").part] == [None, 50]
    assert row(data, "CQ01").note == "đã báo 50, chưa có mẫu số"
    assert "kích hoạt VNeID mức 2”: — chưa báo cáo —" not in text_of(report(data))
    assert not data.empty


async def test_what_is_less_than_nothing_known_lists_every_indicator_to_fill_in(reports: Reports, at: Places) -> None:
    data = await gathered(reports, at.other_commune)
    assert len(data.rows) == len([one for one in indicators.defaults() if one.active])
    assert data.letterhead.gaps == ("số văn bản", "ngày ký", "họ tên người ký")
    assert faults(report(data)) == []
    assert data.letterhead.issuer == ("Ủy ban nhân dân", "xã Khánh Thiện"), "nobody signs for another commune"


async def test_number_day_and_signer_stay_blank_until_a_person_gives_them(reports: Reports, at: Places) -> None:
    blank = await gathered(reports, at.commune)
    assert blank.letterhead.gaps == ("số văn bản", "ngày ký")
    signed = await gathered(reports, at.commune, given=SigningDetails(5, date(2026, 12, 1), "Lê Văn C"))
    text = text_of(report(signed))
    for phrase in ("Số: 05/BC-UBND", "Yên Mô, ngày 01 tháng 12 năm 2026", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "Lê Văn C"):
        assert phrase in text, phrase
    assert "Bản dự thảo" not in text


async def test_difficulties_of_the_period_lie_on_the_side_where_they_belong(reports: Reports, at: Places) -> None:
    old = NOW - timedelta(days=40)
    solved = await difficulties.raise_one(at.village, "Quên mật khẩu VNeID", reporter=None, owner=None, now=old)
    await difficulties.answer(solved, "Ra trụ sở để cấp lại", "solved", by=None, now=old)
    await difficulties.raise_one(at.village, "Mất sóng ở cuối thôn", reporter=None, owner=None, now=old)
    await difficulties.raise_one(at.other_village, "Nhiều cụ mắt kém", reporter=None, owner=None, now=NOW)
    data = await gathered(reports, at.commune)
    assert [(one.village, one.text, one.state) for one in data.difficulties] == [
        ("thôn Lạc Hiền", "Mất sóng ở cuối thôn", "mới"),
        ("thôn Đông Cao", "Nhiều cụ mắt kém", "mới"),
    ]
    assert [one.text for one in (await gathered(reports, at.commune, OCTOBER)).difficulties] == [
        "Quên mật khẩu VNeID",
        "Mất sóng ở cuối thôn",
    ]
    text = text_of(report(data))
    assert text.index("về phía người dân") < text.index("Nhiều cụ mắt kém") < text.index("về hạ tầng, thiết bị")
    assert (await gathered(reports, at.commune, sums_only=True)).difficulties == ()


async def test_an_urgent_difficulty_stands_first_and_both_files_say_so(reports: Reports, at: Places) -> None:
    for words in ("Mất sóng ở cuối thôn", "Xin thêm loa, không gấp", "gấp: trạm sóng cháy"):
        await difficulties.raise_one(at.village, words, reporter=None, owner=None, now=NOW)
    data = await gathered(reports, at.commune)
    assert [(one.text, one.grade) for one in data.difficulties] == [
        ("trạm sóng cháy", "cần ngay"),
        ("Mất sóng ở cuối thôn", "bình thường"),
        ("Xin thêm loa", "không gấp"),
    ]
    text = text_of(report(data))
    assert "trạm sóng cháy (cần ngay, mới)" in text
    assert "Mất sóng ở cuối thôn (mới)" in text
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(workbook(data))).get_sheet_by_name("Khó khăn")
    assert [row[2:4] for row in sheet.to_python()] == [
        ["Mức gấp", "Nội dung"],
        ["cần ngay", "trạm sóng cháy"],
        ["bình thường", "Mất sóng ở cuối thôn"],
        ["không gấp", "Xin thêm loa"],
    ]


def test_every_category_has_a_side() -> None:
    assert {*CITIZENS, *EQUIPMENT} <= set(CATEGORIES.values())


async def test_a_village_that_was_merged_in_the_period(reports: Reports, at: Places) -> None:
    """It counts for what it became, whose row says so; its own report ends with its last day."""
    await units.merge(["dong-cao"], into="lac-hien", on=date(2026, 11, 10))
    data = await gathered(reports, at.commune)
    assert [village.name for village in data.villages] == ["thôn Lạc Hiền (gồm thôn Đông Cao)"]
    assert (data.expected, data.missing) == (1, ())
    own = await gathered(reports, at.other_village)
    assert own.merged is not None
    assert "đã sáp nhập vào thôn Lạc Hiền từ ngày 10/11/2026" in text_of(report(own))
    with pytest.raises(ReportError, match=r"hết ngày 09/11/2026, trước kỳ này\. Xem báo cáo của thôn Lạc Hiền"):
        await reports.gather(await _unit(at.other_village), period("2026-12"), NOW + timedelta(days=30))


async def test_what_has_no_report_is_said_in_a_sentence(reports: Reports, at: Places) -> None:
    for unit_id, of, why in (
        (at.province, NOVEMBER, "không có báo cáo; chọn một xã"),
        (at.commune, period("2027-01"), "Tháng 1 năm 2027 bắt đầu từ ngày 01/01/2027, chưa có gì để báo cáo"),
        (at.commune, period("2024"), "có từ ngày 01/07/2025, sau kỳ này"),
    ):
        with pytest.raises(ReportError, match=why):
            await gathered(reports, unit_id, of)


async def test_long_names_and_large_figures_still_make_a_right_page(reports: Reports, at: Places) -> None:
    await units.rename("lac-hien", "Dài " * 30, on=date(2026, 11, 1))
    await said(at.village, "CQ05", NOVEMBER, 1_234_567_890)
    for unit_id in (at.village, at.commune):
        data = await gathered(reports, unit_id)
        assert faults(report(data)) == []
        assert "1.234.567.890" in text_of(report(data))
        assert word_rows(report(data)) == excel_rows(workbook(data))
        assert charts.progress(data).startswith(b"\x89PNG")
    assert "Thôn Lạc Hiền" in text_of(report(await gathered(reports, at.commune, OCTOBER))), "the name it bore then"


async def test_practices_and_directives_stand_where_there_are_any(db: BaseDBAsyncClient, at: Places) -> None:
    async def practices(unit_ids: object, of: Period) -> list[ReportedPractice]:
        return [ReportedPractice("Loa kéo buổi tối", "đọc lại thông báo", "thôn Lạc Hiền")]

    async def directives(unit_id: int, of: Period) -> list[Directive]:
        return [Directive("Phòng Văn hóa - Xã hội", "Đôn đốc thôn Đông Cao")]

    plain = text_of(report(await gathered(Reports(db, Audit(KEY), lambda code: None), at.commune)))
    assert "Ý KIẾN CHỈ ĐẠO" not in plain
    assert "Cách làm hay" not in plain
    full = Reports(db, Audit(KEY), lambda code: None, practices=practices, directives=directives)
    text = text_of(report(await gathered(full, at.commune)))
    assert "- Phòng Văn hóa - Xã hội: Đôn đốc thôn Đông Cao." in text
    assert "Loa kéo buổi tối: đọc lại thông báo" in text


async def test_the_ways_of_the_villages_stand_in_the_commune_s_report_and_a_village_s_own(
    db: BaseDBAsyncClient, at: Places
) -> None:
    plain = text_of(report(await gathered(Reports(db, Audit(KEY), lambda code: None), at.commune)))
    assert "Phương thức triển khai" not in plain
    full = Reports(db, Audit(KEY), lambda code: None, methods=methods.for_report)
    async with in_transaction():
        await methods.choose(at.village, "den-nha", NOW, on=True)
        await methods.choose(at.village, "loa", NOW, on=True)
        await methods.choose(at.other_village, "den-nha", NOW, on=True)
        await methods.set_own(at.other_village, "tối thứ Năm ở đình", NOW)
    await said(at.village, "CQ05", NOVEMBER, 12)
    document = report(await gathered(full, at.commune))
    assert faults(document) == []
    assert "Phương thức triển khai ở các thôn" in text_of(document)
    assert "- Đến từng nhà: 2 thôn (thôn Đông Cao, thôn Lạc Hiền)." in text_of(document)
    assert "- Loa truyền thanh: 1 thôn (thôn Lạc Hiền)." in text_of(document)
    assert "- Thôn Đông Cao có cách làm riêng: tối thứ Năm ở đình." in text_of(document)
    own = text_of(report(await gathered(full, at.village)))
    assert "Phương thức triển khai: đến từng nhà, loa truyền thanh." in own
    observed = await full.gather(await _unit(at.commune), NOVEMBER, NOW, sums_only=True)
    assert "Phương thức triển khai" not in text_of(report(observed)), "sums tell of no single village"


async def test_a_report_bears_the_head_of_the_log_and_leaves_a_row_without_words(reports: Reports, at: Places) -> None:
    who = await people.create("Cô Lan", NOW)
    await Audit(KEY).append(who, "test", "thing:1", NOW)
    data = await gathered(reports, at.commune)
    document = report(data)
    printed = re.findall(r"Mã sổ nhật ký: (\S+)", text_of(document))
    assert printed == [(await Audit(KEY).head()).shown]
    noted = NotedSeal.read(printed[0])
    assert noted is not None
    async with in_transaction():
        await reports.record(at.commune, NOVEMBER, document, NOW, by=who)
    written = await AuditRow.all().order_by("-id").first()
    assert written is not None
    assert (written.act, written.object) == ("report_drawn", f"unit:{at.commune}")
    assert '"which":"p2026-11"' in written.details
    assert isinstance(await Audit(KEY).verify([noted]), Verified), "what is printed is what can be expected"


async def test_the_trend_has_gaps_where_nobody_reported(reports: Reports, at: Places) -> None:
    data = await gathered(reports, at.other_village, trend=3)
    assert [(point.label, point.values["KT01"]) for point in data.trend] == [("T9", None), ("T10", 7), ("T11", None)]
    assert charts.trend(data, "KT01").startswith(b"\x89PNG")


def _tenth(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.1"), ROUND_HALF_UP)


async def test_a_report_tells_what_the_tables_of_its_periods_hold(db: BaseDBAsyncClient) -> None:
    """Its figures are read in fewer steps than tables are: cell by cell they are the same, in each kind of period."""
    await demo.fill()
    await demo_figures.fill(demo.COMMUNE, NOW)
    place = await units.get(demo.COMMUNE)
    assert place is not None
    reports, counted = Reports(db, Audit(KEY), lambda code: None), await indicators.active()
    seen = 0
    for name in ("2026-W46", "2026-10", "2026-Q3", "2026-H1", "2026-9M", "2026"):
        of = period(name)
        data = await reports.gather(place, of, NOW)
        table = await rollup.table(db, place.id, of, counted, today=NOW.date())
        year = await rollup.table(db, place.id, spans.so_far(of), counted, today=NOW.date())
        for one in (one for one in data.rows if one.kind == "flow"):
            value = table.sums[one.code].value
            assert one.in_period == _tenth(value)
            so_far = table.sums[one.code].value if of.first == spans.so_far(of).first else year.sums[one.code].value
            assert one.cumulative == _tenth(so_far)
        for village, shown in zip(table.villages, data.villages, strict=True):
            cells = {one.code: (one, table.cell(one.code, village.id)) for one in counted}
            assert list(shown.values) == list(cells)
            told = {code: one for code, one in cells.items() if one[1].reported}
            assert {code for code, value in shown.values.items() if value is not None} <= set(told)
            for code, (indicator, cell) in told.items():
                value = cell.percent if indicator.kind == "ratio" else cell.value
                assert shown.values[code] == _tenth(value)
                seen += 1
        for indicator in counted:
            cells_of_it = [table.cell(indicator.code, village.id) for village in table.villages]
            assert table.count(indicator.code) == sum(cell.reported for cell in cells_of_it)
            assert table.carried(indicator.code) == sum(cell.carried for cell in cells_of_it)
    assert seen > 1_000


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@needs_soffice
async def test_the_demo_makes_full_reports_of_few_pages(db: BaseDBAsyncClient, tmp_path: Path) -> None:
    async with in_transaction():
        await demo.fill()
        await demo_figures.fill(demo.COMMUNE, NOW)
    reports = Reports(db, Audit(KEY), lambda code: commune.DEMO)
    for code, count in (("yen-mo", 7), ("lac-hien", 5)):
        data = await reports.gather(await _unit(code), OCTOBER, NOW)
        docx, xlsx = write(data, tmp_path)
        text = text_of(docx.read_bytes())
        assert "Trong 7 chỉ tiêu được giao" in text
        assert "Số liệu ví dụ" in text
        assert word_rows(docx.read_bytes()) == excel_rows(xlsx.read_bytes())
        # LibreOffice 26.8 lays the village's out on one page less than 25.2 does.
        assert count - 1 <= len(pages(docx.read_bytes(), tmp_path)) <= count


async def _unit(key: int | str) -> units.Place:
    found = await (units.by_id(key) if isinstance(key, int) else units.get(key))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("tháng 9", "2026-09"),
        ("Thang 12", "2025-12"),
        ("tháng 11/2025", "2025-11"),
        ("11/2026", "2026-11"),
        ("quý III năm 2026", "2026-Q3"),
        ("quý 4", "2026-Q4"),
        ("tuần 47", "2026-W47"),
        ("6 tháng đầu năm", "2026-H1"),
        ("6 tháng cuối năm 2025", "2025-H2"),
        ("9 tháng", "2026-9M"),
        ("năm 2025", "2025"),
        ("2026", "2026"),
        ("2026-q4", "2026-Q4"),
        ("2026-W47", "2026-W47"),
    ],
)
def test_periods_are_read_as_people_write_them(words: str, name: str) -> None:
    found = spans.period_written(words, date(2026, 11, 24))
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("words", ["", "hôm nay", "tháng 13", "quý 5", "tuần 60", "11", "tháng 11/26"])
def test_what_is_no_period_is_not_guessed(words: str) -> None:
    assert spans.period_written(words, date(2026, 11, 24)) is None


@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("2026-W01", "2025-W52"),
        ("2026-01", "2025-12"),
        ("2026-Q1", "2025-Q4"),
        ("2026-H1", "2025-H2"),
        ("2026-H2", "2026-H1"),
        ("2026-9M", "2025-9M"),
        ("2026", "2025"),
    ],
)
def test_what_a_period_is_compared_with(name: str, old: str) -> None:
    assert spans.before(period(name)).name == old
    assert spans.before(period(name, "15-14"), "15-14").name == old


def test_offered_periods_have_begun() -> None:
    for day in (date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2026, 12, 31)):
        offered = spans.offered(day)
        assert all(one.first <= day for one in offered)
        assert len({one.name for one in offered}) == len(offered)
        assert spans.so_far(offered[0]).first == date(day.year, 1, 1)


@pytest.mark.parametrize(
    ("settings", "addressees", "first"),
    [
        (commune.Commune(name="Yên Mô", province="Ninh Bình"), ("Ủy ban nhân dân tỉnh Ninh Bình",), "Như trên"),
        (commune.Commune(name="Vân Đình", province="Hà Nội"), ("Ủy ban nhân dân thành phố Hà Nội",), "Như trên"),
        (commune.Commune(name="Yên Mô"), (), "Lưu: VT, VHXH"),
    ],
)
def test_a_report_is_addressed_also_where_the_province_is_no_unit(
    settings: commune.Commune, addressees: tuple[str, ...], first: str
) -> None:
    """A commune set up as the page on operations says had no addressee, and “Như trên” below it."""
    place = Place(1, "x", "xã", settings.name, (), None, date(2025, 7, 1), None, None, None, None)
    head = of_commune(settings, place, None)
    assert (head.addressees, head.recipients[0]) == (addressees, first)
