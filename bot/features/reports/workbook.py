"""The figures of a report as an Excel workbook: the same numbers as in the Word file, to sort and to count with."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bot.core.lean import patterns
from bot.core.text import clean, upper_first

from . import figures, wording
from .chart_sheet import Bars, ChartSheet
from .data import ReportData, ReportedIndicator
from .report import by_area

_WIDTHS = (8, 48, 12, 14, 14, 14, 11, 12, 16, 30)
_ON_A_PAGE = 9  # indicators beside one another
_SHARE = 6  # the column of "Tỷ lệ (%)"
_FORBIDDEN = patterns.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME = 31

Cell = Decimal | str | None


class WorkbookWriter:
    """A workbook under way: formats, and sheets with a frozen head row and a filter."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        # Nothing that a person typed may become a formula or a link.
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.file = xlsxwriter.Workbook(self._out, options)
        base = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
        self.head = self.file.add_format(
            {**base, "bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True, "align": "center"}
        )
        self.text = self.file.add_format({**base, "border": 1, "text_wrap": True})
        self.number = self.file.add_format({**base, "border": 1, "num_format": "#,##0.#"})
        self.whole = self.file.add_format({**base, "border": 1, "num_format": "#,##0"})
        self.change = self.file.add_format({**base, "border": 1, "num_format": "+#,##0.#;-#,##0.#;0"})
        self.missing = self.file.add_format({**base, "border": 1, "italic": True, "font_color": "#7F7F7F"})
        self.title = self.file.add_format({**base, "bold": True, "font_size": 14})
        self._names: set[str] = set()

    def sheet(self, name: str, columns: Sequence[str], widths: Sequence[int], rows: int) -> Worksheet:
        """Add a sheet whose first row holds `columns`; `rows` follow."""
        page = self.file.add_worksheet(self._free(name))
        for at, (title, width) in enumerate(zip(columns, widths, strict=True)):
            page.set_column(at, at, width)
            page.write_string(0, at, title, self.head)
        page.freeze_panes(1, 2 if len(columns) > 2 else 0)
        page.autofilter(0, 0, max(rows, 1), len(columns) - 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        return page

    def put(self, page: Worksheet, row: int, column: int, value: Cell, shape: Format | None = None) -> None:
        """Write a number as a number, a text as a text; None says that nothing was reported."""
        if value is None:
            page.write_string(row, column, wording.NOT_REPORTED, self.missing)
        elif isinstance(value, Decimal):
            # A format with "#" after the comma would show "12," for whole numbers.
            default = self.whole if value == value.to_integral_value() else self.number
            page.write_number(row, column, float(value), shape or default)
        else:
            page.write_string(row, column, clean(value), shape or self.text)

    def bytes(self) -> bytes:
        self.file.close()
        return self._out.getvalue()

    def _free(self, name: str) -> str:
        """Return a name that Excel takes and that no other sheet bears."""
        short = _FORBIDDEN.sub(" ", clean(name)).strip()[:_LONGEST_NAME] or "Khác"
        found, order = short, 2
        while found.lower() in self._names:
            found, order = f"{short[: _LONGEST_NAME - 4]} {order}", order + 1
        self._names.add(found.lower())
        return found


def workbook(data: ReportData) -> bytes:
    """Return an .xlsx file: a summary, the charts, a sheet for each area, villages, difficulties and good practices."""
    book = WorkbookWriter()
    page = book.file.add_worksheet(wording.SHEET_SUMMARY)
    charts = ChartSheet(book.file, wording.SHEET_CHARTS)
    _summary(book, page, charts, data)
    for area, rows in by_area(data.rows):
        _area(book, charts, wording.AREAS.get(area, area), rows)
    if data.kind == "commune" and data.villages and data.rows:
        _villages(book, data)
    _lists(book, data)
    return book.bytes()


def _summary(book: WorkbookWriter, page: Worksheet, charts: ChartSheet, data: ReportData) -> None:
    page.set_column(0, 0, 30)
    page.set_column(1, 1, 60)
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    title = wording.SUBJECT.format(period=figures.period_title(data.period))
    page.write_string(0, 0, title, book.title)
    village = data.kind == "village"
    reported = (
        (wording.NO if data.empty else wording.YES)
        if village
        else f"{data.expected - len(data.missing)}/{data.expected}"
    )
    facts = (
        data.unit.full_name,
        figures.period_title(data.period),
        f"{data.period.first:%d/%m/%Y}",
        f"{data.until or data.period.last:%d/%m/%Y}",
        reported,
        "; ".join(data.missing) or "không",
        wording.FICTITIOUS.strip() if data.fictitious else "do các Tổ báo cáo",
    )
    for at, (name, value) in enumerate(zip(wording.SHEET_FACTS, facts, strict=True), start=2):
        book.put(page, at, 0, name)
        book.put(page, at, 1, value)
    counts = Counter(row.light for row in data.rows)
    first = len(facts) + 3
    for at, (light, word) in enumerate(wording.LIGHTS.items(), start=first):
        book.put(page, at, 0, word)
        book.put(page, at, 1, Decimal(counts[light]))
    if not data.rows:
        page.write_string(first + len(wording.LIGHTS) + 1, 0, wording.NO_INDICATORS, book.text)
        return
    charts.add(wording.CHART_LIGHTS, Bars(wording.SHEET_SUMMARY, first, len(wording.LIGHTS), 0, 1))


def _area(book: WorkbookWriter, charts: ChartSheet, name: str, rows: Sequence[ReportedIndicator]) -> None:
    page = book.sheet(name, wording.SHEET_COLUMNS, _WIDTHS, len(rows))
    for at, row in enumerate(rows, start=1):
        silent = row.in_period is None and row.cumulative is None
        in_period: Cell = row.value if row.kind == "ratio" and row.in_period is None else row.in_period
        if row.carried:
            in_period = None if row.due else ""
        elif in_period is None and row.part is not None:
            in_period = wording.NO_FIGURE
        elif in_period is None and row.kind == "stock" and not silent:
            in_period = ""  # the first figure of a stock adds to nothing
        cells: tuple[Cell, ...] = (
            row.code,
            row.label,
            row.unit_of_measure,
            "" if row.target is None else row.target,
            in_period,
            None if silent else "" if row.cumulative is None else row.cumulative,
            None if silent else "" if row.percent is None else row.percent,
            None if silent else "" if row.change is None else row.change,
            wording.LIGHTS[row.light],
            row.note,
        )
        for column, value in enumerate(cells):
            shape = book.change if column == _SHARE + 1 and isinstance(value, Decimal) else None
            book.put(page, at, column, value, shape)
    page.conditional_format(
        1,
        _SHARE,
        len(rows),
        _SHARE,
        {"type": "data_bar", "bar_solid": True, "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 150},
    )
    if any(row.percent is not None for row in rows):
        title = f"{name}. {wording.CHART_SHARE}"
        charts.add(title, Bars(page.get_name(), 1, len(rows), 1, _SHARE, "0.0"))


def _villages(book: WorkbookWriter, data: ReportData) -> None:
    """Write villages down, indicators across, by their names: a code says nothing to a reader on paper."""
    titles = ("TT", wording.DIFFICULTY_COLUMNS[0], *(f"{row.label} ({row.unit_of_measure})" for row in data.rows))
    widths = (5, 26, *(15 for _ in data.rows))
    page = book.sheet(wording.SHEET_VILLAGES, titles, widths, len(data.villages))
    # All indicators on the width of one page could not be read on paper.
    page.fit_to_pages(-(-len(data.rows) // _ON_A_PAGE), 0)
    page.repeat_columns(0, 1)
    for at, village in enumerate(data.villages, start=1):
        book.put(page, at, 0, Decimal(at))
        book.put(page, at, 1, upper_first(figures.village_name(village)))
        for column, row in enumerate(data.rows, start=2):
            book.put(page, at, column, village.values.get(row.code))


def _lists(book: WorkbookWriter, data: ReportData) -> None:
    difficulties = [
        (item.village, item.category, item.grade, item.text, item.state, item.answer) for item in data.difficulties
    ]
    practices = [(item.village, item.title, item.text) for item in data.practices]
    for name, columns, widths, rows in (
        (wording.SHEET_DIFFICULTIES, wording.DIFFICULTY_COLUMNS, (24, 28, 14, 60, 18, 50), difficulties),
        (wording.SHEET_PRACTICES, wording.PRACTICE_COLUMNS, (24, 40, 70), practices),
    ):
        if rows:
            page = book.sheet(name, columns, widths, len(rows))
            for at, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    book.put(page, at, column, value)
