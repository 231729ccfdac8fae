"""Figures as a table of villages needs them, read with one statement for several periods: sums, and last values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.at_once import at_once
from bot.features.calendar.periods import Period, PeriodKind
from bot.features.units import Size
from bot.storage.lite.made_of import MadeOf
from bot.storage.sql import Sql

from .model import Indicator

_LAST = (
    "(select f.{column} from figures f where f.unit_id = places.unit_id and f.indicator = codes.indicator"
    " and f.current and f.ends_on {until} order by f.ends_on desc, f.id desc limit 1)"
)
_SPANS = "spans(name, first_on, last_on) as (values {spans})"
_JOINED = "join figures last on last.id = ends.last_id"
_LOOKED_UP = (
    "cross join lateral (select l.value, l.out_of, l.ends_on from figures l where l.id = ends.last_id offset 0) last"
)
"""The same on PostgreSQL, which would join the rows of a commune with all figures of the country."""
LATEST = (
    f"with {_SPANS}, codes(indicator) as (values {{codes}}), places(unit_id) as (values {{units}}),"
    f" ends as (select spans.name, codes.indicator, places.unit_id,"
    f" {_LAST.format(column='id', until='<= spans.last_on')} as last_id,"
    f" {_LAST.format(column='value', until='< spans.first_on')} as start from spans, codes, places)"
    " select ends.name, ends.indicator, ends.unit_id, last.value, last.out_of, last.ends_on, ends.start"
    f" from ends {_JOINED}"
)
"""The last value of a stock, and that before the period: looked up one by one, however long the history is."""
_ADDED = (
    f"with {_SPANS} select spans.name, f.indicator, f.unit_id, sum(f.value), sum(f.out_of)"
    " from spans cross join figures f"
    " where f.current and f.ends_on >= spans.first_on and f.ends_on <= spans.last_on{short}"
    " and f.unit_id in ({units}) and f.indicator in ({codes}) group by spans.name, f.indicator, f.unit_id"
)
_TOTALS = (
    "select f.indicator, sum(f.value) from figures f"
    " where f.current and f.ends_on >= {day} and f.ends_on <= {day}{short}"
    " and f.unit_id in ({units}) and f.indicator in ({codes}) group by f.indicator"
)
"""The same of all units together."""
_SIZES = (
    "select unit_id, households, adults, counted_on from unit_sizes"
    " where unit_id in ({units}) and counted_on <= {day} order by counted_on"
)
_SHORT: Mapping[PeriodKind, str] = {
    "week": " and substr(f.period, 6, 1) = 'W'",
    "month": " and substr(f.period, 6, 1) not in ('Q', 'H', '')",
    "quarter": " and substr(f.period, 6, 1) not in ('H', '')",
    "half": " and substr(f.period, 6, 1) <> ''",
}
"""Only what fits into the period adds up to it: what October came to is no figure of its last week, nor what a year
came to one of its last month. So each flow is told once, in its own rhythm, and whatever is longer sums it."""


class LastFigure(NamedTuple):
    """The last figure of a unit, in thousandths as the database has it; `start` is the value before the period."""

    value: int
    out_of: int | None
    day: date
    start: int | None


class AddedFigures(NamedTuple):
    """The sum of a unit's figures within a period, in thousandths."""

    value: int
    out_of: int | None


class KnownFigures(Struct, frozen=True):
    """The figures that a table is made of, by indicator and unit: `added` of what adds up, `latest` of all else."""

    added: Mapping[tuple[str, int], AddedFigures]
    latest: Mapping[tuple[str, int], LastFigure]


_Rows = Sequence[Sequence[object]]
_SIZES_MADE: MadeOf[Mapping[str, Mapping[int, Size]]] = MadeOf()
_ADDED_MADE: MadeOf[Mapping[str, Mapping[tuple[str, int], AddedFigures]]] = MadeOf()
_LATEST_MADE: MadeOf[Mapping[str, Mapping[tuple[str, int], LastFigure]]] = MadeOf()


async def known(
    db: BaseDBAsyncClient, spans: Sequence[Period], unit_ids: Sequence[int], indicators: Sequence[Indicator]
) -> Mapping[str, KnownFigures]:
    """Return, by period, the figures that its table needs: sums within it, and last values up to its end.

    All periods are of one kind.
    """
    sums = [one.code for one in indicators if one.sums]
    stocks = [one.code for one in indicators if not one.sums]
    added, latest = await at_once(_added_up(db, spans, unit_ids, sums), _latest(db, spans, unit_ids, stocks))
    return {of.name: KnownFigures(added.get(of.name, {}), latest.get(of.name, {})) for of in spans}


