"""Reading a workbook into rows that know their cells, and saying by cell what cannot be read.

The first row holds the keys; columns may stand in any order, and rows above the keys (a title) are skipped. Everything
that would be silently lost is a fault: an unknown or missing column, values beside the keys, a merged cell.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Literal, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec import field as struct_field

from bot.core.lean import patterns
from bot.core.own_fault import Panicked, PanicsAreErrors
from bot.core.text import clean

from .archive import UnreadableFile, looked_at
from .changes import SheetChange, SheetPlan

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook, SheetMetadata

Value = int | float | str | bool | date | datetime | time | timedelta
Kind = Literal["text", "whole", "number", "day"]

MAX_ROWS = 20_000
MAX_SHEETS = 50
CHOICES = "lua_chon"
"""The hidden sheet that holds what drop-down lists offer. An official who looks at it has done nothing wrong."""
_HEADER_WITHIN = 10
_DAYS = (
    patterns.compile(r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})"),
    patterns.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"),
)


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A key with what stands in its note for people; `width` in characters, `choices` become a drop-down list.

    One that is `optional` may be missing: workbooks are older than it is.
    """

    key: str
    note: str
    kind: Kind = "text"
    width: int = 16
    choices: tuple[str, ...] = ()
    optional: bool = False


class WorkbookScope(Struct, frozen=True):
    """For whom a workbook is read or written.

    `within` is the id of the commune that must not be left, None for the whole installation. `coming` holds by sheet
    what earlier sheets of the same workbook will have made.
    """

    now: datetime
    zone: ZoneInfo
    within: int | None = None
    coming: Mapping[str, Mapping[str, str]] = struct_field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


class SheetRow(Struct):
    """One row of a sheet. Unreadable cells are added to `faults`, and the reading goes on to find the next one."""

    sheet: str
    number: int
    columns: Mapping[str, int]
    values: Sequence[Value]
    faults: list[SheetChange] = struct_field(default_factory=list)

    def cell(self, key: str) -> str:
        """Return the name of its cell, such as `B7`."""
        return cell_name(self.number, self.columns[key])

    def fault(self, key: str, text: str) -> None:
        self.faults.append(SheetChange("!", self.sheet, self.cell(key), text))

    def text(self, key: str, *, longest: int = 120, needed: bool = False) -> str:
        """Return the text trimmed and made harmless; "" when empty, faulty or no column.

        A whole number is read as its digits.
        """
        value = self.values[self.columns[key]] if key in self.columns else ""
        if isinstance(value, bool | date | time | timedelta):
            self.fault(key, f"{key} phải là chữ, bảng tính đã đổi thành {_shown(value)}; định dạng ô là văn bản")
            return ""
        found = _shown(value) if isinstance(value, int | float) else " ".join(clean(value).split())
        if needed and not found:
            self.fault(key, f"thiếu {key}")
        elif len(found) > longest:
            self.fault(key, f"{key} dài quá {longest} chữ")
            return ""
        return found

    def whole(self, key: str) -> int | None:
        """Return a whole number from 0 on; None when empty or faulty."""
        value = self.number_of(key)
        if value is None:
            return None
        if value < 0 or not value.is_integer():
            self.fault(key, f"{key} phải là số nguyên từ 0 trở lên, đang là {_shown(value)}")
            return None
        return int(value)

    def number_of(self, key: str) -> float | None:
        """Return a number; None when empty or faulty.

        Text is a fault even if it looks like one: is `1.200` 1,2 or 1200?
        """
        value = self.values[self.columns[key]]
        if isinstance(value, str) and not value.strip():
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            return float(value)
        self.fault(key, f"{key} phải là số, đang là chữ “{_shown(value)}”")
        return None

    def day(self, key: str) -> date | None:
        """Return a date, given as one or as text like 01/07/2026 or 2026-07-01; None when empty or faulty."""
        value = self.values[self.columns[key]]
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = value.strip() if isinstance(value, str) else None
        if text == "":
            return None
        for pattern in _DAYS:
            if text and (match := pattern.fullmatch(text)):
                try:
                    return date(int(match["y"]), int(match["m"]), int(match["d"]))
                except ValueError:
                    break
        self.fault(key, f"{key} phải là ngày, ví dụ 01/07/2026, đang là “{_shown(value)}”")
        return None


class SheetTable(Struct, frozen=True):
    """The rows of one sheet that are not empty, and what is wrong with the sheet as a whole."""

    name: str
    rows: Sequence[SheetRow]
    faults: Sequence[SheetChange]


class SheetLayout(Protocol):
    """The layout needed to read a sheet."""

    @property
    def name(self) -> str: ...

    @property
    def columns(self) -> Sequence[SheetColumn]: ...


class Sheet(SheetLayout, Protocol):
    """One kind of sheet. A feature adds its own by one object of this shape."""

    async def plan(self, table: SheetTable, scope: WorkbookScope) -> SheetPlan:
        """Plan the changes of the rows; faults of rows are `!` lines of the plan. Reads, and writes nothing."""
        ...

    async def export(self, scope: WorkbookScope) -> Sequence[Sequence[Value | None]]:
        """Return rows in the order of `columns`, such that an import of them changes nothing."""
        ...


