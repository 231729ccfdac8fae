"""Targets come in as Excel and go out again unchanged; the demo has half a year of figures; erasing leaves the sums."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.lean.values import replace
from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar.periods import period
from bot.features.checkins import assignments, indicators, targets
from bot.features.checkins import personal_data as of_checkins
from bot.features.checkins.indicator_history import history
from bot.features.checkins.reading import values
from bot.features.checkins.rollup import table
from bot.features.checkins.sheets import IndicatorsSheet, TargetsSheet
from bot.features.demo import figures as demo_figures
from bot.features.demo import village as demo
from bot.features.difficulties import difficulties, grades
from bot.features.difficulties import personal_data as of_difficulties
from bot.features.difficulties.tables import Difficulty
from bot.features.privacy.personal_table import Subject
from bot.features.targets import personal_data as of_targets
from bot.features.targets.tables import TargetPlan
from bot.features.workbook import Value, WorkbookScope
from bot.features.workbook.book import Workbook
from bot.features.workbook.write import workbook as write
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.checkins import Figure
from tests.features.village import KEY, NOW, places, somebody

TARGETS = TargetsSheet(Audit(KEY))
BOOK = Workbook([IndicatorsSheet(Audit(KEY)), TARGETS])
SCOPE = WorkbookScope(NOW, ZoneInfo("Asia/Ho_Chi_Minh"))


def giao(*rows: tuple[Value | None, ...]) -> bytes:
    return write([(TARGETS.name, TARGETS.columns, list(rows))])


async def changes(data: bytes) -> list[str]:
    return [change.line for change in (await BOOK.propose(data, SCOPE)).changes]


async def test_an_exported_workbook_changes_nothing_and_an_edit_is_one_line(db: BaseDBAsyncClient) -> None:
    at = await places()
    await targets.assign(at.village, "CQ01", "2026-11", Decimal("82.5"), reason="", by=None, now=NOW)
    assert await changes(await BOOK.export(SCOPE)) == []
    rows = CalamineWorkbook.from_filelike(io.BytesIO(await BOOK.export(SCOPE))).get_sheet_by_name("giao").to_python()
    assert rows[1][:4] == ["CQ01", "lac-hien", "2026-11", 82.5]
    edited = giao(("CQ01", "lac-hien", "2026-11", 85, "tỉnh giao thêm"))
    assert await changes(edited) == ["~ giao!D2 CQ01 lac-hien 2026-11: 82.5 → 85"]
    await BOOK.apply(await BOOK.propose(edited, SCOPE), SCOPE)
    held = await targets.find(at.village, "CQ01", "2026-11")
    assert held is not None
    assert [held.value, held.version, held.reason] == [85, 2, "tỉnh giao thêm"]
    row = await AuditRow.get(act="targets_set")
    assert (row.object, row.actor, row.details) == ("sheet:giao", None, '{"changed":1,"count":1}')
    assert await changes(await BOOK.export(SCOPE)) == []


def chi_tieu(*rows: tuple[str, ...]) -> bytes:
    return write([(IndicatorsSheet.name, IndicatorsSheet.columns[: len(rows[0])], list(rows))])


async def imported(data: bytes, now: datetime) -> list[str]:
    scope = replace(SCOPE, now=now)
    proposal = await BOOK.propose(data, scope)
    async with in_transaction("default"):
        await BOOK.apply(proposal, scope)
    return [change.line for change in proposal.changes]


VNEID = ("CQ01", "Người có VNeID mức 2", "người", "L,T", "nguoi_lon", "thang", "tang", "vneid")


async def test_who_changes_one_indicator_keeps_the_others(db: BaseDBAsyncClient) -> None:
    """Mechanism: `rows` puts what ships under what was changed. Only the changed one was left, and an export
    before the first change was empty."""
    assert await changes(await BOOK.export(SCOPE)) == []
    shipped = await indicators.active()
    await imported(chi_tieu(VNEID), NOW)
    found = await indicators.active()
    assert [one.code for one in found] == [one.code for one in shipped]
    (vneid,) = (one for one in found if one.code == "CQ01")
    assert (vneid.label, vneid.help) == (
        "Người có VNeID mức 2",
        "Chỉ đếm người do Tổ hỗ trợ; số chính thức là của công an.",
    )
    assert await changes(await BOOK.export(SCOPE)) == []


async def test_a_change_shows_what_was_before_and_is_in_the_log_without_its_words(db: BaseDBAsyncClient) -> None:
    at = await places()
    await imported(chi_tieu(VNEID), NOW)
    await values.write(
        [values.NewFigure(at.village, "CQ01", period("2026-11"), Decimal(5), None, 0)], source="chat", by=None, now=NOW
    )
    again = ("CQ01", "Hộ có VNeID", "hộ", *VNEID[3:], "khong")
    assert await imported(chi_tieu(again), NOW + timedelta(days=3)) == [
        (
            "~ chi_tieu!B2 CQ01: ten Người có VNeID mức 2 → Hộ có VNeID; các kỳ đã qua giữ như cũ"
            " (trước 24/11/2026: Người trưởng thành đã kích hoạt VNeID mức 2)"
        ),
        "~ chi_tieu!C2 CQ01: don_vi_tinh người → hộ; các kỳ đã qua giữ như cũ",
        "~ chi_tieu!I2 CQ01: dung co → khong",
    ]
    assert "CQ01" not in {one.code for one in await indicators.active()}
    last = await AuditRow.filter(act="indicator_changed").order_by("-id").first()
    assert last is not None
    assert (last.object, last.actor) == ("indicator:cq01", None)
    assert last.details == '{"don_vi_tinh":true,"dung":true,"ten":true}'
    # A workbook that is older than the column leaves it as it is.
    assert await imported(chi_tieu(again[:-1]), NOW) == []
    assert await changes(chi_tieu((*again[:-1], "có lẽ"))) == ["! chi_tieu!I2 dung là co hoặc khong, đang là “có lẽ”"]


async def test_a_period_is_told_as_it_was_counted_then(db: BaseDBAsyncClient) -> None:
    """Mechanism: `counted_in` takes the state at the end of the period."""
    await imported(chi_tieu(("CQ01", "Hộ có VNeID", "hộ", "P", "", "thang", "tang", "vneid", "khong")), NOW)
    await imported(chi_tieu(("BD01", "Người biết VNeID", "người", "L", "", "thang", "tang", "")), NOW)
    past = await history()
    october = {one.code: one for one in past.counted_in(period("2026-10"))}
    assert [october["CQ01"].label, october["CQ01"].kind] == ["Người trưởng thành đã kích hoạt VNeID mức 2", "ratio"]
    assert october["BD01"].label == "Người biết VNeID", "what came for October later is not lost"
    assert "CQ01" not in {one.code for one in past.counted_in(period("2026-11"))}, "off before the month was over"
    assert [one.before is None for one in past.of("BD01")] == [True]
    assert past.notes(date(2026, 11, 1)) == {
        "CQ01": "đổi ngày 24/11/2026: tên “Người trưởng thành đã kích hoạt VNeID mức 2” → “Hộ có VNeID”; "
        "đơn vị tính: người → hộ; cách tính: lũy kế, có mẫu số → phát sinh trong kỳ; "
        "mẫu số: số người trưởng thành → không có"
    }
    assert past.notes(date(2026, 11, 25)) == {}


async def test_what_ships_is_the_same_object_in_each_table(db: BaseDBAsyncClient) -> None:
    """Mechanism: an indicator by its row's identity. Equal ones would all be compared before a kept table is shown."""
    await imported(chi_tieu(VNEID), NOW)
    first, again = [(await history()).counted_in(period("2026-12")) for _ in range(2)]
    assert first == again == [row.indicator() for row in await indicators.rows() if row.dung]
    assert [one.code for one, other in zip(first, again, strict=True) if one is not other] == ["CQ01"]


