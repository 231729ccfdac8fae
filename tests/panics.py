"""A real panic of a library in Rust: its class cannot be imported, so a file has to bring it about."""

from __future__ import annotations

import io

import xlsxwriter
from python_calamine import CalamineWorkbook


def dated(number: float, format_: str = "dd/mm/yyyy") -> bytes:
    """A workbook of units whose code is a number in a cell for dates."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("don_vi")
        page.write_row(0, 0, ["ma", "loai", "ten"])
        page.write_number(1, 0, number, book.add_format({"num_format": format_}))
    return out.getvalue()


def panic() -> BaseException:
    try:
        CalamineWorkbook.from_filelike(io.BytesIO(dated(-1e300))).get_sheet_by_index(0).to_python()
    except BaseException as error:
        return error
    raise AssertionError("nothing panics any more: find another file that does")
