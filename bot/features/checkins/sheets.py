"""The sheets `chi_tieu` and `giao` of the workbook. A row that is missing from them changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from pydantic import ValidationError

from bot.features import units
from bot.features.audit import Audit, Detail
from bot.features.calendar.periods import PeriodError, period
from bot.features.calendar.vietnam import today
from bot.features.workbook.changes import Mark, SheetChange
from bot.features.workbook.sheet import SheetColumn, SheetRow, SheetTable, Value, WorkbookScope
from bot.i18n import short_date
from bot.storage.tables.checkins import Figure

from . import indicators, targets
from .indicator_history import IndicatorChange as Made
from .indicator_history import history
from .indicators import IndicatorRow

_MAX_TARGET = 10_000_000
_COUNTED: Mapping[str, bool] = {"co": True, "khong": False}
_MEANING = frozenset({"ten", "don_vi_tinh", "loai", "mau_so"})


@dataclass
class _Plan:
    changes: list[SheetChange] = field(default_factory=list)
    offers: Mapping[str, str] = field(default_factory=dict)
    acts: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    async def apply(self) -> None:
        for act in self.acts:
            await act()

    def add(self, mark: Mark, row: SheetRow, key: str, text: str) -> None:
        self.changes.append(SheetChange(mark, row.sheet, row.cell(key), text))


class IndicatorsSheet:
    """`chi_tieu(ma, ten, don_vi_tinh, loai, mau_so, ky, chieu, ten_khac, dung)`.

    A change shows the earlier value, and leaves a row in the `audit` log: the indicator and its columns, no words.
    """

    name = "chi_tieu"
    columns = (
        SheetColumn("ma", "Mã: hai chữ in hoa và hai số, ví dụ CQ01", width=8),
        SheetColumn("ten", "Tên hiện cho mọi người", width=44),
        SheetColumn("don_vi_tinh", "người, hộ, lượt …", width=14),
        SheetColumn("loai", "L lũy kế, P phát sinh, T tỷ lệ", width=8, choices=tuple(indicators.KINDS)),
        SheetColumn("mau_so", "ho, nguoi_lon, kem (báo kèm), mã chỉ tiêu khác, hoặc trống", width=12),
        SheetColumn("ky", "tuan, thang, quy, nua_nam, nam", width=8, choices=tuple(indicators.CADENCES)),
        SheetColumn("chieu", "tang: càng cao càng tốt; giam; khong", width=8, choices=tuple(indicators.DIRECTIONS)),
        SheetColumn("ten_khac", "Các cách gọi khác, cách nhau bằng dấu chấm phẩy", width=48),
        SheetColumn("dung", "co: đang đếm; khong: tắt", width=8, choices=tuple(_COUNTED), optional=True),
    )

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def plan(self, table: SheetTable, scope: WorkbookScope) -> _Plan:
        plan = _Plan()
        past = await history()
        known = {row.ma: row for row in past.rows}
        reported = {code for (code,) in await Figure.all().distinct().values_list("indicator")}
        seen: dict[str, SheetRow] = {}
        for row in table.rows:
            read = _indicator(row, known)
            plan.changes += row.faults
            if read is None:
                continue
            if read.ma in seen:
                plan.add("!", row, "ma", f"{read.ma}: đã có ở ô {seen[read.ma].cell('ma')}")
                continue
            seen[read.ma] = row
            old = known.get(read.ma)
            if scope.within is not None and (old is None or _cells(old) != _cells(read)):
                plan.add("!", row, "ma", f"{read.ma}: danh mục chỉ tiêu dùng chung, người quản trị mới sửa được")
                continue
            changed = _compare(plan, row, past.of(read.ma), old, read, reported=read.ma in reported)
            if changed:
                about = (None, "indicator_changed", f"indicator:{read.ma.lower()}", scope.now, changed)
                plan.acts += [partial(indicators.write, read, scope.now), partial(self._audit.append, *about)]
        plan.offers = dict.fromkeys((*known, *seen), "")
        return plan

    async def export(self, scope: WorkbookScope) -> Sequence[Sequence[Value | None]]:
        return [_cells(row) for row in await indicators.rows()]


def _cells(row: IndicatorRow) -> tuple[str, ...]:
    names, counted = "; ".join(row.ten_khac), next(word for word, on in _COUNTED.items() if on is row.dung)
    return (row.ma, row.ten, row.don_vi_tinh, row.loai, row.mau_so, row.ky, row.chieu, names, counted)


def _indicator(row: SheetRow, known: Mapping[str, IndicatorRow]) -> IndicatorRow | None:
    """Read an indicator from a row; fields that the sheet does not hold stay as they are."""
    names = [part.strip() for part in row.text("ten_khac", longest=1000).split(";")]
    needed = {key: row.text(key, needed=True) for key in ("ma", "ten", "don_vi_tinh", "loai", "ky", "chieu")}
    whole, counted = row.text("mau_so"), row.text("dung")
    if counted and counted not in _COUNTED:
        row.fault("dung", f"dung là co hoặc khong, đang là “{counted}”")
    if row.faults:
        return None
    held = known.get(needed["ma"])
    kept = {} if held is None else {"giai_thich": held.giai_thich, "dung": held.dung}
    if counted:
        kept["dung"] = _COUNTED[counted]
    try:
        return IndicatorRow.model_validate({**needed, **kept, "mau_so": whole, "ten_khac": tuple(filter(None, names))})
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            key = str(problem["loc"][0])
            row.fault(key, f"{key} không dùng được: “{problem['input']}”")
        return None


def _compare(
    plan: _Plan,
    row: SheetRow,
    past: Sequence[Made],
    old: IndicatorRow | None,
    new: IndicatorRow,
    *,
    reported: bool,
) -> Mapping[str, Detail]:
    """Add a line for each column that changes, with its earlier content; return the changed columns."""
    if old is None:
        plan.add("+", row, "ma", f"{new.ma}: {new.ten}")
        return {"ma": True}
    edited = {column: (a, b) for column, a, b in _cells_of_both(old, new) if a != b}
    for column, (a, b) in edited.items():
        difference = f"{new.ma}: {column} {a or '(trống)'} → {b or '(trống)'}"
        if column in _MEANING and reported:
            difference += "; các kỳ đã qua giữ như cũ"
        if earlier := _earlier(past, column):
            difference += f" ({earlier})"
        plan.add("~", row, column, difference)
    return dict.fromkeys(edited, True)


def _cells_of_both(old: IndicatorRow, new: IndicatorRow) -> Iterator[tuple[str, str, str]]:
    return zip((column.key for column in IndicatorsSheet.columns), _cells(old), _cells(new), strict=True)


def _earlier(past: Sequence[Made], column: str) -> str:
    """Tell the content of a column before its last change: `trước 12/10/2026: CŨ`; "" if it never changed."""
    for change in reversed(past):
        both = [] if change.before is None else _cells_of_both(change.before, change.after)
        if found := next((a for key, a, b in both if key == column and a != b), None):
            return f"trước {short_date(today(change.at), 'vi')}: {found}"
    return ""


class TargetsSheet:
    """`giao(chi_tieu, don_vi, ky, gia_tri, ly_do)`. For what has a denominator the value is a percent.

    An import leaves one row in the `audit` log, in the name of the person `by`; None is the console.
    """

    name = "giao"
    columns = (
        SheetColumn("chi_tieu", "Mã chỉ tiêu", width=10),
        SheetColumn("don_vi", "Mã đơn vị", width=20),
        SheetColumn("ky", "2026-W47, 2026-11, 2026-Q4, 2026-H1, 2026-9M hoặc 2026", width=12),
        SheetColumn("gia_tri", "Số phải đạt; chỉ tiêu có mẫu số thì ghi phần trăm", "number", 12),
        SheetColumn("ly_do", "Bắt buộc khi sửa số đã giao", width=40),
    )

    def __init__(self, audit: Audit, by: int | None = None) -> None:
        self._audit = audit
        self._by = by

    async def plan(self, table: SheetTable, scope: WorkbookScope) -> _Plan:
        plan = _Plan()
        codes = {row.ma for row in await indicators.rows()}
        codes |= set(scope.coming.get(IndicatorsSheet.name, {}))
        inside = {place.code: place for place in await units.everything(scope.within)}
        coming = set(scope.coming.get("don_vi", {}))
        held = {
            (one.indicator, one.unit_id, one.period): one
            for one in await targets.everything([place.id for place in inside.values()])
        }
        seen: dict[tuple[str, str, str], SheetRow] = {}
        for row in table.rows:
            key = (row.text("chi_tieu", needed=True), row.text("don_vi", needed=True), row.text("ky", needed=True))
            value, reason = _value(row), row.text("ly_do", longest=300)
            _check(row, key, codes, set(inside) | coming)
            if key in seen:
                row.fault("chi_tieu", f"đã có ở ô {seen[key].cell('chi_tieu')}")
            plan.changes += row.faults
            if row.faults or value is None:
                continue
            seen[key] = row
            place = inside.get(key[1])
            old = None if place is None else held.get((key[0], place.id, key[2]))
            self._compare(plan, row, key, value, reason, old, scope)
        if plan.acts:
            changed = sum(change.mark == "~" for change in plan.changes)
            details = {"count": len(plan.acts), "changed": changed}
            plan.acts.append(partial(self._audit.append, self._by, "targets_set", "sheet:giao", scope.now, details))
        return plan

    def _compare(
        self,
        plan: _Plan,
        row: SheetRow,
        key: tuple[str, str, str],
        value: Decimal,
        reason: str,
        old: targets.IndicatorTarget | None,
        scope: WorkbookScope,
    ) -> None:
        named = " ".join(key)
        if old is not None and old.value == value:
            return
        if old is not None and (not reason or reason == old.reason):
            plan.add("!", row, "ly_do", f"{named}: sửa {old.value} → {value} cần ghi lý do mới")
            return
        if old is None:
            plan.add("+", row, "gia_tri", f"{named}: {value}")
        else:
            plan.add("~", row, "gia_tri", f"{named}: {old.value} → {value}")
        plan.acts.append(partial(_assign, key, value, reason, self._by, scope))

    async def export(self, scope: WorkbookScope) -> Sequence[Sequence[Value | None]]:
        places = {place.id: place.code for place in await units.everything(scope.within)}
        return [
            (one.indicator, places[one.unit_id], one.period, _plain(one.value), one.reason)
            for one in await targets.everything(list(places))
        ]


async def _assign(key: tuple[str, str, str], value: Decimal, reason: str, by: int | None, scope: WorkbookScope) -> None:
    place = await units.get(key[1])
    if place is None:
        raise LookupError(key[1])
    await targets.assign(place.id, key[0], key[2], value, reason=reason, by=by, now=scope.now)


def _value(row: SheetRow) -> Decimal | None:
    number = row.number_of("gia_tri")
    if number is None:
        if not row.faults:
            row.fault("gia_tri", "thiếu gia_tri")
        return None
    value = Decimal(str(number))
    if not 0 <= value <= _MAX_TARGET:
        row.fault("gia_tri", f"gia_tri phải từ 0 đến {_MAX_TARGET}")
        return None
    rounded = value.quantize(Decimal("0.001"))
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded.normalize()


def _check(row: SheetRow, key: tuple[str, str, str], codes: set[str], places: set[str]) -> None:
    code, place, name = key
    if code and code not in codes:
        row.fault("chi_tieu", f"không có chỉ tiêu “{code}”")
    if place and place not in places:
        row.fault("don_vi", f"không có đơn vị “{place}”")
    try:
        if name:
            period(name)
    except PeriodError:
        row.fault("ky", f"không có kỳ “{name}”, ví dụ 2026-11, 2026-Q4")


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
