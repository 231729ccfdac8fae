"""The common ground of the pages about figures: the period in the address, what the official may see and write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from msgspec import Struct

from bot.core.text import Text
from bot.features.calendar import periods
from bot.features.calendar.periods import CADENCES, Cadence, Period
from bot.features.checkins.indicator_history import history
from bot.features.checkins.lights import LIGHTS, Light
from bot.features.checkins.model import Indicator
from bot.features.checkins.rollup import RollUps, RollUpTable
from bot.features.checkins.scope import may_each
from bot.features.reports.access import Access, access
from bot.features.units import Place
from bot.handlers.checkins.common import CheckinService, named
from bot.i18n import msg
from bot.office.desk.visit import HOME, No, Visit

TABLE = "/so-lieu"
ENTER, PASTE, DRAFT, CELL = f"{TABLE}/sua", f"{TABLE}/dan", f"{TABLE}/ghi", f"{TABLE}/o"
NO_PERIOD = msg("Không có kỳ này. Mời chọn kỳ trong bảng số liệu.")
NO_PLACE = msg("Xã không có thôn này, hoặc không còn nữa.")
NO_INDICATOR = msg("Kỳ này không đếm chỉ tiêu ấy.")
LENGTHS: Mapping[Cadence, str] = {
    "week": msg("Tuần"),
    "month": msg("Tháng"),
    "quarter": msg("Quý"),
    "half": msg("6 tháng"),
    "year": msg("Năm"),
}
RHYTHMS: Mapping[Cadence, str] = {
    "week": msg("báo hằng tuần"),
    "month": msg("báo hằng tháng"),
    "quarter": msg("báo hằng quý"),
    "half": msg("báo 6 tháng một lần"),
    "year": msg("báo hằng năm"),
}
SIGNS: Mapping[Light, str] = {
    "done": "✓",
    "on_track": "↗",
    "behind": "~",
    "slow": "!",
    "missing": "–",
    "untargeted": "",
}
"""A light as one letter, so that a table is read without its colours too."""
SHADES: Mapping[Light, str] = {
    "done": "fine",
    "on_track": "fine",
    "behind": "late",
    "slow": "bad",
    "missing": "none",
    "untargeted": "",
}


class Seen(Struct, frozen=True):
    """A period of a commune as an official sees it; `indicators` are those counted then that they may see."""

    of: Period
    today: date
    indicators: Sequence[Indicator]
    access: Access

    def indicator(self, code: str) -> Indicator | None:
        return next((one for one in self.indicators if one.code == code), None)


class FiguresGround:
    def __init__(self, service: CheckinService, sums: RollUps) -> None:
        self.service = service
        self.sums = sums

    async def seen(self, visit: Visit) -> Seen | No:
        """Return what this address is about, or why there is nothing: the period may be forged."""
        today, cut_off = periods.today(visit.now), self.service.cut_off
        name = visit.said("ky") or visit.query.get("ky", "")
        try:
            of = periods.period(name, cut_off) if name else periods.at(today, "month", cut_off)
        except periods.PeriodError:
            return No(visit.t(NO_PERIOD))
        found = await access(visit.who, visit.commune, visit.now)
        counted = (await history()).counted_in(of)
        return Seen(of, today, [one for one in counted if found.covers(one.code)], found)

    async def table(self, visit: Visit, seen: Seen) -> RollUpTable:
        return await self.sums.table(visit.commune.id, seen.of, seen.indicators, seen.today)

    async def aimed(self, visit: Visit, seen: Seen) -> RollUpTable:
        """Return the table of the indicators with a target in this period, and of what they are a share of."""
        return await self.sums.aimed(visit.commune.id, seen.of, seen.indicators, seen.today)

    async def open_here(self, visit: Visit, seen: Seen, villages: Sequence[Place]) -> frozenset[tuple[int, str]]:
        """Return each (unit, indicator) that this official may write for the period now."""
        own = [one for one in seen.indicators if one.cadence == seen.of.kind]
        if not own or seen.of.first > seen.today or not await self.takes(visit, seen.of):
            return frozenset()
        figures = [(village.id, one.code) for village in villages for one in own]
        return frozenset(key for key, one in (await may_each(visit.who, figures, visit.now)).items() if one.report)

    async def takes(self, visit: Visit, of: Period) -> bool:
        cadence = next((one for one in CADENCES if one == of.kind), None)
        return cadence is not None and await self.service.rounds.takes(visit.commune.id, cadence, of.name)

    def around(self, of: Period) -> tuple[Period | None, Period | None]:
        """Return the previous and the next period of this length; nine months have none."""
        try:
            cut_off = self.service.cut_off
            return periods.before(of, cut_off), periods.following(of, cut_off)
        except periods.PeriodError:
            return None, None

    def lengths(self, visit: Visit, seen: Seen) -> Sequence[tuple[str, str, bool]]:
        """Return a link to the period of each length around the one shown: label, address, whether it is shown."""
        day = min(seen.of.last, seen.today) if seen.of.first <= seen.today else seen.of.first
        made = [(one, periods.at(day, one, self.service.cut_off)) for one in CADENCES]
        return [(visit.word(LENGTHS[one]), to(TABLE, ky=of.name), of.kind == seen.of.kind) for one, of in made]


def to(path: str, **query: str) -> str:
    """Return an address of the desk; empty values are left out."""
    query_text = urlencode({key.replace("_", "-"): value for key, value in query.items() if value})
    return f"{HOME}{path}?{query_text}" if query_text else f"{HOME}{path}"


def cell_address(of: Period, place: Place, indicator: Indicator) -> str:
    """Return the address of a figure. All are codes of ours, so nothing needs quoting: a table has a thousand."""
    return f"{HOME}{CELL}?ky={of.name}&noi={place.code}&chi-tieu={indicator.code}"


def title(visit: Visit, message: str, of: Period) -> Text:
    return visit.t(message, period=named(visit, of), place=visit.commune.full_name)


def legend(visit: Visit) -> Sequence[tuple[str, str, str]]:
    """Return sign, shade and words of each light."""
    return [(SIGNS[light], SHADES[light], visit.word(words)) for light, (_, words) in LIGHTS.items() if SIGNS[light]]