def read(data: bytes, sheets: Sequence[SheetLayout]) -> list[SheetTable]:
    """Read every known sheet of a workbook (.xlsx); raise UnreadableFile."""
    with _opened(data) as book:
        tables = [_table(book.get_sheet_by_name(s.name), s) for s in sheets if s.name in book.sheet_names]
        known = {sheet.name for sheet in sheets}
        strange = [
            SheetTable(meta.name, (), [SheetChange("!", meta.name, "A1", _strange_sheet(known))])
            for meta in _sheets_of(book)
            if meta.name not in {*known, CHOICES} and _shows_something(book, meta)
        ]
    if not tables and not strange:
        raise UnreadableFile("tệp không có bảng nào trong: " + ", ".join(sheet.name for sheet in sheets))
    return tables + strange


def sheet_names(data: bytes) -> list[str]:
    """Return the visible sheets that hold something, in their order; raise UnreadableFile."""
    with _opened(data) as book:
        return [meta.name for meta in _sheets_of(book) if _shows_something(book, meta)]


@contextmanager
def _opened(data: bytes) -> Iterator[CalamineWorkbook]:
    """Open the file. Raises UnreadableFile, also for a cell that makes the library panic or overflow.

    It takes some cells, for example, for a day of the year 2,500,000.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # large, and only an import needs it

    try:
        with PanicsAreErrors(), CalamineWorkbook.from_filelike(io.BytesIO(looked_at(data))) as book:
            yield book
    except CalamineError as error:
        raise UnreadableFile(f"không đọc được tệp bảng tính: {error}") from error
    except (OverflowError, Panicked) as error:
        raise UnreadableFile(
            "không đọc được một ô của tệp; hay gặp nhất là ô định dạng ngày mà số trong ô không phải ngày"
            " (bảng tính hiện #####): sửa ô đó, hoặc định dạng ô là văn bản, rồi gửi lại"
        ) from error


def cell_name(row: int, column: int) -> str:
    """Return `B7` for row 7 (from 1) and column 1 (from 0)."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _sheets_of(book: CalamineWorkbook) -> list[SheetMetadata]:
    """Return the sheets.

    Raises UnreadableFile for too many: each is laid out in turn, all may be one part of the file.
    """
    if len(book.sheets_metadata) > MAX_SHEETS:
        raise UnreadableFile(f"tệp có quá {MAX_SHEETS} bảng")
    return book.sheets_metadata


def _shows_something(book: CalamineWorkbook, meta: SheetMetadata) -> bool:
    from python_calamine import SheetVisibleEnum

    return meta.visible == SheetVisibleEnum.Visible and book.get_sheet_by_name(meta.name).start is not None


def _table(sheet: CalamineSheet, kind: SheetLayout) -> SheetTable:
    if sheet.total_height > MAX_ROWS:
        raise UnreadableFile(f"bảng {kind.name} có quá {MAX_ROWS} hàng")
    values = sheet.to_python(skip_empty_area=False)
    keys = [column.key for column in kind.columns]
    header = _header(values, keys)
    if header is None:
        return SheetTable(
            kind.name, (), [SheetChange("!", kind.name, "A1", "không thấy hàng khóa: " + ", ".join(keys))]
        )
    fault = _fault_at(kind.name)
    needed = [column.key for column in kind.columns if not column.optional]
    columns, faults = _columns(values, header, keys, needed, fault)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom >= header:
            span = f"{cell_name(top + 1, left)}:{cell_name(bottom + 1, right)}"
            faults.append(fault(top + 1, left, f"ô gộp {span}: bỏ gộp rồi ghi vào từng ô"))
    if any(key not in columns for key in needed):
        return SheetTable(kind.name, (), faults)
    rows = [
        SheetRow(kind.name, at, columns, cells)
        for at, cells in enumerate(values, start=1)
        if at > header + 1 and any(not _blank(cells[column]) for column in columns.values())
    ]
    return SheetTable(kind.name, rows, faults)


_FaultAt = Callable[[int, int, str], SheetChange]


def _fault_at(sheet: str) -> _FaultAt:
    return lambda row, column, text: SheetChange("!", sheet, cell_name(row, column), text)


def _columns(
    values: Sequence[Sequence[Value]], header: int, keys: Sequence[str], needed: Sequence[str], fault: _FaultAt
) -> tuple[dict[str, int], list[SheetChange]]:
    """Return the column of each key, and the faults in the row of keys."""
    columns: dict[str, int] = {}
    faults: list[SheetChange] = []
    for at, value in enumerate(values[header]):
        key = _key(value)
        if key in keys and key not in columns:
            columns[key] = at
        elif key in columns:
            faults.append(fault(header + 1, at, f"cột {key} có hai lần"))
        elif key:
            faults.append(fault(header + 1, at, f"không có cột “{_shown(value)}”; các cột: " + ", ".join(keys)))
        elif below := next((row for row in range(header + 1, len(values)) if not _blank(values[row][at])), None):
            faults.append(fault(below + 1, at, "có giá trị nhưng cột này không có khóa ở trên"))
    end = len(values[header])
    faults += [fault(header + 1, end, f"thiếu cột {key}") for key in needed if key not in columns]
    return columns, faults


def _header(values: Sequence[Sequence[Value]], keys: Sequence[str]) -> int | None:
    """Return the row with the most keys, if it has two at least."""
    found = [(sum(_key(value) in keys for value in row), -at) for at, row in enumerate(values[:_HEADER_WITHIN])]
    most, at = max(found, default=(0, 0))
    return -at if most >= min(2, len(keys)) else None


def _key(value: Value) -> str:
    return value.strip().lower() if isinstance(value, str) else _shown(value)


def _blank(value: Value) -> bool:
    return isinstance(value, str) and not value.strip()


def _shown(value: Value) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return clean(str(value))[:80]


def _strange_sheet(known: set[str]) -> str:
    return "không có bảng tên này; các bảng: " + ", ".join(sorted(known))
