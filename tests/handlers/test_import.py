"""An import on a database that others write to, with a sheet that another feature adds."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from bot.features import units
from bot.features.workbook import SheetChange, SheetColumn, SheetTable, Value, WorkbookScope
from bot.features.workbook.book import Workbook
from bot.features.workbook.don_vi import UnitsSheet
from bot.storage import database

SCOPE = WorkbookScope(datetime(2026, 11, 24, 8, 0, tzinfo=UTC), ZoneInfo("Asia/Ho_Chi_Minh"))


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "bot.sqlite3"
    async with database.created(database.file_url(path)):
        await units.create("yen-mo", "xã", "Yên Mô", valid_from=date(2025, 7, 1))
        yield path


@dataclass
class Targets:
    """A sheet of another feature, and another process that tries to write while its rows are planned and applied."""

    path: Path
    name: str = "giao"
    columns: Sequence[SheetColumn] = (SheetColumn("don_vi", "Mã đơn vị"), SheetColumn("gia_tri", "Giá trị", "number"))
    changes: list[SheetChange] = field(default_factory=list)
    offers: Mapping[str, str] = field(default_factory=dict)
    seen: list[tuple[str, float | None]] = field(default_factory=list)
    intruder: list[str] = field(default_factory=list)
    fails: bool = False

    async def plan(self, table: SheetTable, scope: WorkbookScope) -> Targets:
        self.intrude()
        self.changes = [
            SheetChange("+" if row.text("don_vi") in scope.coming["don_vi"] else "!", self.name, row.cell("don_vi"), "")
            for row in table.rows
        ]
        self.seen = [(row.text("don_vi"), row.number_of("gia_tri")) for row in table.rows]
        return self

    async def apply(self) -> None:
        if self.fails:
            raise RuntimeError("a bug in the last sheet")

    async def export(self, scope: WorkbookScope) -> Sequence[Sequence[Value | None]]:
        return []

    def intrude(self) -> None:
        other = sqlite3.connect(self.path, timeout=0)
        try:
            with other:
                other.execute("update units set name = name")
        except sqlite3.OperationalError as error:
            self.intruder.append(str(error))
        else:
            self.intruder.append("wrote")
        finally:
            other.close()


def _workbook(village: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet("don_vi")
    page.write_row(0, 0, [column.key for column in UnitsSheet.columns])
    page.write_row(1, 0, ["lac-hien", "thôn", "Lạc Hiền", "yen-mo"])
    page = book.add_worksheet("giao")
    page.write_row(0, 0, ["don_vi", "gia_tri"])
    page.write_row(1, 0, [village, 85.5])
    book.close()
    return out.getvalue()


async def test_an_import_takes_its_turn_before_it_reads_so_that_nobody_writes_in_between(file: Path) -> None:
    targets = Targets(file)
    book = Workbook([UnitsSheet(), targets])
    proposal = await book.propose(_workbook("lac-hien"), SCOPE)
    assert targets.intruder == ["wrote"], "a person who reads the change list holds nobody up"
    await book.apply(proposal, SCOPE)
    assert targets.intruder == ["wrote", "database is locked"]
    assert targets.seen == [("lac-hien", 85.5)]
    assert await units.get("lac-hien") is not None


async def test_a_later_sheet_knows_what_an_earlier_one_brings(file: Path) -> None:
    book = Workbook([UnitsSheet(), Targets(file)])
    assert (await book.propose(_workbook("lac-hien"), SCOPE)).clean
    assert not (await book.propose(_workbook("lac-hien-2"), SCOPE)).clean


async def test_when_the_last_sheet_fails_the_first_one_is_undone(file: Path) -> None:
    book = Workbook([UnitsSheet(), Targets(file, fails=True)])
    proposal = await book.propose(_workbook("lac-hien"), SCOPE)
    with pytest.raises(RuntimeError, match="last sheet"):
        await book.apply(proposal, SCOPE)
    assert await units.get("lac-hien") is None
