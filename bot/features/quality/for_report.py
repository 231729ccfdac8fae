"""Facts about quality in a commune's report: opinions of whole months, and answers to quiz questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from bot.features.calendar import periods, vietnam
from bot.features.calendar.periods import Period
from bot.features.learning import results
from bot.features.learning.personal_data import DAYS
from bot.features.reports.data import Opinion, Quality, ReportedQuiz
from bot.features.units import Place

from .opinions import ABOUT, About, Opinions, together
from .publishing import told


class QualityOf(Struct, frozen=True):
    """Implements reports.gather.QualityOfPeriod."""

    opinions: Opinions

    async def __call__(self, commune: Place, of: Period, now: datetime) -> Quality:
        found = [await self._opinion(commune, about, of, now) for about in ABOUT]
        return Quality(tuple(one for one in found if one is not None), await _quiz(commune, of, now))

    async def _opinion(self, commune: Place, about: About, of: Period, now: datetime) -> Opinion | None:
        """Sum only months that can be told alone: from the sum of all, one left over could be calculated."""
        months = self._months(of, now)
        found = [together(await self.opinions.of_commune(commune.code, about, month)) for month in months]
        if of.kind == "month" and found and (nearly_all := told(found[0]).nearly_all) is not None:
            return Opinion(about, found[0].total(), nearly_all=nearly_all)
        counted = [given for given in found if told(given).good is not None]
        if not counted:
            return None
        left_out = any(given.total() for given in found if given not in counted)
        answers, good = sum(given.total() for given in counted), sum(given["good"] for given in counted)
        until = months[-1].last if months[-1].last < of.last else None
        return Opinion(about, answers, good, left_out=left_out, until=until)

    def _months(self, of: Period, now: datetime) -> Sequence[Period]:
        """Return the months of a period that are over."""
        months, month = [], periods.at(of.first, "month", self.opinions.cut_off)
        while month.last <= of.last and month.last < vietnam.today(now):
            if month.first >= of.first:
                months.append(month)
            month = periods.following(month, self.opinions.cut_off)
        return months


async def _quiz(commune: Place, of: Period, now: datetime) -> ReportedQuiz | None:
    """Count answers in the span in which they are kept, up to the last week that is over; return the span too."""
    today = vietnam.today(now)
    last = of.last if of.last < today else today - timedelta(days=today.isoweekday())
    first = max(of.first, today - timedelta(days=DAYS - 1))
    if first > last:
        return None
    found = await results.in_days(commune.id, first, last)
    if found.people is None or found.answers is None:
        return None
    return ReportedQuiz(
        found.people, None if found.right is None else _percent(found.right, found.answers), first, last
    )


def _percent(part: int, whole: int) -> Decimal:
    """Return whole percents: finer ones would tell single answers when a report is drawn twice."""
    return (Decimal(part) * 100 / whole).quantize(Decimal(1), ROUND_HALF_UP)
