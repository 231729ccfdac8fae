"""The sheet of people with a role. Rows that are missing from it change nothing: a role ends by its last day.

A row is a role of a person. It is known by name, role and unit, or by phone, role and unit when the name was corrected.
People who came with a code and corrected their own name are known by the name in the sheet, too.
Another role or unit in a row is a further role and leaves the old one as it is, because a role must not end by a slip.
Residents are not kept in files.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from msgspec import Struct
from tortoise.expressions import Q

from bot.features import rights, units
from bot.features.people import people
from bot.features.people.people import Who
from bot.features.rights.table import ANYWHERE, IN_VILLAGES, OBSERVER, ONE_HOLDER, RESIDENT, ROLES, Act, role_of
from bot.features.units import Place
from bot.storage.tables.people import Person, Role

from . import don_vi
from .changes import Mark, SheetChange
from .sheet import SheetColumn, SheetRow, SheetTable, Value, WorkbookScope

NAME = "nguoi"
_ROLES = tuple(role for role in ROLES if role != RESIDENT)
_NAMES = tuple(ROLES[role] for role in _ROLES)


class _Line(Struct, frozen=True):
    """A row that could be read; `last_day` None is "without end"."""

    row: SheetRow
    name: str
    role: str
    unit: str
    phone: str
    last_day: date | None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.name, self.role, self.unit


class _Held(Struct, frozen=True):
    """A role that somebody holds."""

    id: int
    person_id: int
    name: str
    listed: str
    role: str
    unit: str
    phone: str
    last_day: date | None


@dataclass
class _Plan:
    changes: list[SheetChange] = field(default_factory=list)
    offers: Mapping[str, str] = field(default_factory=dict)
    acts: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def apply(self) -> None:
        for act in self.acts:
            await act()

    def add(self, mark: Mark, line: _Line, key: str, text: str) -> None:
        self.changes.append(SheetChange(mark, NAME, line.row.cell(key), f"{line.name}: {text}"))


class PeopleSheet:
    """`nguoi(ho_ten, vai_tro, don_vi, dien_thoai, het_han)`.

    `by` is whose list it is: a row changes no role that they could not give. None is the command line.
    """

    name = NAME
    columns = (
        SheetColumn("ho_ten", "Họ và tên", width=28),
        SheetColumn("vai_tro", "Vai trò, chọn trong danh sách: " + "; ".join(_NAMES), "text", 30, _NAMES),
        SheetColumn("don_vi", "Mã đơn vị trong bảng don_vi", width=20),
        SheetColumn("dien_thoai", "Số điện thoại, có thể để trống", width=16),
        SheetColumn("het_han", "Ngày cuối cùng của vai trò; để trống là không thời hạn", "day", 12),
    )

    def __init__(self, by: Who | None = None) -> None:
        self._by = by

    async def plan(self, table: SheetTable, scope: WorkbookScope) -> _Plan:
        kinds = await _kinds(scope)
        plan = _Plan()
        lines: list[_Line] = []
        for row in table.rows:
            line = _read(row, kinds)
            plan.changes += row.faults
            if line is not None:
                lines.append(line)
        held = await _held(scope)
        matched = _match(lines, held)
        known, may = _Known(held), None if self._by is None else _Rights(self._by, scope)
        for line in lines:
            found, own = matched.get(line.row.number), _Plan()
            if found is None:
                known.add_role(own, line, scope)
            else:
                known.edit(own, line, found, scope)
            if own.acts and may is not None and (why := await may.refusal(line, _roles_of(found, held))):
                own = _Plan()
                own.add("!", line, "vai_tro", why)
            plan.changes += own.changes
            plan.acts += own.acts
        return plan

    async def export(self, scope: WorkbookScope) -> Sequence[Sequence[Value | None]]:
        return [(one.name, ROLES[one.role], one.unit, one.phone, one.last_day) for one in await _held(scope)]


@dataclass
class _Known:
    """The people identified so far, while the rows are gone through."""

    held: Sequence[_Held]
    told: dict[int, _Line] = field(default_factory=dict)
    new: dict[tuple[str, str, str], _Newcomer] = field(default_factory=dict)
    added: dict[tuple[str, str, str, str], _Line] = field(default_factory=dict)

    def edit(self, plan: _Plan, line: _Line, one: _Held, scope: WorkbookScope) -> None:
        """Plan one line for each cell that differs from the database."""
        before = self.told.setdefault(one.person_id, line)
        if (before.name, before.phone) != (line.name, line.phone):
            key = "ho_ten" if before.name != line.name else "dien_thoai"
            plan.add("!", line, key, f"{key} khác với ô {before.row.cell(key)} của cùng một người")
            return
        if before is line and line.name != one.name:
            plan.add("~", line, "ho_ten", f"ho_ten {one.name} → {line.name}")
            plan.acts.append(partial(_update, one.person_id, name=line.name))
        if before is line and line.phone != one.phone:
            mark: Mark = "~" if line.phone else "-"
            plan.add(mark, line, "dien_thoai", f"dien_thoai {one.phone or '(trống)'} → {line.phone or '(trống)'}")
            plan.acts.append(partial(_update, one.person_id, phone=line.phone))
        if line.last_day != one.last_day:
            over = line.last_day is not None and line.last_day < scope.today
            text = f"het_han {_day(one.last_day)} → {_day(line.last_day)}"
            plan.add("-" if over else "~", line, "het_han", f"thôi vai trò {ROLES[one.role]}, {text}" if over else text)
            plan.acts.append(partial(_set_end, one.id, _moment(line.last_day, scope.zone)))

    def add_role(self, plan: _Plan, line: _Line, scope: WorkbookScope) -> None:
        twin = self.added.get((*line.key, line.phone))
        if twin is not None or any((one.name, one.role, one.unit) == line.key for one in self.held if not line.phone):
            where = f" ở ô {twin.row.cell('ho_ten')}" if twin is not None else ""
            plan.add(
                "!",
                line,
                "ho_ten",
                f"{ROLES[line.role]} ở {line.unit} đã có{where}; ghi số điện thoại nếu là người khác",
            )
            return
        self.added[*line.key, line.phone] = line
        if line.last_day is not None and line.last_day < scope.today:
            plan.add("!", line, "het_han", f"het_han {_day(line.last_day)} đã qua")
            return
        if line.last_day is None and line.role in people.ROLE_DAYS:
            plan.add("!", line, "het_han", f"vai trò {ROLES[line.role]} phải có het_han")
            return
        same = self._same_person(line)
        others = sorted({ROLES[one.role] for one in self.held if same is not None and one.person_id == same})
        text = f"thêm vai trò {ROLES[line.role]} ở {line.unit}" + (f", vẫn giữ {'; '.join(others)}" if others else "")
        if line.role in ONE_HOLDER and (named := self._holders(line, same)):
            text += f"; vai trò này đang có {named}: nếu là một người thì ghi đúng tên ấy"
        plan.add("+", line, "ho_ten", text)
        # Two new rows with one name and phone, or without a phone in one unit, are one newcomer with two roles.
        key = (line.name, line.phone, "" if line.phone else line.unit)
        person = self.new.setdefault(key, _Newcomer(line.name, line.phone, same))
        plan.acts.append(partial(_give, person, line, scope))

    def _holders(self, line: _Line, but: int | None) -> str:
        """Name the others who hold this role there: those who came with a code may have another name here."""
        held = (one for one in self.held if (one.role, one.unit) == (line.role, line.unit) and one.person_id != but)
        return ", ".join(one.name or "một người" for one in held)

    def _same_person(self, line: _Line) -> int | None:
        """Return the person with this name and phone, or, if no phone was given, this name in this unit."""
        for one in self.held:
            if line.name in (one.name, one.listed) and (
                one.phone == line.phone if line.phone else one.unit == line.unit
            ):
                return one.person_id
        return None


@dataclass
class _Rights:
    """The roles that somebody may give. In a unit that the same workbook makes: as in the commune around it."""

    by: Who
    scope: WorkbookScope
    known: dict[tuple[str, str], str] = field(default_factory=dict)

    async def refusal(self, line: _Line, also: Sequence[tuple[str, str]]) -> str:
        """Return why a row may not change anything, "" if it may. `also` are roles of the person whom it changes."""
        for role, unit in ((line.role, line.unit), *also):
            if (role, unit) not in self.known:
                place = await units.get(unit)
                if place is not None:
                    decision = await rights.may_invite(self.by, role, place.id, on=self.scope.now)
                else:
                    decision = await rights.decide(self.by, Act.INVITE, self.scope.within, on=self.scope.now)
                self.known[role, unit] = decision.why
            if self.known[role, unit]:
                return self.known[role, unit]
        return ""


def _roles_of(one: _Held | None, held: Sequence[_Held]) -> Sequence[tuple[str, str]]:
    """Return every role of the person of a role: who changes the person changes them all."""
    return () if one is None else [(each.role, each.unit) for each in held if each.person_id == one.person_id]


@dataclass
class _Newcomer:
    """Made with the first of the new roles; `person_id` None until then."""

    name: str
    phone: str
    person_id: int | None


def _match(lines: Sequence[_Line], held: Sequence[_Held]) -> dict[int, _Held]:
    """Match row numbers with roles: by name, of several with one name by phone; then by phone or listed name."""
    free: dict[tuple[str, str, str], list[_Held]] = defaultdict(list)
    for one in held:
        free[one.name, one.role, one.unit].append(one)
    matched: dict[int, _Held] = {}
    for exact in (True, False):
        for line in lines:
            named = free[line.key]
            if line.row.number in matched or not named:
                continue
            same = [one for one in named if one.phone == line.phone]
            if same or not exact:
                matched[line.row.number] = (same or named)[0]
                named.remove((same or named)[0])
    rest = [one for same in free.values() for one in same]
    by_phone = {(one.phone, one.role, one.unit): one for one in rest if one.phone}
    by_listed = {(one.listed, one.role, one.unit): one for one in rest if one.listed}
    for line in lines:
        if line.row.number in matched:
            continue
        found = by_phone.get((line.phone, line.role, line.unit)) or by_listed.get(line.key)
        if found is not None and found not in matched.values():
            matched[line.row.number] = found
    return matched


def _read(row: SheetRow, kinds: Mapping[str, str]) -> _Line | None:
    role_text = row.text("vai_tro", longest=64, needed=True)
    role = role_of(role_text)
    line = _Line(
        row=row,
        name=row.text("ho_ten", needed=True),
        role=role if role in _ROLES else "",
        unit=row.text("don_vi", longest=64, needed=True),
        phone=_phone(row),
        last_day=row.day("het_han"),
    )
    if role_text and not line.role:
        row.fault("vai_tro", f"không có vai trò “{role_text}”; các vai trò: " + "; ".join(_NAMES))
    elif line.unit and line.unit not in kinds:
        row.fault("don_vi", f"không có đơn vị “{line.unit}”")
    elif line.role and line.unit and not _fits(line.role, kinds[line.unit]):
        row.fault("don_vi", f"vai trò {ROLES[line.role]} không dùng cho {kinds[line.unit]} ({line.unit})")
    return None if row.faults else line


def _phone(row: SheetRow) -> str:
    """Return the digits, with `0` in front again where the spreadsheet took it for a number."""
    text = row.text("dien_thoai", longest=30)
    digits = re.sub(r"[ .()-]", "", text)
    digits = re.sub(r"^\+?84(?=\d{9}$)", "0", digits)
    if re.fullmatch(r"[1-9]\d{8}", digits):
        digits = f"0{digits}"
    if digits and not re.fullmatch(r"\d{3,12}", digits):
        row.fault("dien_thoai", f"“{text}” không phải số điện thoại")
        return ""
    return digits


def _fits(role: str, kind: str) -> bool:
    level = units.level_of(kind)
    if level == "province":
        return role == OBSERVER
    return role in ANYWHERE or (level == "village") == (role in IN_VILLAGES)


async def _kinds(scope: WorkbookScope) -> Mapping[str, str]:
    """Return the kinds, by code, of the units that exist, or will after the sheet of units."""
    coming = scope.coming.get(don_vi.NAME)
    if coming is not None:
        return coming
    return {place.code: place.kind for place in await units.everything(scope.within)}


async def _held(scope: WorkbookScope) -> list[_Held]:
    """Return roles that hold now in the scope, large units first, in the order of `everything`."""
    places: dict[int, tuple[int, Place]] = {
        place.id: (at, place) for at, place in enumerate(await units.everything(scope.within))
    }
    rows = await Role.filter(_holds(scope.now)).exclude(role=RESIDENT).select_related("person", "unit")
    found = [
        (places[row.unit.id][0], _ROLES.index(row.role), row.id, _Held(
            row.id, row.person.id, row.person.name, row.person.listed_name, row.role, places[row.unit.id][1].code,
            row.person.phone, _last_day(row.expires_at, scope.zone),
        ))
        for row in rows
        if row.unit.id in places
    ]  # fmt: skip
    return [one for *_, one in sorted(found, key=lambda item: item[:3])]


def _holds(now: datetime) -> Q:
    return Q(ended_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))


def _last_day(expires_at: datetime | None, zone: ZoneInfo) -> date | None:
    """Return the last day of a role: one that ends at midnight has it on the day before."""
    return None if expires_at is None else (expires_at - timedelta(microseconds=1)).astimezone(zone).date()


def _moment(last_day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if last_day is None else datetime.combine(last_day + timedelta(days=1), time(), zone)


def _day(day: date | None) -> str:
    return "(trống)" if day is None else f"{day:%d/%m/%Y}"


async def _update(person_id: int, *, name: str | None = None, phone: str | None = None) -> None:
    changed = {
        key: value for key, value in (("name", name), ("listed_name", name), ("phone", phone)) if value is not None
    }
    await Person.filter(id=person_id).update(**changed)


async def _set_end(role_id: int, expires_at: datetime | None) -> None:
    await Role.filter(id=role_id).update(expires_at=expires_at)


async def _give(person: _Newcomer, line: _Line, scope: WorkbookScope) -> None:
    if person.person_id is None:
        person.person_id = await people.create(person.name, scope.now, phone=person.phone, listed=True)
    unit = await units.get(line.unit)
    if unit is None:
        raise units.UnitError(f"không có đơn vị “{line.unit}”")
    expires_at = _moment(line.last_day, scope.zone)
    await people.grant(person.person_id, line.role, unit.id, scope.now, expires_at=expires_at)
