"""The history of indicators: a past period is shown as it was counted then, with a note of what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from msgspec import Struct

from bot.features.at_once import at_once
from bot.features.calendar.periods import Period
from bot.features.calendar.vietnam import moment, today
from bot.i18n import msg, short_date
from bot.storage.prepared import rows_of
from bot.storage.tables.checkins import IndicatorPast

from . import indicators
from .indicators import IndicatorRow
from .model import Indicator

_KINDS: Mapping[str, str] = {
    "L": msg("lũy kế"),
    "P": msg("phát sinh trong kỳ"),
    "T": msg("tỷ lệ"),
    "L,T": msg("lũy kế, có mẫu số"),
    "P,T": msg("phát sinh trong kỳ, có mẫu số"),
}
_WHOLES: Mapping[str, str] = {
    "": msg("không có"),
    "ho": msg("số hộ"),
    "nguoi_lon": msg("số người trưởng thành"),
    "kem": msg("số báo kèm"),
}
_RHYTHMS: Mapping[str, str] = {
    "tuan": msg("tuần"),
    "thang": msg("tháng"),
    "quy": msg("quý"),
    "nua_nam": msg("6 tháng"),
    "nam": msg("năm"),
}
_NAME = msg("tên “{old}” → “{new}”")
_UNIT = msg("đơn vị tính: {old} → {new}")
_KIND = msg("cách tính: {old} → {new}")
_WHOLE = msg("mẫu số: {old} → {new}")
_RHYTHM = msg("kỳ báo: {old} → {new}")
_ON = msg("bật, từ đây có đếm")
_OFF = msg("tắt, từ đây không đếm")


class Difference(Struct, frozen=True):
    """`template` is filled with `old` and `new`; `words`: these are words of ours, to be translated."""

    template: str
    old: str
    new: str
    words: bool = False


class IndicatorChange(Struct, frozen=True):
    """The change of an indicator at a moment; `before` None says that it was added."""

    at: datetime
    before: IndicatorRow | None
    after: IndicatorRow


class History(Struct, frozen=True):
    """All indicators as they are now, and their changes, the oldest first."""

    rows: Sequence[IndicatorRow]
    changes: Sequence[IndicatorChange]

    def of(self, code: str) -> list[IndicatorChange]:
        return [one for one in self.changes if one.after.ma == code]

    def counted_in(self, of: Period) -> list[Indicator]:
        """Return the indicators counted in a period, as of its last day.

        Those switched off later are still included.
        """
        end = moment(of.last + timedelta(days=1), time())
        later: dict[str, IndicatorChange] = {}
        for change in self.changes:
            if change.at >= end:
                later.setdefault(change.after.ma, change)
        counted = []
        for now in self.rows:
            first = later.get(now.ma)
            was = now if first is None else first.before or first.after
            used = was if was.dung else now
            if used.dung:
                counted.append(used)
        return indicators.indicators_of(counted)

    def notes(self, since: date) -> Mapping[str, str]:
        """Describe for papers, by code, the changes of meaning since a day: `đổi ngày 15/11/2026: tên “A” → “B”`."""
        notes_by_code: defaultdict[str, list[str]] = defaultdict(list)
        for one in self.changes:
            found = [] if one.before is None or today(one.at) < since else meaning(one.before, one.after)
            if found:
                what = "; ".join(each.template.format(old=each.old, new=each.new) for each in found)
                notes_by_code[one.after.ma].append(f"đổi ngày {short_date(today(one.at), 'vi')}: {what}")
        return {code: "; ".join(lines) for code, lines in notes_by_code.items()}


def meaning(before: IndicatorRow, after: IndicatorRow) -> list[Difference]:
    """Return the differences that make it another figure: name, unit of measure, way of counting, denominator."""
    found = (
        Difference(_NAME, before.ten, after.ten),
        Difference(_UNIT, before.don_vi_tinh, after.don_vi_tinh),
        Difference(_KIND, _KINDS[before.loai], _KINDS[after.loai], words=True),
        Difference(
            _WHOLE, _WHOLES.get(before.mau_so, before.mau_so), _WHOLES.get(after.mau_so, after.mau_so), words=True
        ),
    )
    return [one for one in found if one.old != one.new]


def differences(before: IndicatorRow, after: IndicatorRow) -> list[Difference]:
    """Return all differences: those of meaning, and also how often it is reported and whether at all."""
    found = meaning(before, after)
    if before.ky != after.ky:
        found.append(Difference(_RHYTHM, _RHYTHMS[before.ky], _RHYTHMS[after.ky], words=True))
    if before.dung != after.dung:
        found.append(Difference(_ON if after.dung else _OFF, "", ""))
    return found


def alike(one: Indicator, other: Indicator) -> bool:
    """Tell whether their figures may be compared: a new name alone may be a better word for the same."""
    return (one.unit, one.kind, one.sums, one.denominator) == (other.unit, other.kind, other.sums, other.denominator)


async def history() -> History:
    rows, pasts = await at_once(indicators.rows(), rows_of(IndicatorPast, "true", [], order="until, id"))
    states: defaultdict[str, list[tuple[datetime | None, IndicatorRow | None]]] = defaultdict(list)
    for past in pasts:
        row = IndicatorRow.model_validate_json(past.body) if past.body else None
        states[past.code].append((past.until, row))
    for row in rows:
        states[row.ma].append((None, row))
    changes = [
        IndicatorChange(until, before, after)
        for known in states.values()
        for (until, before), (_, after) in pairwise(known)
        if until is not None and after is not None
    ]
    return History(rows, sorted(changes, key=lambda one: one.at))
