"""Charts for a chat, as PNG pictures: progress by indicator, a trend, who has reported.

Nothing is said by colour alone: each bar bears its figure and its word, each village a sign and a word.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from bot.core.text import clean, upper_first
from bot.features import svg
from bot.features.checkins.lights import Light
from bot.features.guides.pictures import render
from bot.i18n import short_date

from . import figures, wording
from .data import ReportData, ReportedIndicator, ReportError

_WIDTH = 900
_MARGIN = 30
_INK, _SOFT, _BLUE = "#1b1b1b", "#555555", "#4a6fa5"
_COLOURS: dict[Light, str] = {
    "done": "#0b6e3a", "on_track": "#3f9b5a", "behind": "#c98a00", "slow": "#b3261e", "missing": "#8a8a8a",
    "untargeted": "#4a6fa5",
}  # fmt: skip
_MOST_BARS = 14
_MOST_VILLAGES = 60
_BAR = 54
_LABEL = 88  # characters of a label before it is cut


def progress(data: ReportData) -> bytes:
    """Draw how much of each target is reached; the farthest behind come first when there are many."""
    rows = [row for row in data.rows if row.target is not None]
    if not rows:
        return _picture([*_heading(data, wording.CHART_PROGRESS), _words(_MARGIN, 120, wording.CHART_EMPTY, 22)], 160)
    left_out = len(rows) - _MOST_BARS
    if left_out > 0:
        rows = sorted(rows, key=lambda row: -1 if row.percent is None else row.percent)[:_MOST_BARS]
    parts = _heading(data, wording.CHART_PROGRESS)
    top = 104
    full = (_WIDTH - 2 * _MARGIN - 230) / 1.2  # the length of 100%
    for at, row in enumerate(rows):
        parts += _bar(row, top + at * _BAR, full)
    bottom = top + len(rows) * _BAR
    goal = _MARGIN + full
    parts.append(_line(f"M{goal:.0f} {top - 6} V{bottom}", _INK, 2, dashes="6 5"))
    note = wording.CHART_TARGET + (f"; còn {left_out} chỉ tiêu khác" if left_out > 0 else "")
    parts.append(_words(_MARGIN, bottom + 26, note, 17, _SOFT))
    return _picture(parts, bottom + 46)


def trend(data: ReportData, code: str) -> bytes:
    """Draw one indicator over the periods of `data.trend`; raise ReportError if the report does not have it."""
    row = next((row for row in data.rows if row.code == code), None)
    if row is None:
        raise ReportError(f"Báo cáo không có chỉ tiêu “{code[:40]}”.")
    title = _cut(f"{row.label} ({row.unit_of_measure})", 60)
    points = [(at, point.values.get(code)) for at, point in enumerate(data.trend)]
    known = [(at, value) for at, value in points if value is not None]
    if not known:
        return _picture([*_heading(data, title), _words(_MARGIN, 120, wording.CHART_EMPTY, 22)], 160)
    top, bottom, highest = 130, 380, max(value for _, value in known) or 1
    step = (_WIDTH - 2 * _MARGIN - 80) / max(len(points) - 1, 1)
    spots = {at: (_MARGIN + 40 + at * step, bottom - float(value / highest) * (bottom - top)) for at, value in known}
    parts = [*_heading(data, title), _line(f"M{_MARGIN} {bottom} H{_WIDTH - _MARGIN}", _SOFT, 1)]
    for at in spots:  # no line across a period without a figure: nobody knows what was there
        if at + 1 in spots:
            (x, y), (x2, y2) = spots[at], spots[at + 1]
            parts.append(_line(f"M{x:.0f} {y:.0f} L{x2:.0f} {y2:.0f}", _BLUE, 4))
    for at, value in points:
        x = _MARGIN + 40 + at * step
        parts.append(_words(x, bottom + 30, data.trend[at].label, 19, anchor="middle"))
        if value is None:
            parts.append(_words(x, bottom - 12, "chưa báo cáo", 15, _SOFT, anchor="middle"))
        else:
            y = spots[at][1]
            parts.append(svg.shape("circle", cx=x, cy=y, r=7, fill=_BLUE))
            parts.append(_words(x, y - 16, figures.amount(value), 20, anchor="middle", bold=True))
    return _picture(parts, bottom + 56)


def reported(data: ReportData) -> bytes:
    """Draw which villages have reported, in the order given: no ranking."""
    missing = set(data.missing)
    names = [village.name for village in data.villages if village.merged is None]
    names += [name for name in data.missing if name not in names]
    title = wording.CHART_REPORTED.format(count=data.expected - len(missing), expected=data.expected)
    if not names:
        return _picture([*_heading(data, title), _words(_MARGIN, 120, wording.NO_VILLAGES, 22)], 160)
    shown, across = names[:_MOST_VILLAGES], 3
    width = (_WIDTH - 2 * _MARGIN) // across
    parts = _heading(data, title)
    for at, name in enumerate(shown):
        x, y = _MARGIN + at % across * width, 100 + at // across * 58
        silent = name in missing
        parts += [
            _box(x, y, width - 10, 50, "#ffffff" if silent else "#dff0e4", _SOFT, dashes="6 4" if silent else None),
            _sign(x + 24, y + 25, silent=silent),
            _words(x + 46, y + 22, _cut(name, 24), 18, bold=not silent),
            _words(x + 46, y + 41, wording.NO if silent else wording.YES, 15, _SOFT),
        ]
    bottom = 100 + -(-len(shown) // across) * 58
    if len(names) > len(shown):
        parts.append(_words(_MARGIN, bottom + 22, f"và {len(names) - len(shown)} thôn khác", 18, _SOFT))
    return _picture(parts, bottom + 40)


def _bar(row: ReportedIndicator, y: float, full: float) -> list[svg.Shape]:
    share = 0.0 if row.percent is None else min(float(row.percent), 120.0) / 100
    word = wording.LIGHTS[row.light]
    says = word if row.percent is None else f"{figures.percent(row.percent)} · {word}"
    length = max(share * full, 2)
    colour = _COLOURS[row.light]
    body = (
        _box(_MARGIN, y + 24, length, 18, colour, None, round_by=3)
        if row.percent is not None
        else _box(_MARGIN, y + 24, full, 18, "none", colour, round_by=3, dashes="5 4")
    )
    reach = full if row.percent is None else max(length, full)
    return [
        body,
        _words(_MARGIN, y + 17, _cut(row.label, _LABEL), 18),
        _words(_MARGIN + reach + 10, y + 39, says, 17, bold=True),
    ]


def _box(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str,
    stroke: str | None,
    *,
    round_by: float = 6,
    dashes: str | None = None,
) -> svg.Shape:
    return svg.shape(
        "rect", x=x, y=y, width=width, height=height, rx=round_by, fill=fill, stroke=stroke, stroke_dasharray=dashes
    )


def _line(path: str, colour: str, thick: float, *, dashes: str | None = None) -> svg.Shape:
    return svg.shape("path", d=path, fill="none", stroke=colour, stroke_width=thick, stroke_dasharray=dashes)


def _sign(x: float, y: float, *, silent: bool) -> svg.Shape:
    """Draw a tick or a dash as a path: a font may lack them."""
    path = f"M{x - 8} {y} H{x + 8}" if silent else f"M{x - 9} {y} L{x - 2} {y + 8} L{x + 10} {y - 9}"
    return _line(path, _SOFT if silent else "#0b6e3a", 4)


def _heading(data: ReportData, title: str) -> list[svg.Shape]:
    under = f"{upper_first(data.unit.full_name)}, {figures.period_title(data.period)}"
    if data.until is not None:  # the last point of a trend is not a fall
        under += f", mới đến {short_date(data.until, 'vi')}"
    if data.fictitious:
        under += " (số liệu ví dụ)"
    return [_words(_MARGIN, 46, title, 28, bold=True), _words(_MARGIN, 76, _cut(under, 90), 19, _SOFT)]


def _words(
    x: float, y: float, text: str, size: int, colour: str = _INK, *, anchor: str = "start", bold: bool = False
) -> svg.Shape:
    return svg.text(x, y, clean(text), size, colour, anchor=anchor, bold=bold)


def _cut(text: str, length: int) -> str:
    return textwrap.shorten(text, length, placeholder="…") if " " in text else text[:length]


def _picture(inside: Sequence[svg.Shape], height: float) -> bytes:
    ground = svg.shape("rect", width="100%", height="100%", fill="#ffffff")
    return render(svg.drawing(_WIDTH, height, [ground, *inside], font_family="Be Vietnam Pro"))