async def test_what_is_wrong_is_named_by_its_cell(db: BaseDBAsyncClient) -> None:
    at = await places()
    await targets.assign(at.village, "CQ01", "2026-11", Decimal(80), reason="", by=None, now=NOW)
    found = await changes(
        giao(
            ("XX01", "lac-hien", "2026-11", 5, ""),
            ("CQ01", "o-dau", "2026-11", 5, ""),
            ("CQ01", "lac-hien", "2026-13", 5, ""),
            ("CQ02", "lac-hien", "2026-11", "1.200", ""),
            ("CQ01", "lac-hien", "2026-11", 81, ""),
            ("CQ02", "dong-cao", "2026-11", -1, ""),
        )
    )
    assert [line.split()[:2] for line in found] == [
        ["!", "giao!A2"],
        ["!", "giao!B3"],
        ["!", "giao!C4"],
        ["!", "giao!D5"],
        ["!", "giao!E6"],
        ["!", "giao!D7"],
    ]


async def test_a_commune_does_not_reach_into_another(db: BaseDBAsyncClient) -> None:
    at = await places()
    data = giao(("CQ01", "phu-long", "2026-11", 5, ""))
    scope = WorkbookScope(NOW, ZoneInfo("Asia/Ho_Chi_Minh"), within=at.commune)
    found = (await BOOK.propose(data, scope)).changes
    assert [change.line for change in found] == ["! giao!B2 không có đơn vị “phu-long”"]