async def totals(
    db: BaseDBAsyncClient, of: Period, unit_ids: Sequence[int], indicators: Sequence[Indicator]
) -> Mapping[str, int]:
    """Return what several units told within a period, added up, in thousandths: of those indicators that anybody told.

    All of them add up.
    """
    codes = [one.code for one in indicators]
    if not unit_ids or not codes:
        return {}
    sql = Sql(db)
    statement = _TOTALS.format(
        day=_dated(sql),
        short=_SHORT.get(of.kind, ""),
        units=", ".join(map(str, unit_ids)),
        codes=", ".join("?" * len(codes)),
    )
    rows = await sql.tuples(statement, [of.first.isoformat(), of.last.isoformat(), *codes])
    return {str(code): value for code, total in rows if (value := _whole_number(total)) is not None}


async def sizes(
    db: BaseDBAsyncClient, spans: Sequence[Period], unit_ids: Sequence[int]
) -> Mapping[str, Mapping[int, Size]]:
    """Return, by period, each unit's last count on the period's last day or before."""
    found: dict[str, dict[int, Size]] = {of.name: {} for of in spans}
    if not unit_ids:
        return found
    sql = Sql(db)
    statement = _SIZES.format(units=", ".join(map(str, unit_ids)), day=_dated(sql))
    rows = await sql.tuples(statement, [max(of.last for of in spans).isoformat()])
    return _SIZES_MADE.of((rows,), lambda: _sized(rows, spans), tuple(spans))


def _sized(rows: _Rows, spans: Sequence[Period]) -> Mapping[str, Mapping[int, Size]]:
    found: dict[str, dict[int, Size]] = {of.name: {} for of in spans}
    for unit_id, households, adults, counted_on in rows:
        day = _day(str(counted_on))
        size = Size(_whole_number(households), _whole_number(adults), day)
        for of in spans:
            if day <= of.last:
                found[of.name][int(str(unit_id))] = size
    return found


async def _added_up(
    db: BaseDBAsyncClient, spans: Sequence[Period], unit_ids: Sequence[int], codes: Sequence[str]
) -> Mapping[str, Mapping[tuple[str, int], AddedFigures]]:
    found: dict[str, dict[tuple[str, int], AddedFigures]] = {of.name: {} for of in spans}
    if not unit_ids or not codes:
        return found
    sql = Sql(db)
    text, days = _spans(sql, spans)
    statement = _ADDED.format(
        spans=text,
        short=_SHORT.get(spans[0].kind, ""),
        units=", ".join(map(str, unit_ids)),
        codes=", ".join("?" * len(codes)),
    )
    rows = await sql.tuples(statement, [*days, *codes])

    def put() -> Mapping[str, Mapping[tuple[str, int], AddedFigures]]:
        for name, code, unit_id, value, out_of in rows:
            # For speed a row is not checked twice; PostgreSQL alone sums into another type.
            if sql.postgres:
                value, out_of = _whole_number(value), _whole_number(out_of)
            found[name][code, unit_id] = AddedFigures(value, out_of)  # type: ignore[index,arg-type]
        return found

    return _ADDED_MADE.of((rows,), put)


async def _latest(
    db: BaseDBAsyncClient, spans: Sequence[Period], unit_ids: Sequence[int], codes: Sequence[str]
) -> Mapping[str, Mapping[tuple[str, int], LastFigure]]:
    found: dict[str, dict[tuple[str, int], LastFigure]] = {of.name: {} for of in spans}
    if not unit_ids or not codes:
        return found
    sql = Sql(db)
    text, days = _spans(sql, spans)
    statement = LATEST.format(
        spans=text,
        codes=", ".join(["(?)"] * len(codes)),
        units=", ".join(f"({one})" for one in unit_ids),
    )
    if sql.postgres:
        statement = statement.replace(_JOINED, _LOOKED_UP)
    rows = await sql.tuples(statement, [*days, *codes])

    def put() -> Mapping[str, Mapping[tuple[str, int], LastFigure]]:
        for name, code, unit_id, value, out_of, day, start in rows:
            found[name][code, unit_id] = LastFigure(value, out_of, _day(str(day)), start)  # type: ignore[index,arg-type]
        return found

    return _LATEST_MADE.of((rows,), put)


def _spans(sql: Sql, spans: Sequence[Period]) -> tuple[str, Sequence[str]]:
    """Return the rows of the periods for a statement, with their values."""
    row = f"({'?::text' if sql.postgres else '?'}, {_dated(sql)}, {_dated(sql)})"
    values = [value for of in spans for value in (of.name, of.first.isoformat(), of.last.isoformat())]
    return ", ".join([row] * len(spans)), values


def _dated(sql: Sql) -> str:
    """Return the mark of a value that is a day: PostgreSQL compares a day with no text."""
    return "?::text::date" if sql.postgres else "?"


@lru_cache(maxsize=512)
def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _whole_number(value: object) -> int | None:
    # PostgreSQL sums whole numbers into a numeric, which may come as 3.0E+5.
    return value if value is None or isinstance(value, int) else int(Decimal(str(value)))
