"""Sums of villages: what is missing is not zero, order does not matter, ratios are Σ/Σ, merged villages add up."""

from __future__ import annotations

import io
import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.calendar.periods import Period, period
from bot.features.checkins import background as around
from bot.features.checkins import targets
from bot.features.checkins.background import background
from bot.features.checkins.export import period_workbook
from bot.features.checkins.indicators import defaults
from bot.features.checkins.known_figures import LATEST
from bot.features.checkins.lights import IndicatorCell, light
from bot.features.checkins.reading import values
from bot.features.checkins.rollup import table, tables, totals, trend
from bot.storage.sql import Sql
from bot.storage.tables.checkins import Figure
from tests.features.village import NOW, Places, places

BY_CODE = {one.code: one for one in defaults()}
LOA, VNEID, QR, SHOPS = BY_CODE["TT02"], BY_CODE["CQ01"], BY_CODE["KT05"], BY_CODE["KT01"]
ALL = (LOA, VNEID, QR, SHOPS)
OCTOBER, NOVEMBER = period("2026-10"), period("2026-11")


async def report(
    unit_id: int, code: str, of: str | Period, value: int, out_of: int | None = None, base: int = 0
) -> None:
    where = of if isinstance(of, Period) else period(of)
    whole = None if out_of is None else Decimal(out_of)
    new = values.NewFigure(unit_id, code, where, Decimal(value), whole, base)
    await values.write([new], source="chat", by=None, now=NOW)


