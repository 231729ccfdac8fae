"""Public holidays of Vietnam, Tết among them. `days_off.txt` has one line for each year: the year, then month-day.

The holidays library loads the calendars of all countries at its first call: a tenth of a second in which nobody is
answered, and ten megabytes. So the file is generated beforehand, by `python -m bot.features.calendar.days_off`; a test
compares. Only for years that the file lacks is the library called at run time.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("days_off.txt")
YEARS = range(2024, 2046)


@lru_cache(maxsize=16)
def of_year(year: int) -> frozenset[date]:
    return _stored().get(year) or asked(year)


@lru_cache(maxsize=1)
def _stored() -> dict[int, frozenset[date]]:
    lines = (line.split() for line in FILE.read_text("utf-8").splitlines())
    return {int(year): frozenset(date.fromisoformat(f"{year}-{day}") for day in days) for year, *days in lines}


def asked(year: int) -> frozenset[date]:
    """Return the holidays of a year as the library gives them."""
    import holidays

    return frozenset(holidays.country_holidays("VN", years=year))


def table() -> str:
    lines = (" ".join([str(year), *(f"{day:%m-%d}" for day in sorted(asked(year)))]) for year in YEARS)
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    FILE.write_text(table(), "utf-8")
