"""Numbers, periods and lists of names as documents write them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.features.calendar.periods import Period
from bot.i18n import number, short_date

from . import wording
from .data import ReportedIndicator, VillageFigures
from .nd30 import ROMAN

_SHOWN_NAMES = 12


def amount(value: Decimal | None) -> str:
    """Write `1.234.567`, `85,6`; one digit after the comma."""
    return wording.NOT_REPORTED if value is None else number(value.quantize(Decimal("0.1")), "vi")


def optional(value: Decimal | None) -> str:
    """Write the value as `amount` does; an empty text if it does not apply."""
    return "" if value is None else amount(value)


def percent(value: Decimal) -> str:
    return f"{amount(value)}%"


def signed(value: Decimal | None) -> str:
    """Write `+12`, `-3`, `0`: a change against the period before."""
    return "" if value is None else ("+" if value > 0 else "") + amount(value)


def target(row: ReportedIndicator) -> str:
    return "" if row.target is None else amount(row.target) + ("%" if row.unit_of_measure == "%" else "")


def period_title(period: Period) -> str:
    """Write `tháng 11 năm 2026`, `quý IV năm 2026`, `6 tháng đầu năm 2026`."""
    year = period.year
    match period.kind:
        case "week":
            return f"tuần {period.ordinal} năm {year}"
        case "month":
            return f"tháng {period.ordinal} năm {year}"
        case "quarter":
            return f"quý {ROMAN[period.ordinal - 1]} năm {year}"
        case "half":
            return f"6 tháng {'đầu' if period.ordinal == 1 else 'cuối'} năm {year}"
        case "nine_months":
            return f"9 tháng năm {year}"
        case "year":
            return f"năm {year}"


def period_short(period: Period) -> str:
    """Name the period under a point of a chart: `T10`, `Tuần 47`, `Quý III`, `2026`."""
    match period.kind:
        case "week":
            return f"Tuần {period.ordinal}"
        case "month":
            return f"T{period.ordinal}"
        case "quarter":
            return f"Quý {ROMAN[period.ordinal - 1]}"
        case "half":
            return f"{'Đầu' if period.ordinal == 1 else 'Cuối'} {period.year}"
        case "nine_months" | "year":
            return str(period.year)


def village_name(village: VillageFigures) -> str:
    """Return its name, and into which it was merged."""
    if village.merged is None:
        return village.name
    note = wording.MERGED_NOTE.format(into=village.merged.into, day=short_date(village.merged.on, "vi"))
    return f"{village.name} ({note})"


def names(items: Sequence[str], shown: int = _SHOWN_NAMES) -> str:
    """Join names: `a, b, c`; a long list ends in `và 5 … khác`, so that a sentence stays a sentence."""
    rest = len(items) - shown
    return ", ".join(items[:shown]) + (f" và {rest} nội dung khác" if rest > 0 else "")


def lower_first(text: str) -> str:
    """Lower the first letter: `Số hộ` → `số hộ`; `VNeID` stays."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
