"""The report as a Word file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.core.text import upper_first

from . import figures, frame, nd30, wording
from .data import ReportData, ReportedIndicator, VillageFigures
from .draft import draft
from .drafting import Clause
from .paper import Align, GridRow, OfficialDocument, PaperColumn, Shape, grid, paragraph

_NAME_WIDTH = 2000
_HALF_A_PAGE = 12  # villages of which two tables fit on a page
_MANY_ROWS = 20  # more than a page holds in the larger type
_MOST_COLUMNS = 8  # indicators beside one another in the table of the villages

_WIDTHS = (480, 3700, 1150, 1300, 1300, 1300, 850, 1100)
_ALIGN: tuple[Align, ...] = ("center", "left", "center", "right", "right", "right", "right", "right", "left")


def report(data: ReportData) -> bytes:
    """Return the report as a .docx file; raise ReportError where a text names an unknown field."""
    head, text = data.letterhead, draft(data)
    paper = OfficialDocument(title=f"{text.subject} - {data.unit.full_name}", draft=not head.issued)
    paper.write(frame.letterhead(head, data.period.last.year), frame.title("BÁO CÁO", text.subject))
    paper.write(frame.addressees(head.addressees), frame.body(text.opening))
    for roman, section in zip(nd30.ROMAN, text.sections, strict=False):
        paper.write(frame.heading(f"{roman}. {section.title}"), *_clauses(section.clauses))
    paper.write(frame.body([text.closing], closing=True), frame.signature(head))
    if head.contact:
        paper.foot(head.contact)
    _appendices(paper, data)
    paper.write(frame.trace(head, data.audit_head, fictitious=data.fictitious))
    return paper.bytes()


def _clauses(clauses: Sequence[Clause]) -> Iterator[str]:
    order = 0
    for clause in clauses:
        if clause.title:
            order += 1
            yield frame.heading(f"{order}. {clause.title}")
        yield frame.body(clause.paragraphs)


def _appendices(paper: OfficialDocument, data: ReportData) -> None:
    if not data.rows:
        return
    matrix = data.kind == "commune" and bool(data.villages)
    period = figures.period_title(data.period).upper()
    issuer = f"Ủy ban nhân dân {data.commune}" if data.kind == "commune" else f"{wording.TEAM} {data.unit.full_name}"
    attached = frame.attached_to("Báo cáo", data.letterhead, issuer, data.period.last.year)
    total = 2 if matrix else 1
    paper.appendix(landscape=True)
    paper.write(frame.appendix_head(wording.ROWS_TITLE.format(period=period), order=1, total=total, attached=attached))
    paper.write(_rows_table(data.rows))
    if matrix:
        paper.appendix(landscape=True)
        title = wording.VILLAGES_TITLE.format(period=period)
        paper.write(frame.appendix_head(title, order=2, total=total, attached=attached))
        paper.write(*_village_tables(data))


def _rows_table(rows: Sequence[ReportedIndicator]) -> str:
    last = nd30.WIDE_TEXT_WIDTH - sum(_WIDTHS)
    head = [
        PaperColumn(title, width, align)
        for title, width, align in zip(wording.COLUMNS, (*_WIDTHS, last), _ALIGN, strict=True)
    ]
    return grid(head, _rows(rows), role=nd30.DENSE_CELL if len(rows) > _MANY_ROWS else nd30.CELL)


def _rows(rows: Sequence[ReportedIndicator]) -> Iterator[GridRow]:
    order = 0
    for at, (area, group) in enumerate(by_area(rows)):
        yield GridRow(
            (nd30.ROMAN[at] if at < len(nd30.ROMAN) else "", wording.AREAS.get(area, area)), ((1, 8),), bold=True
        )
        for row in group:
            order += 1
            yield _row(order, row)


def _row(order: int, row: ReportedIndicator) -> GridRow:
    lead = (str(order), row.label, row.unit_of_measure, figures.optional(row.target))
    judged = "" if row.light == "untargeted" else wording.LIGHTS[row.light]
    note = "; ".join(part for part in (judged, row.note) if part)
    if row.in_period is None and row.cumulative is None:
        return GridRow(
            (*lead, wording.NO_FIGURE if row.part is not None else wording.NOT_REPORTED, row.note), ((4, 4),)
        )
    # A ratio has no sum of the period; its state at the end is what was done.
    in_period = row.value if row.kind == "ratio" and row.in_period is None else row.in_period
    silent = row.due and (row.carried or (row.value is None and row.kind == "flow"))
    if row.carried:
        in_period = None
    return GridRow(
        (
            *lead,
            wording.NOT_REPORTED if silent else figures.optional(in_period),
            figures.optional(row.cumulative),
            "" if row.percent is None else figures.amount(row.percent),
            figures.signed(row.change),
            note,
        )
    )


def by_area(rows: Sequence[ReportedIndicator]) -> list[tuple[str, list[ReportedIndicator]]]:
    """Group the rows by area, in the order of a report, whatever the order of the rows."""
    order = {area: at for at, area in enumerate(wording.AREAS)}
    ranked = sorted(rows, key=lambda row: (order.get(row.area, len(order)), row.area))
    return [(area, list(group)) for area, group in groupby(ranked, key=lambda row: row.area)]


def _village_tables(data: ReportData) -> Iterator[str]:
    """Yield tables of villages down, indicators across; as many as the width of the page asks for."""
    on_a_page = 2 if len(data.villages) <= _HALF_A_PAGE else 1
    for at, (title, rows) in enumerate(_packed(by_area(data.rows))):
        shape = Shape(before=120, after=60, keep_next=True, new_page=at > 0 and at % on_a_page == 0)
        yield paragraph([(title, nd30.APPENDIX_TITLE)], shape)
        yield _village_table(rows, data.villages)
    yield paragraph([(wording.LEGEND, nd30.CELL)], Shape(before=80))


def _packed(areas: Sequence[tuple[str, list[ReportedIndicator]]]) -> Iterator[tuple[str, list[ReportedIndicator]]]:
    """Yield columns that fit beside one another: wide areas are cut, narrow neighbours share a table."""
    titles: list[str] = []
    held: list[ReportedIndicator] = []
    for area, rows in areas:
        title = wording.AREAS.get(area, area)
        if held and len(held) + len(rows) > _MOST_COLUMNS:
            yield "; ".join(titles), held
            titles, held = [], []
        while len(rows) > _MOST_COLUMNS:
            yield title, rows[:_MOST_COLUMNS]
            rows = rows[_MOST_COLUMNS:]
        titles, held = [*titles, title], [*held, *rows]
    if held:
        yield "; ".join(titles), held


def _village_table(rows: Sequence[ReportedIndicator], villages: Sequence[VillageFigures]) -> str:
    width = min(1800, (nd30.WIDE_TEXT_WIDTH - _WIDTHS[0] - _NAME_WIDTH) // len(rows))
    head = [
        PaperColumn("TT", _WIDTHS[0], "center"),
        PaperColumn("Thôn, tổ dân phố", nd30.WIDE_TEXT_WIDTH - _WIDTHS[0] - width * len(rows)),
        *(PaperColumn(_measured(row), width, "right") for row in rows),
    ]
    return grid(
        head,
        (_village_row(order, village, rows) for order, village in enumerate(villages, start=1)),
        role=nd30.DENSE_CELL,
    )


def _measured(row: ReportedIndicator) -> str:
    return f"{row.label} (%)" if row.unit_of_measure == "%" else row.label


def _village_row(order: int, village: VillageFigures, rows: Sequence[ReportedIndicator]) -> GridRow:
    name = upper_first(figures.village_name(village))
    values = [village.values.get(row.code) for row in rows]
    if all(value is None for value in values):
        return GridRow((str(order), name, wording.NOT_REPORTED), ((2, len(rows)),))
    return GridRow(
        (str(order), name, *(wording.NO_FIGURE if value is None else figures.amount(value) for value in values))
    )
