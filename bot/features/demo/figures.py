"""Half a year of invented figures for the demo's villages, up to today; none of them was ever reported.

Numbers grow as they do in real villages: fast at first, slower near the denominator; one village is late, one forgets a
month. The same day gives the same figures.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import get_args

from bot.features import units
from bot.features.calendar import periods, vietnam
from bot.features.calendar.periods import Cadence, Period
from bot.features.checkins import indicators, targets
from bot.features.checkins.model import ADULTS, GIVEN, HOUSEHOLDS, Indicator
from bot.features.checkins.reading import values
from bot.features.targets.tables import Target
from bot.features.units import Place
from bot.storage.tables.checkins import Figure

MONTHS = 6
_SHARES: Mapping[str, tuple[float, float]] = {
    "CQ01": (0.45, 0.82), "XH01": (0.20, 0.58), "XH02": (0.35, 0.70), "TC06": (0.55, 0.88), "KT06": (0.30, 0.62),
    "TT01": (0.10, 0.85), "CQ06": (0.12, 0.35),
}  # fmt: skip
"""Share of the denominator half a year ago and now."""
_AMOUNTS: Mapping[str, tuple[int, int]] = {
    "TT02": (3, 8), "TC05": (6, 16), "AT01": (1, 2), "TT04": (1, 2), "TT05": (30, 90), "TC04": (1, 3), "CQ02": (6, 19),
    "TT06": (4, 9), "AT03": (20, 60),
}  # fmt: skip
"""Least and most of what one period adds."""
_STOCKS: Mapping[str, tuple[int, int]] = {"KT01": (2, 11), "TC02": (3, 7), "CQ05": (90, 260)}
_GIVEN: Mapping[str, tuple[int, int]] = {"KT05": (8, 22), "CQ07": (3, 6)}
_TARGETS: Mapping[str, int] = {"CQ01": 85, "XH01": 65, "TC06": 90, "KT06": 70, "CQ02": 15, "KT01": 10, "TT05": 60}
"""Percent for what has a denominator, else an amount."""


async def fill(commune_code: str, now: datetime) -> bool:
    """Write figures and targets, inside the caller's transaction; False if there are figures already.

    Raises LookupError for an unknown commune.
    """
    commune = await units.get(commune_code)
    if commune is None:
        raise LookupError(commune_code)
    if await Figure.exists():
        return False
    today = vietnam.today(now)
    known = {one.code: one for one in await indicators.active()}
    spans = {cadence: list(_periods(cadence, today)) for cadence in get_args(Cadence)}
    figures: list[Figure] = []
    goals: list[Target] = []
    for number, village in enumerate(await units.villages(commune.id, today)):
        chance = random.Random(f"{village.code}{today:%Y%m}")  # noqa: S311 - plausible, not secret
        pace = chance.uniform(0.85, 1.08)
        for code in (*_SHARES, *_AMOUNTS, *_STOCKS, *_GIVEN):
            figures += _figures(known[code], village, spans[known[code].cadence], number, pace, chance, now)
        goals += _targets(village, today, now)
    await Figure.bulk_create(figures)
    await Target.bulk_create(goals)
    return True


def _figures(
    one: Indicator,
    village: Place,
    spans: Sequence[Period],
    number: int,
    pace: float,
    chance: random.Random,
    now: datetime,
) -> Iterator[Figure]:
    forgotten = chance.randrange(1, len(spans)) if number % 4 == 3 else -1
    late = number % 5 == 4
    highest = 0
    for at, of in enumerate(spans):
        if at == forgotten or (late and at == len(spans) - 1):
            continue
        amount, out_of = _amount(one, village, at / max(1, len(spans) - 1), pace, chance)
        if not one.sums and one.denominator != GIVEN:
            highest = amount = max(highest, amount)
        whole = None if out_of is None else Decimal(out_of)
        new = values.NewFigure(village.id, one.code, of, Decimal(amount), whole, 0)
        reported = min(now, vietnam.moment(of.last, periods.WEEK_DUE))
        yield values.row_of(new, source="demo", by=None, now=reported)


def _amount(one: Indicator, village: Place, share: float, pace: float, chance: random.Random) -> tuple[int, int | None]:
    if one.code in _SHARES:
        first, last = _SHARES[one.code]
        whole = {HOUSEHOLDS: village.households, ADULTS: village.adults}[one.denominator] or 0
        reached = (first + (last - first) * share**0.8) * pace
        return min(whole, round(whole * reached)), None
    if one.code in _STOCKS:
        first_count, last_count = _STOCKS[one.code]
        return round((first_count + (last_count - first_count) * share) * pace), None
    if one.code in _GIVEN:
        whole = _GIVEN[one.code][1]
        return min(whole, round(whole * (0.5 + 0.4 * share) * pace)), whole
    least, most = _AMOUNTS[one.code]
    return max(0, round(chance.randint(least, most) * pace)), None


def _targets(village: Place, today: date, now: datetime) -> Iterator[Target]:
    month = periods.at(today, "month")
    for of in (periods.before(month), month):
        for code, goal in _TARGETS.items():
            yield targets.row_of(village.id, code, of.name, Decimal(goal), now=now)


def _periods(cadence: Cadence, today: date) -> Iterator[Period]:
    """Yield the periods from half a year ago to the last that ended, and also the present month."""
    of = periods.at(today - timedelta(days=30 * MONTHS), cadence)
    present = periods.at(today, cadence)
    while of.first < present.first:
        yield of
        of = periods.following(of)
    if cadence == "month":
        yield present