@pytest.fixture
async def at(db: BaseDBAsyncClient) -> Places:
    made = await places()
    for unit_id, adults in ((made.village, 400), (made.other_village, 600), (made.far_village, 1000)):
        await units.count(unit_id, date(2025, 7, 1), households=adults // 2, adults=adults)
    return made


async def test_a_missing_figure_is_neither_zero_nor_part_of_a_ratio(db: BaseDBAsyncClient, at: Places) -> None:
    await report(at.village, "CQ01", NOVEMBER, 300)
    await report(at.village, "TT02", "2026-W47", 0)
    found = await table(db, at.commune, NOVEMBER, ALL)
    assert found.cell("CQ01", at.other_village).value is None
    assert found.cell("CQ01", at.other_village).light == "missing"
    assert [found.sums["CQ01"].value, found.sums["CQ01"].whole, found.sums["CQ01"].percent] == [300, 400, 75]
    assert found.sums["TT02"].value == 0
    assert [one.code for one in found.with_news] == ["TT02", "CQ01"]
    assert at.village not in {one.id for one in found.missing}
    assert found.with_news is found.with_news, "many look at one table"
    assert found.missing is found.missing
    assert found.sums["KT01"].value is None
    assert [village.code for village in found.missing] == ["dong-cao"]
    assert (found.count("CQ01"), len(found.villages)) == (1, 2)


async def test_flows_add_up_stocks_take_the_last_and_ratios_are_sums(db: BaseDBAsyncClient, at: Places) -> None:
    for week, amount in (("2026-W44", 9), ("2026-W45", 4), ("2026-W46", 5)):
        await report(at.village, "TT02", week, amount)
    await report(at.village, "KT01", OCTOBER, 10)
    await report(at.village, "KT01", NOVEMBER, 12)
    await report(at.other_village, "KT01", OCTOBER, 7)
    await report(at.village, "KT05", NOVEMBER, 9, 10)
    await report(at.other_village, "KT05", NOVEMBER, 10, 90)
    found = await table(db, at.commune, NOVEMBER, ALL)
    # Week 44 ends on the first of November, so it belongs to November.
    assert found.sums["TT02"].value == 18
    assert found.sums["KT01"].value == 19
    assert found.cell("KT01", at.other_village).carried
    assert not found.cell("KT01", at.other_village).reported
    assert found.sums["KT05"].percent == 19
    year = await table(db, at.province, period("2026"), ALL)
    assert [year.sums["TT02"].value, year.sums["KT01"].value] == [18, 19]


async def test_what_a_month_came_to_is_no_figure_of_its_last_week(db: BaseDBAsyncClient, at: Places) -> None:
    """Week 44 ends on the first of November: October's files were shown as that week's."""
    await report(at.village, "CQ02", OCTOBER, 31)
    await report(at.village, "KT05", OCTOBER, 9, 10)
    await report(at.other_village, "TT02", "2026-W44", 9)
    indicators = (*ALL, BY_CODE["CQ02"])
    found = await table(db, at.commune, period("2026-W44"), indicators)
    assert [found.sums["TT02"].value, found.sums["CQ02"].value] == [9, None]
    assert [village.code for village in found.missing] == ["lac-hien"], "a month's figures are not the week's report"
    month = await table(db, at.commune, OCTOBER, indicators)
    assert [month.sums["CQ02"].value, month.sums["KT05"].percent] == [31, 90]


async def test_a_quarter_is_no_figure_of_its_last_month(db: BaseDBAsyncClient, at: Places) -> None:
    training = BY_CODE["TC03"]
    await report(at.village, "TC03", "2026-Q3", 6)
    assert (await table(db, at.commune, period("2026-09"), [training])).sums["TC03"].value is None
    assert (await table(db, at.commune, period("2026-Q3"), [training])).sums["TC03"].value == 6


async def test_a_correction_counts_once_and_the_old_value_stays_readable(db: BaseDBAsyncClient, at: Places) -> None:
    await report(at.village, "KT01", NOVEMBER, 12)
    await report(at.village, "KT01", NOVEMBER, 13, base=1)
    with pytest.raises(values.Changed):
        await report(at.village, "KT01", NOVEMBER, 14, base=1)
    with pytest.raises(values.Changed):
        await report(at.village, "KT01", NOVEMBER, 14)
    assert (await table(db, at.commune, NOVEMBER, ALL)).sums["KT01"].value == 13
    assert [one.value for one in await values.history(at.village, "KT01", "2026-11")] == [12, 13]


async def test_the_order_of_arrival_never_matters(db: BaseDBAsyncClient, at: Places) -> None:
    reports = [
        (unit_id, code, of, amount)
        for unit_id, step in ((at.village, 1), (at.other_village, 5))
        for code, names in (("TT02", ("2026-W45", "2026-W46")), ("KT01", ("2026-09", "2026-10", "2026-11")))
        for amount, of in enumerate(names, start=step)
    ]
    random.Random(7).shuffle(reports)  # noqa: S311 - an order, not a secret
    for unit_id, code, of, amount in reports:
        await report(unit_id, code, of, amount)
    found = await table(db, at.commune, NOVEMBER, ALL)
    assert [found.sums["TT02"].value, found.sums["KT01"].value] == [1 + 2 + 5 + 6, 3 + 7]


async def test_of_two_figures_for_one_day_the_later_one_counts(db: BaseDBAsyncClient, at: Places) -> None:
    """As when an indicator is no longer asked for every month but every quarter."""
    await report(at.village, "KT01", "2026-12", 12)
    await report(at.village, "KT01", "2026-Q4", 14)
    assert (await table(db, at.commune, period("2026-12"), ALL)).sums["KT01"].value == 14


async def test_any_reports_add_up_as_plain_python_adds_them(db: BaseDBAsyncClient, at: Places) -> None:
    """Whatever is missing and in whatever order it came: a model of the sums, without a database, agrees."""
    weeks = [period(f"2026-W{number}") for number in (43, 44, 45, 46, 47)]
    months = [period(name) for name in ("2026-08", "2026-09", "2026-10", "2026-11")]
    of = {"TT02": weeks, "KT01": months, "KT05": months}
    for seed in range(25):
        chance = random.Random(seed)  # noqa: S311 - a case, not a secret
        said = [
            (unit_id, code, one, chance.randrange(9), chance.randrange(9, 12) if code == "KT05" else None)
            for unit_id in (at.village, at.other_village)
            for code, spans in of.items()
            for one in spans
            if chance.random() < 0.6
        ]
        chance.shuffle(said)
        await Figure.all().delete()
        for unit_id, code, one, value, whole in said:
            await report(unit_id, code, one, value, whole)
        found = await table(db, at.commune, NOVEMBER, ALL)
        within = [value for _, code, one, value, _ in said if code == "TT02" and one.last >= NOVEMBER.first]
        assert found.sums["TT02"].value == (sum(within) if within else None), seed
        last: dict[tuple[int, str], tuple[int, int | None]] = {}
        for unit_id, code, _, value, whole in sorted(said, key=lambda row: row[2].last):
            last[unit_id, code] = value, whole
        shops = [value for (_, code), (value, _) in last.items() if code == "KT01"]
        assert found.sums["KT01"].value == (sum(shops) if shops else None), seed
        paid = [pair for (_, code), pair in last.items() if code == "KT05"]
        share = Decimal(sum(value for value, _ in paid)) * 100 / sum(whole or 0 for _, whole in paid) if paid else None
        assert found.sums["KT05"].percent == share, seed


async def test_merged_villages_add_up_and_the_new_one_goes_on_from_their_sum(db: BaseDBAsyncClient, at: Places) -> None:
    await report(at.village, "KT01", OCTOBER, 10)
    await report(at.other_village, "KT01", OCTOBER, 7)
    await report(at.village, "TT02", "2026-W45", 4)
    before = await table(db, at.commune, NOVEMBER, ALL)
    new = await units.create("lac-dong", "thôn", "Lạc Đông", parent="yen-mo", valid_from=date(2026, 11, 10))
    await units.merge(["lac-hien", "dong-cao"], "lac-dong", date(2026, 11, 10))
    after = await table(db, at.commune, NOVEMBER, ALL)
    assert [village.code for village in after.villages] == ["lac-dong"]
    for code in ("KT01", "TT02"):
        assert after.sums[code].value == before.sums[code].value
    held = (await background(NOVEMBER, [new.id], [SHOPS])).latest("KT01", new.id)
    assert held is not None
    assert held.value == 17
    await report(new.id, "KT01", NOVEMBER, 18)
    await report(new.id, "TT02", "2026-W46", 3)
    later = await table(db, at.commune, NOVEMBER, ALL)
    assert [later.sums["KT01"].value, later.sums["TT02"].value] == [18, 7]
    assert await totals(db, later.villages, NOVEMBER, [LOA], today=NOVEMBER.last) == {"TT02": 7}
    assert await totals(db, later.villages, OCTOBER, [LOA], today=NOVEMBER.last) == {}
    old = await table(db, at.commune, OCTOBER, ALL)
    assert [village.code for village in old.villages] == ["dong-cao", "lac-hien"]
    assert old.sums["KT01"].value == 17


async def test_a_long_history_is_looked_up_and_not_read(db: BaseDBAsyncClient, at: Places) -> None:
    """What a table takes depends on its villages and indicators: the last figure is found by an index of its own."""
    if Sql(db).postgres:
        pytest.skip("on few rows PostgreSQL plans otherwise")
    statement = LATEST.format(spans="(?, ?, ?)", codes="(?)", units=f"({at.village})")
    days = [NOVEMBER.name, NOVEMBER.first.isoformat(), NOVEMBER.last.isoformat(), "CQ01"]
    steps = [str(row["detail"]) for row in await Sql(db).rows(f"explain query plan {statement}", days)]
    looked_up = [one for one in steps if one.startswith("SEARCH f ")]
    assert len(looked_up) == 2
    assert all("unit_id=? AND indicator=? AND ends_on<" in one for one in looked_up), steps
    assert not any("TEMP B-TREE" in one and "LAST TERM" not in one for one in steps), steps


async def test_another_commune_is_never_counted(db: BaseDBAsyncClient, at: Places) -> None:
    await report(at.village, "KT01", NOVEMBER, 10)
    await report(at.far_village, "KT01", NOVEMBER, 90)
    assert (await table(db, at.commune, NOVEMBER, ALL)).sums["KT01"].value == 10
    assert (await table(db, at.province, NOVEMBER, ALL)).sums["KT01"].value == 100


async def test_targets_of_ratios_weigh_as_much_as_their_wholes(db: BaseDBAsyncClient, at: Places) -> None:
    for unit_id, goal in ((at.village, 100), (at.other_village, 50)):
        await targets.assign(unit_id, "CQ01", "2026-11", Decimal(goal), reason="", by=None, now=NOW)
        await report(unit_id, "CQ01", NOVEMBER, 400)
    found = await table(db, at.commune, NOVEMBER, ALL)
    assert found.sums["CQ01"].target == 70
    assert found.sums["CQ01"].light == "done"


async def test_a_trend_has_a_gap_where_nobody_reported(db: BaseDBAsyncClient, at: Places) -> None:
    await report(at.village, "TT02", "2026-W45", 4)
    rows = await trend(db, at.commune, [period("2026-W44"), period("2026-W45")], [LOA])
    assert [(of.name, sums["TT02"].value) for of, sums in rows] == [("2026-W44", None), ("2026-W45", 4)]


async def test_several_periods_are_what_each_of_them_is(db: BaseDBAsyncClient, at: Places) -> None:
    """One statement reads them all: a figure of one month is in no other, a stock is carried, a size is of its day."""
    for of, loa, shops in ((OCTOBER, 5, 10), (NOVEMBER, 7, 12)):
        await report(at.village, "TT02", of, loa)
        await report(at.village, "KT01", of, shops)
        await report(at.other_village, "CQ01", OCTOBER, 100, base=of.name == "2026-11")
        await targets.assign(at.village, "KT01", of.name, Decimal(shops * 2), reason="", by=None, now=NOW)
    await units.count(at.village, date(2026, 11, 5), households=300, adults=900)
    months = [period("2026-09"), OCTOBER, NOVEMBER, period("2026-12")]
    together = await tables(db, at.commune, months, ALL)
    assert together == [await table(db, at.commune, of, ALL) for of in months]
    assert [one.cell("KT01", at.village).value for one in together] == [None, 10, 12, 12]
    assert [one.cell("CQ01", at.village).whole for one in together] == [400, 400, 900, 900]


async def test_the_workbook_of_a_period_leaves_missing_figures_empty(db: BaseDBAsyncClient, at: Places) -> None:
    await report(at.village, "KT01", OCTOBER, 10)
    await report(at.other_village, "TT02", "2026-W46", 0)
    data = period_workbook(await table(db, at.commune, NOVEMBER, [SHOPS, LOA]), {})
    keys, shops, loa = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("2026-11").to_python()
    assert keys[:5] == ["Mã", "Chỉ tiêu", "Đơn vị tính", "Chỉ tiêu giao", "Thực hiện"], (
        "words, for it is read by people"
    )
    first, second = keys.index("thôn Lạc Hiền"), keys.index("thôn Đông Cao")
    assert [shops[first], shops[second], shops[keys.index("Nơi lấy số kỳ trước")]] == [10.0, "", "thôn Lạc Hiền"]
    assert [loa[first], loa[second], loa[keys.index("Số nơi đã báo")]] == ["", 0.0, 1.0]


@given(st.integers(0, 200), st.integers(1, 100), st.integers(1, 30))
def test_the_light_follows_the_expected_progress(reached: int, goal: int, day: int) -> None:
    today = date(2026, 11, day)
    shown = light(IndicatorCell(Decimal(reached), target=Decimal(goal)), LOA, NOVEMBER, today)
    expected = goal * day / 30
    if reached >= goal:
        assert shown == "done"
    elif abs(reached / expected - 0.9) > 1e-9 and abs(reached / expected - 0.7) > 1e-9:
        ratio = reached / expected
        assert shown == ("on_track" if ratio >= 0.9 else "behind" if ratio >= 0.7 else "slow")


def test_no_target_and_no_report_have_words_of_their_own() -> None:
    assert light(IndicatorCell(Decimal(3)), LOA, NOVEMBER, NOVEMBER.last) == "untargeted"
    assert light(IndicatorCell(target=Decimal(3)), LOA, NOVEMBER, NOVEMBER.last) == "missing"
    assert (
        light(IndicatorCell(Decimal(3), target=Decimal(3), carried=True), SHOPS, NOVEMBER, NOVEMBER.last) == "missing"
    )


async def test_a_sum_is_told_once_and_longer_periods_add_the_shorter_ones(db: BaseDBAsyncClient, at: Places) -> None:
    """What a half-year or a year came to is no figure of the month or quarter that ends with it."""
    told = {"2026-12": 1, "2026-Q4": 10, "2026-H2": 100, "2026": 1000, "2026-06": 2, "2026-H1": 200}
    for of, amount in told.items():
        await report(at.village, "CQ02", of, amount)
    files = BY_CODE["CQ02"]
    sums = {}
    for of in ("2026-12", "2026-Q4", "2026-H2", "2026", "2026-9M", "2026-W53", "2026-Q2"):
        found = await table(db, at.commune, period(of), [files])
        sums[of] = found.sums["CQ02"].value
        alone = await totals(db, found.villages, period(of), [files], today=period(of).last)
        assert alone.get("CQ02") == sums[of]
    assert sums == {
        "2026-12": 1, "2026-Q4": 11, "2026-H2": 111, "2026": 1313, "2026-9M": 202, "2026-W53": None, "2026-Q2": 2,
    }  # fmt: skip


async def test_households_are_counted_only_for_a_share_of_them(
    db: BaseDBAsyncClient, at: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await background(NOVEMBER, [at.village], [VNEID])).counted(VNEID, at.village) == 400
    monkeypatch.setattr(around, "_sizes", pytest.fail)
    assert (await background(NOVEMBER, [at.village], [SHOPS])).counted(SHOPS, at.village) is None


async def test_a_stock_of_half_a_year_is_its_last_one(db: BaseDBAsyncClient, at: Places) -> None:
    for of, amount in (("2026-05", 10), ("2026-06", 12), ("2026-11", 15)):
        await report(at.village, "KT01", of, amount)
    for of, amount in (("2026-H1", 12), ("2026-H2", 15), ("2026", 15)):
        assert (await table(db, at.commune, period(of), [SHOPS])).sums["KT01"].value == amount
