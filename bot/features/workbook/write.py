"""Writing sheets as a workbook that people can edit and the bot can read again."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from .sheet import CHOICES, SheetColumn, Value, cell_name

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_LAST_ROW = 5000
_LONGEST_LIST = 255
"""Letters of a drop-down list that stands in its own column; a name with a comma would be two there."""
_FORMATS = {"text": "@", "whole": "#,##0", "number": "General", "day": "dd/mm/yyyy"}


def workbook(sheets: Sequence[tuple[str, Sequence[SheetColumn], Sequence[Sequence[Value | None]]]]) -> bytes:
    """Return an .xlsx file: keys in a frozen first row with notes, one format for each column, drop-down lists."""
    import xlsxwriter  # large, and only an export needs it

    out = io.BytesIO()
    # Nothing that a person typed may become a formula or a link.
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1, "text_wrap": True})
    whole = book.add_format({"num_format": _FORMATS["whole"]})
    formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
    offers = _Offers(book)
    for name, columns, rows in sheets:
        page = book.add_worksheet(name)
        page.freeze_panes(1, 0)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
        for at, column in enumerate(columns):
            page.set_column(at, at, column.width, formats[column.kind])
            page.write_string(0, at, column.key, head)
            page.write_comment(0, at, column.note, {"x_scale": 2})
            if column.choices:
                page.data_validation(1, at, _LAST_ROW, at, {"validate": "list", "source": offers.of(column)})
        for number, row in enumerate(rows, start=1):
            for at, value in enumerate(row):
                shape = whole if isinstance(value, int) else formats[columns[at].kind]
                _write(page, number, at, value, shape)
    offers.write()
    book.close()
    return out.getvalue()


class _Offers:
    """The choices of the drop-down lists: in the column itself, or on a hidden sheet behind all others."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._lists: list[tuple[str, ...]] = []

    def of(self, column: SheetColumn) -> list[str] | str:
        """Return the list, or the formula that says where it stands."""
        if len(",".join(column.choices)) <= _LONGEST_LIST and not any("," in choice for choice in column.choices):
            return list(column.choices)
        self._lists.append(column.choices)
        letter = cell_name(1, len(self._lists) - 1)[:-1]
        return f"={CHOICES}!${letter}$1:${letter}${len(column.choices)}"

    def write(self) -> None:
        if not self._lists:
            return
        page = self._book.add_worksheet(CHOICES)
        page.hide()
        for at, choices in enumerate(self._lists):
            page.write_column(0, at, choices)


def _write(page: Worksheet, row: int, column: int, value: Value | None, shape: Format) -> None:
    if value is None or value == "":
        return
    if isinstance(value, date):
        page.write_datetime(row, column, value, shape)
    elif isinstance(value, int | float):
        page.write_number(row, column, value, shape)
    else:
        page.write_string(row, column, str(value), shape)
