"""The sheet of a workbook's charts. It has no rows: rows grow with their text, and a chart beside them covers some."""

from __future__ import annotations

import xlsxwriter
from msgspec import Struct
from xlsxwriter.worksheet import Worksheet

_WIDTH, _HEAD, _BAR = 900, 160, 34  # pixels; a page of A4 across is a little wider
_ROW = 20  # pixels of a row that nobody has made higher
_GAP = 3  # rows, of which the first is above the break of the page and the second below it
_SCALE = 80  # percent on paper, so that a chart of twenty bars is no higher than the page


class Bars(Struct, frozen=True):
    """The bars of a chart: `count` rows of a sheet from row `first` on, their names and their values by column."""

    sheet: str
    first: int
    count: int
    names: int
    values: int
    shape: str = "General"


class ChartSheet:
    """One chart under the other, each on a page of its own."""

    def __init__(self, file: xlsxwriter.Workbook, name: str) -> None:
        self._file = file
        self._page: Worksheet = file.add_worksheet(name)
        self._page.hide_gridlines(2)
        self._page.set_landscape()
        self._page.set_paper(9)
        self._page.set_print_scale(_SCALE)
        self._row = 0
        self._breaks: list[int] = []

    def add(self, title: str, bars: Bars) -> None:
        last, height = bars.first + bars.count - 1, _HEAD + _BAR * bars.count
        chart = self._file.add_chart({"type": "bar"})
        chart.add_series({
            "categories": [bars.sheet, bars.first, bars.names, last, bars.names],
            "values": [bars.sheet, bars.first, bars.values, last, bars.values],
            "data_labels": {"value": True, "num_format": bars.shape},
        })  # fmt: skip
        chart.set_title({"name": title, "name_font": {"size": 12}})
        chart.set_legend({"none": True})
        chart.set_x_axis({"min": 0})  # a bar is as long as its figure
        chart.set_y_axis({"reverse": True})
        chart.set_size({"width": _WIDTH, "height": height})
        self._page.insert_chart(self._row, 0, chart)
        self._row += -(-height // _ROW) + _GAP
        self._breaks.append(self._row - 1)
        self._page.set_h_pagebreaks(self._breaks[:-1])
