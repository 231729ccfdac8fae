"""The sheet of units. Rows that are missing from it change nothing: a unit ends by its last day, never by absence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from msgspec import Struct

from bot.features import units
from bot.features.units import Place

from .changes import Mark, SheetChange
from .sheet import SheetColumn, SheetRow, SheetTable, Value, WorkbookScope

NAME = "don_vi"
_Act = Callable[[], Awaitable[object]]
_MOST_NAMES = 1000


class _Line(Struct, frozen=True):
    """A row that could be read. None is an empty cell."""

    row: SheetRow
    code: str
    kind: str
    name: str
    parent: str
    aliases: tuple[str, ...]
    households: int | None
    adults: int | None
    valid_from: date | None
    valid_to: date | None


@dataclass
class _Plan:
    """`first` are the founding acts, `then` the changes of units that exist, by how deep they will lie.

    Parents come before what lies in them, so that no step on the way makes a circle.
    """

    changes: list[SheetChange] = field(default_factory=list)
    offers: Mapping[str, str] = field(default_factory=dict)
    first: list[_Act] = field(default_factory=list)
    then: list[tuple[int, _Act]] = field(default_factory=list)

    async def apply(self) -> None:
        for act in self.first:
            await act()
        for _, act in sorted(self.then, key=lambda item: item[0]):
            await act()

    def add(self, mark: Mark, line: _Line, key: str, text: str) -> None:
        self.changes.append(SheetChange(mark, NAME, line.row.cell(key), f"{line.code}: {text}"))


class UnitsSheet:
    """`don_vi(ma, loai, ten, ma_cha, ten_khac, so_ho, so_nguoi_lon, tu_ngay, den_ngay)`."""

    name = NAME
    columns = (
        SheetColumn("ma", "Mã đơn vị: chữ thường không dấu, số, gạch nối. Không đổi sau khi đặt.", width=20),
        SheetColumn("loai", "tỉnh, xã, phường, thôn, xóm, tổ dân phố …", width=14),
        SheetColumn("ten", "Tên, không kèm loại: Lạc Hiền", width=28),
        SheetColumn("ma_cha", "Mã của đơn vị cấp trên", width=20),
        SheetColumn("ten_khac", "Các tên khác, cách nhau bằng dấu chấm phẩy", width=36),
        SheetColumn("so_ho", "Số hộ. Sửa ở đây là số mới từ hôm nay, kỳ cũ giữ số cũ.", "whole", 10),
        SheetColumn("so_nguoi_lon", "Số người trưởng thành", "whole", 14),
        SheetColumn("tu_ngay", "Ngày bắt đầu; để trống là hôm nay", "day", 12),
        SheetColumn("den_ngay", "Ngày cuối cùng còn hoạt động; để trống là còn hoạt động", "day", 12),
    )

    async def plan(self, table: SheetTable, scope: WorkbookScope) -> _Plan:
        places = {place.code: place for place in await units.everything()}
        inside = {place.code for place in await units.everything(scope.within)}
        plan = _Plan()
        lines: dict[str, _Line] = {}
        for row in table.rows:
            line = _read(row)
            if line is not None and line.code in lines:
                row.fault("ma", f"{line.code}: đã có ở ô {lines[line.code].row.cell('ma')}")
            elif line is not None:
                lines[line.code] = line
            plan.changes += row.faults
        after = _After(places, inside, lines, scope, {place.id: place.code for place in places.values()})
        for line in lines.values():
            if why := after.wrong(line):
                plan.add("!", line, *why)
            elif (place := places.get(line.code)) is None:
                _found(plan, line, scope.today)
            else:
                acts = await _edit(plan, line, place, after.parent_code(place), scope.today)
                plan.then += [(after.depth(line.code), act) for act in acts]
        plan.first = list(_in_order(after, lines, places, scope.today))
        plan.offers = {
            **{code: places[code].kind for code in inside},
            **{line.code: line.kind for line in lines.values()},
        }
        return plan

    async def export(self, scope: WorkbookScope) -> Sequence[Sequence[Value | None]]:
        codes = {place.id: place.code for place in await units.everything()}
        rows: list[Sequence[Value | None]] = []
        for place in await units.everything(scope.within):
            size = await units.size(place.id, scope.today)
            rows.append(
                (
                    place.code,
                    place.kind,
                    place.name,
                    codes.get(place.parent_id) if place.parent_id is not None else None,
                    "; ".join(place.aliases),
                    None if size is None else size.households,
                    None if size is None else size.adults,
                    place.valid_from,
                    place.valid_to,
                )
            )
        return rows


class _After(Struct, frozen=True):
    """The tree as it will be, to see whether it is one."""

    places: Mapping[str, Place]
    inside: set[str]
    lines: Mapping[str, _Line]
    scope: WorkbookScope
    codes: Mapping[int, str]

    def parent_code(self, place: Place) -> str:
        return "" if place.parent_id is None else self.codes[place.parent_id]

    def parent(self, code: str) -> str:
        if code in self.lines:
            return self.lines[code].parent
        return self.parent_code(self.places[code]) if code in self.places else ""

    def kind(self, code: str) -> str:
        return self.lines[code].kind if code in self.lines else self.places[code].kind

    def wrong(self, line: _Line) -> tuple[str, str] | None:
        """Return the key and what is wrong with it."""
        place = self.places.get(line.code)
        if place is not None and place.code not in self.inside:
            return "ma", "mã này thuộc nơi khác"
        if line.parent and line.parent not in self.lines and line.parent not in self.inside and not self._top(line):
            return "ma_cha", f"không có đơn vị “{line.parent}”"
        if not line.parent and place is None and self.scope.within is not None:
            return "ma_cha", "thiếu ma_cha"
        if why := units.check_levels(line.code, line.kind, self.kind(line.parent) if line.parent else None):
            return "ma_cha", why.removeprefix(f"{line.code}: ")
        if any(above == line.code for above in self.above(line.parent)):
            return "ma_cha", "nằm trong chính nó"
        return _wrong_dates(line, place, self.scope.today) or _wrong_kind(line, place) or self._wrong_end(line)

    def _wrong_end(self, line: _Line) -> tuple[str, str] | None:
        """Check that the unit does not end while something lies in it: its villages would be nowhere."""
        if line.valid_to is None or (line.code in self.places and self.places[line.code].valid_to == line.valid_to):
            return None
        for code in sorted(self.places.keys() | self.lines.keys()):
            end = self.lines[code].valid_to if code in self.lines else self.places[code].valid_to
            if self.parent(code) == line.code and (end is None or end > line.valid_to):
                return "den_ngay", f"còn {code} bên trong"
        return None

    def _top(self, line: _Line) -> bool:
        """Tell whether the line's `ma_cha` names the province outside of the scope's own commune; it may stay so."""
        place = self.places.get(line.code)
        return place is not None and place.id == self.scope.within and line.parent == self.parent_code(place)

    def depth(self, code: str) -> int:
        return sum(1 for _ in self.above(code))

    def above(self, code: str) -> Iterator[str]:
        for _ in range(len(self.places) + len(self.lines)):
            if not code:
                return
            yield code
            code = self.parent(code)


def _read(row: SheetRow) -> _Line | None:
    code = row.text("ma", longest=64, needed=True)
    if code and not units.is_code(code):
        row.fault("ma", f"“{code}” phải gồm chữ thường không dấu, số và gạch nối")
    line = _Line(
        row=row,
        code=code,
        kind=row.text("loai", longest=32, needed=True),
        name=row.text("ten", needed=True),
        parent=row.text("ma_cha", longest=64),
        aliases=tuple(filter(None, (alias.strip() for alias in row.text("ten_khac", longest=_MOST_NAMES).split(";")))),
        households=row.whole("so_ho"),
        adults=row.whole("so_nguoi_lon"),
        valid_from=row.day("tu_ngay"),
        valid_to=row.day("den_ngay"),
    )
    return None if row.faults else line


def _wrong_dates(line: _Line, place: Place | None, today: date) -> tuple[str, str] | None:
    first = line.valid_from or (today if place is None else place.valid_from)
    if place is not None and place.merged_into_id is not None and line.valid_to != place.valid_to:
        return "den_ngay", "đơn vị này đã được nhập vào nơi khác nên không đổi ngày được"
    if line.valid_to is not None and line.valid_to < first:
        return "den_ngay", "ngày kết thúc trước ngày bắt đầu"
    return None


def _wrong_kind(line: _Line, place: Place | None) -> tuple[str, str] | None:
    if place is not None and units.level_of(line.kind) != place.level:
        return "loai", f"không đổi được từ {place.kind} thành {line.kind}, vì khác cấp"
    return None


def _found(plan: _Plan, line: _Line, today: date) -> None:
    parts = [f"thêm {line.kind} {line.name}"]
    parts += [f"thuộc {line.parent}"] if line.parent else []
    parts += [f"{line.households} hộ"] if line.households is not None else []
    parts += [f"từ {line.valid_from or today:%d/%m/%Y}"]
    plan.add("+", line, "ma", ", ".join(parts))


def _in_order(after: _After, lines: Mapping[str, _Line], places: Mapping[str, Place], today: date) -> Iterator[_Act]:
    """Yield founding acts, large units first: a parent stands before what lies in it, also among villages."""
    new = [line for line in lines.values() if line.code not in places]
    for line in sorted(new, key=lambda line: after.depth(line.code)):
        yield partial(_create, line, today)


async def _create(line: _Line, today: date) -> None:
    made = await units.create(
        line.code,
        line.kind,
        line.name,
        parent=line.parent or None,
        valid_from=line.valid_from or today,
        valid_to=line.valid_to,
        aliases=line.aliases,
    )
    if line.households is not None or line.adults is not None:
        await units.count(made.id, made.valid_from, households=line.households, adults=line.adults)


async def _edit(plan: _Plan, line: _Line, place: Place, parent: str, today: date) -> list[_Act]:
    """Plan one line for each cell that differs from the database."""
    code, acts = line.code, list[_Act]()
    if line.kind != place.kind:
        plan.add("~", line, "loai", f"loai {place.kind} → {line.kind}")
        acts.append(partial(units.correct, code, kind=line.kind))
    if line.name != place.name:
        plan.add("~", line, "ten", f"ten {place.name} → {line.name}")
        acts.append(partial(units.rename, code, line.name, today))
    if line.parent != parent:
        plan.add(
            "~" if line.parent else "-", line, "ma_cha", f"ma_cha {parent or '(trống)'} → {line.parent or '(trống)'}"
        )
        acts.append(partial(units.move, code, line.parent or None))
    if line.aliases != place.aliases:
        old, new = "; ".join(place.aliases) or "(trống)", "; ".join(line.aliases) or "(trống)"
        plan.add("~" if line.aliases else "-", line, "ten_khac", f"ten_khac {old} → {new}")
        acts.append(partial(units.correct, code, aliases=line.aliases))
    acts += await _recount(plan, line, place, today)
    if line.valid_from is not None and line.valid_from != place.valid_from:
        plan.add("~", line, "tu_ngay", f"tu_ngay {place.valid_from:%d/%m/%Y} → {line.valid_from:%d/%m/%Y}")
        acts.append(partial(units.correct, code, valid_from=line.valid_from))
    if line.valid_to != place.valid_to:
        if line.valid_to is None:
            plan.add("~", line, "den_ngay", "hoạt động trở lại, den_ngay (trống)")
        else:
            plan.add("-", line, "den_ngay", f"thôi hoạt động sau ngày {line.valid_to:%d/%m/%Y}")
        acts.append(partial(units.end, code, line.valid_to))
    return acts


async def _recount(plan: _Plan, line: _Line, place: Place, today: date) -> list[_Act]:
    size = await units.size(place.id, today)
    before = (None, None) if size is None else (size.households, size.adults)
    after = (line.households, line.adults)
    for key, old, new in zip(("so_ho", "so_nguoi_lon"), before, after, strict=True):
        if old != new:
            plan.add("-" if new is None else "~", line, key, f"{key} {_shown(old)} → {_shown(new)}")
    if before == after:
        return []
    return [partial(units.count, place.id, today, households=line.households, adults=line.adults)]


def _shown(value: int | None) -> str:
    return "(trống)" if value is None else str(value)
