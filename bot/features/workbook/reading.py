"""Reading a workbook that somebody sent: another process opens it and answers with the cells of known columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.features.untrusted.limits import MEGABYTE, ProcessLimits
from bot.features.untrusted.pool import ask
from bot.features.untrusted.reader import IsolatedReader, WireModel

from .archive import UnreadableFile
from .changes import SheetChange
from .sheet import SheetColumn, SheetLayout, SheetRow, SheetTable, Value, read, sheet_names

_LIMITS = ProcessLimits(memory=512 * MEGABYTE, seconds=30, answer=64 * MEGABYTE, patience=90.0)
"""Two million cells, or sixty megabytes of XML, take that much; see bot.features.workbook.archive."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A cell that JSON has no kind of value for."""

    kind: Literal["date", "datetime", "time", "timedelta"]
    text: str


Cell = int | float | str | bool | Moment


@dataclass(frozen=True, slots=True)
class Known:
    """One sheet that is looked for."""

    name: str
    columns: tuple[SheetColumn, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """One sheet; `rows` with their number, `columns` says at which place of a row each key stands."""

    name: str
    columns: dict[str, int]
    rows: list[tuple[int, list[Cell]]]
    faults: list[SheetChange]


class WorkbookRequest(WireModel):
    """These sheets; or every sheet, `most` at most, with the columns of `every`."""

    sheets: tuple[Known, ...] = ()
    every: tuple[SheetColumn, ...] = ()
    most: int = 0


class Sheets(WireModel):
    """`why` is not empty for a file that cannot be read."""

    found: tuple[Found, ...] = ()
    why: str = ""


async def known_sheets(data: bytes, sheets: Sequence[SheetLayout]) -> list[SheetTable]:
    """Read these sheets of a workbook, as far as it has them.

    Raises UnreadableFile, and JobRefused for a file that takes too much.
    """
    return await _ask(data, WorkbookRequest(sheets=tuple(Known(one.name, tuple(one.columns)) for one in sheets)))


async def every_sheet(data: bytes, columns: Sequence[SheetColumn], most: int) -> list[SheetTable]:
    """Read each visible sheet that holds something, all with the same columns; raise as `known_sheets` does."""
    return await _ask(data, WorkbookRequest(every=tuple(columns), most=most))


async def _ask(data: bytes, wanted: WorkbookRequest) -> list[SheetTable]:
    answer = await ask(WORKBOOK, data, wanted)
    if answer.why:
        raise UnreadableFile(answer.why)
    return [
        SheetTable(
            one.name,
            [SheetRow(one.name, number, one.columns, [_value(cell) for cell in cells]) for number, cells in one.rows],
            one.faults,
        )
        for one in answer.found
    ]


def opened(data: bytes, question: WorkbookRequest) -> Sheets:
    """Read the workbook; runs in the other process."""
    try:
        layouts: Sequence[SheetLayout] = question.sheets or _every(data, question)
        return Sheets(found=tuple(_found(table) for table in read(data, layouts)))
    except UnreadableFile as error:
        return Sheets(why=str(error))


def _every(data: bytes, question: WorkbookRequest) -> list[Known]:
    names = sheet_names(data)
    if not names:
        raise UnreadableFile("tệp không có bảng nào")
    if len(names) > question.most:
        raise UnreadableFile(f"tệp có quá {question.most} bảng")
    return [Known(name, question.every) for name in names]


def _found(table: SheetTable) -> Found:
    """Leave out the cells of other columns: only their emptiness was of interest, and that has been looked at."""
    columns = dict(table.rows[0].columns) if table.rows else {}
    wanted = frozenset(columns.values())
    end = max(wanted, default=-1) + 1
    rows = [
        (row.number, [_cell(value) if at in wanted else "" for at, value in enumerate(row.values[:end])])
        for row in table.rows
    ]
    return Found(table.name, columns, rows, list(table.faults))


def _cell(value: Value) -> Cell:
    match value:
        case datetime():
            return Moment("datetime", value.isoformat())
        case date():
            return Moment("date", value.isoformat())
        case time():
            return Moment("time", value.isoformat())
        case timedelta():
            return Moment("timedelta", str(value.total_seconds()))
        case _:
            return value


def _value(cell: Cell) -> Value:
    """Return the value of a cell. Raises ValueError for one that `_cell` never makes."""
    if not isinstance(cell, Moment):
        return cell
    match cell.kind:
        case "datetime":
            return datetime.fromisoformat(cell.text)
        case "date":
            return date.fromisoformat(cell.text)
        case "time":
            return time.fromisoformat(cell.text)
        case "timedelta":
            return timedelta(seconds=float(cell.text))


WORKBOOK = IsolatedReader(f"{__name__}:opened", WorkbookRequest, Sheets, limits=_LIMITS)
