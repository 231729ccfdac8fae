"""Red indicators of the desk's first page: kept, and counted anew with everything that changes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.machine import clock
from bot.features import units
from bot.features.calendar.periods import Period, period
from bot.features.checkins import rollup, targets
from bot.features.checkins.indicators import defaults
from bot.features.checkins.model import Indicator
from bot.features.checkins.reading import values
from bot.features.checkins.red_indicators import RedIndicators
from bot.storage.sql import Sql
from tests.features.village import NOW, Places, places

BY_CODE = {one.code: one for one in defaults()}
SHOPS, VNEID, ORDERS = BY_CODE["KT01"], BY_CODE["CQ01"], BY_CODE["KT02"]
MONTHS = [period(f"2026-{month:02}") for month in range(7, 13)]
TODAY = date(2026, 12, 31)


@pytest.fixture
async def at(db: BaseDBAsyncClient) -> Places:
    made = await places()
    for of in MONTHS:
        await targets.assign(made.village, "KT01", of.name, Decimal(100), reason="", by=None, now=NOW)
    await report(made.village, "KT01", MONTHS[0], 100)
    for of in MONTHS[1:]:
        await report(made.village, "KT01", of, 10)
    return made


async def report(unit_id: int, code: str, of: Period, value: int, base: int = 0) -> None:
    new = values.NewFigure(unit_id, code, of, Decimal(value), None, base)
    await values.write([new], source="chat", by=None, now=NOW)


async def said(reds: RedIndicators, at: Places) -> list[tuple[str, str, list[str]]]:
    found = await reds.of(at.commune, MONTHS, [SHOPS, VNEID], TODAY)
    return [(one.indicator.code, one.since.name, [place.code for place in one.slow]) for one in found]


async def test_the_run_of_red_months_ends_where_one_was_not(db: BaseDBAsyncClient, at: Places) -> None:
    assert await said(RedIndicators(db), at) == [("KT01", "2026-08", ["lac-hien"])]


async def test_it_is_counted_once_until_something_changes(
    db: BaseDBAsyncClient, at: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    plain = rollup.tables

    async def noted(*given: object, **more: object) -> object:
        counted.append(1)
        return await plain(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(rollup, "tables", noted)
    reds = RedIndicators(db)
    for _ in range(3):
        assert await said(reds, at) == [("KT01", "2026-08", ["lac-hien"])]
    assert len(counted) == 2, "this month, and those before it"


async def test_a_correction_a_target_and_a_size_are_seen_at_once(db: BaseDBAsyncClient, at: Places) -> None:
    reds = RedIndicators(db)
    assert await said(reds, at) == [("KT01", "2026-08", ["lac-hien"])]
    await report(at.village, "KT01", MONTHS[3], 100, base=1)
    assert await said(reds, at) == [("KT01", "2026-11", ["lac-hien"])]
    await targets.assign(at.village, "KT01", "2026-12", Decimal(5), reason="đổi", by=None, now=NOW)
    assert await said(reds, at) == []

    await units.count(at.other_village, date(2025, 7, 1), households=100, adults=400)
    await targets.assign(at.other_village, "CQ01", "2026-12", Decimal(90), reason="", by=None, now=NOW)
    await report(at.other_village, "CQ01", MONTHS[5], 390)
    assert await said(reds, at) == []
    await units.count(at.other_village, date(2026, 12, 1), households=300, adults=4000)
    assert await said(reds, at) == [("CQ01", "2026-12", ["dong-cao"])]


async def test_after_a_figure_or_target_only_what_it_counts_for_is_counted_anew(
    db: BaseDBAsyncClient, at: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    plain = rollup.tables

    async def noted(
        db: BaseDBAsyncClient,
        unit_id: int,
        spans: Sequence[Period],
        indicators: Sequence[Indicator],
        *,
        today: date,
        aimed: bool = False,
    ) -> object:
        asked.extend(one.code for one in indicators)
        return await plain(db, unit_id, spans, indicators, today=today, aimed=aimed)

    await units.count(at.village, date(2026, 12, 1), households=100, adults=400)
    await targets.assign(at.village, "CQ01", "2026-12", Decimal(90), reason="", by=None, now=NOW)
    reds = RedIndicators(db)
    assert await said(reds, at) == [("KT01", "2026-08", ["lac-hien"])]
    monkeypatch.setattr(rollup, "tables", noted)
    await report(at.village, "CQ01", MONTHS[5], 4)
    assert await said(reds, at) == [("KT01", "2026-08", ["lac-hien"]), ("CQ01", "2026-12", ["lac-hien"])]
    assert set(asked) == {"CQ01"}
    asked.clear()
    await targets.assign(at.village, "CQ01", "2026-12", Decimal(1), reason="đổi", by=None, now=NOW)
    assert [code for code, _, _ in await said(reds, at)] == ["KT01"]
    assert set(asked) == {"CQ01"}
    asked.clear()
    await report(at.village, "KT07", MONTHS[5], 4)
    assert [code for code, _, _ in await said(reds, at)] == ["KT01"]
    assert not asked, "a figure of something else changes nothing"


async def test_what_a_slow_transaction_added_is_seen_a_minute_later_by_one_more_count(
    db: BaseDBAsyncClient, at: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    reds = RedIndicators(db)
    await said(reds, at)
    plain = rollup.tables

    async def noted(*given: object, **more: object) -> object:
        counted.append(1)
        return await plain(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(rollup, "tables", noted)
    await said(reds, at)
    assert not counted
    later = clock.elapsed() + 61
    monkeypatch.setattr(clock, "elapsed", lambda: later)
    for _ in range(3):
        assert await said(reds, at) == [("KT01", "2026-08", ["lac-hien"])]
    assert len(counted) == (2 if Sql(db).postgres else 0), "this month, and those before it, once"


async def test_a_share_of_another_indicator_is_red_since_its_first_red_month(db: BaseDBAsyncClient) -> None:
    at = await places()
    for of in MONTHS[3:]:
        await targets.assign(at.village, ORDERS.code, of.name, Decimal(90), reason="", by=None, now=NOW)
        await report(at.village, "KT01", of, 100)
        await report(at.village, ORDERS.code, of, 10)
    reds = RedIndicators(db)
    (one,) = await reds.of(at.commune, MONTHS, [SHOPS, ORDERS], TODAY)
    assert (one.indicator.code, one.since.name) == (ORDERS.code, "2026-10")
    await report(at.village, "KT01", MONTHS[5], 10, base=1)
    assert await reds.of(at.commune, MONTHS, [SHOPS, ORDERS], TODAY) == [], "its whole was corrected"


async def test_a_village_with_another_name_is_called_so(db: BaseDBAsyncClient, at: Places) -> None:
    reds = RedIndicators(db)
    await said(reds, at)
    await units.rename("lac-hien", "Lạc Thiện", date(2026, 12, 1))
    (one,) = await reds.of(at.commune, MONTHS, [SHOPS, VNEID], TODAY)
    assert [place.full_name for place in one.slow] == ["thôn Lạc Thiện"]