async def test_the_demo_has_half_a_year_of_plausible_figures(db: BaseDBAsyncClient) -> None:
    async with in_transaction("default"):
        await demo.fill()
        assert await demo_figures.fill(demo.COMMUNE, NOW)
        assert not await demo_figures.fill(demo.COMMUNE, NOW)
    commune = await units.get(demo.COMMUNE)
    assert commune is not None
    found = await table(db, commune.id, period("2026-11"), await indicators.active(), today=date(2026, 11, 24))
    assert len(found.villages) == 12
    assert await Figure.exclude(source="demo").count() == 0
    vneid = found.sums["CQ01"]
    assert vneid.percent is not None
    assert 60 < vneid.percent < 95
    lights = {found.cell("CQ01", village.id).light for village in found.villages}
    assert {"done", "missing"} <= lights | {found.cell("XH01", village.id).light for village in found.villages}
    assert 0 < found.count("CQ01") < 12
    for cell in found.cells.values():
        assert cell.percent is None or cell.percent <= 100
    spring = await table(db, commune.id, period("2026-06"), await indicators.active())
    assert spring.sums["CQ01"].value is not None
    assert vneid.value is not None
    assert vneid.value > spring.sums["CQ01"].value


async def test_erasing_a_person_keeps_the_figures_and_forgets_who_reported(db: BaseDBAsyncClient) -> None:
    at = await places()
    who = await somebody("hoa", "leader", at.village)
    new = values.NewFigure(at.village, "KT01", period("2026-11"), Decimal(12), None, 0)
    await values.write([new], source="chat", by=who.person_id, now=NOW)
    await difficulties.raise_one(at.village, "bác Tư quên mật khẩu", reporter=who.person_id, owner=None, now=NOW)
    goal = assignments.Goal(indicator="CQ01", unit_id=at.village, period="2026-11", value=Decimal(85))
    for step in (assignments.propose, None):
        plan = await assignments.begin(
            at.commune, assignments.AssignmentBody(goals=(goal,)), author=who.person_id, now=NOW
        )
        if step is not None:
            await step(plan)
    subject = Subject((), who.person_id)
    tables = [one for kept in (of_checkins, of_difficulties, of_targets) for one in kept.personal_tables()]
    shown = [fact for one in tables for fact in await one.read(subject)]
    assert len(shown) == 4
    for one in tables:
        await one.erase(subject)
    assert [fact for one in tables for fact in await one.read(subject)] == []
    assert (await values.of_period(at.village, "2026-11"))["KT01"].value == 12
    assert [row.text for row in await Difficulty.all()] == [""]
    # A draft goes; what waits for somebody's decision stays without its author.
    assert await TargetPlan.all().values("state", "author_id") == [{"state": "proposed", "author_id": None}]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("bà con không có NFC", "no_nfc"),
        ("mất sóng cuối thôn", "no_signal"),
        ("3 cụ quên mật khẩu", "password"),
        ("có người gọi lừa đảo", "scam"),
        ("trời mưa", "other"),
    ],
)
def test_a_difficulty_finds_its_category(text: str, category: str) -> None:
    assert difficulties.category_of(text) == category


@pytest.mark.parametrize(
    ("text", "told", "grade"),
    [
        ("mất sóng cả thôn, gấp", "mất sóng cả thôn", "urgent"),
        ("gap lam: mat song", "mat song", "urgent"),
        ("mất sóng (khẩn)", "mất sóng", "urgent"),
        ("cần ngay - có người lừa bà con", "có người lừa bà con", "urgent"),
        ("loa hỏng cần gấp", "loa hỏng cần gấp", "urgent"),
        ("xin thêm loa. Không gấp.", "xin thêm loa", "later"),
        ("khi nao ranh: xin them loa", "xin them loa", "later"),
        ("gấp", "gấp", "normal"),
        ("bà con cần ngay thẻ mới", "bà con cần ngay thẻ mới", "normal"),
        ("ghế gấp, bàn gãy", "ghế gấp, bàn gãy", "normal"),
    ],
)
def test_how_urgent_it_is_may_stand_at_either_end(text: str, told: str, grade: grades.Grade) -> None:
    assert grades.split_grade(text) == (told, grade)


@pytest.mark.parametrize(
    ("words", "grade"), [("Gấp lắm!", "urgent"), ("can ngay nhe", "urgent"), ("không gấp đâu", "later"), ("ngay", None)]
)
def test_a_grade_is_understood_alone(words: str, grade: grades.Grade | None) -> None:
    assert grades.grade_in(words) == grade


@pytest.mark.parametrize(
    ("was", "grade", "on", "due"),
    [
        # Raised on Tuesday the 24th; no one works on the weekend.
        ("normal", "urgent", 24, date(2026, 11, 25)),
        ("normal", "later", 24, date(2026, 12, 8)),
        ("urgent", "normal", 24, date(2026, 12, 1)),
        ("normal", "urgent", 27, date(2026, 11, 30)),
        ("later", "normal", 25, date(2026, 12, 1)),
    ],
)
def test_a_deadline_follows_the_grade_and_is_never_in_the_past(
    was: grades.Grade, grade: grades.Grade, on: int, due: date
) -> None:
    before = grades.deadline(date(2026, 11, 24), was)
    assert grades.deadline_again(before, was, grade, date(2026, 11, on)) == due
