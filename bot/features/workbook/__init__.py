"""Import and export of workbooks. The code that reads a sent file knows no database: see `reading`, `book`."""

from __future__ import annotations

from .archive import UnreadableFile
from .changes import Mark, SheetChange, SheetPlan
from .sheet import Kind, Sheet, SheetColumn, SheetRow, SheetTable, Value, WorkbookScope

__all__ = [
    "Kind",
    "Mark",
    "Sheet",
    "SheetChange",
    "SheetColumn",
    "SheetPlan",
    "SheetRow",
    "SheetTable",
    "UnreadableFile",
    "Value",
    "WorkbookScope",
]
