"""Days off are read from a file that says what the library says; the library is not loaded for it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

from bot.features.calendar import days_off


def test_the_file_is_what_the_library_says() -> None:
    """When this fails after an upgrade of the library: run `python -m bot.features.calendar.days_off`."""
    assert days_off.FILE.read_text("utf-8") == days_off.table()


def test_years_of_the_file_do_not_load_the_calendars_of_the_world() -> None:
    program = (
        "import sys; from bot.features.calendar import days_off as d\n"
        "print(len(d.of_year(d.YEARS[0])), len(d.of_year(d.YEARS[-1])), 'holidays' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    first, last, loaded = done.stdout.split()
    assert int(first) > 10
    assert int(last) > 10
    assert loaded == "False"


def test_a_year_beyond_the_file_is_asked_for() -> None:
    beyond = days_off.YEARS.stop
    assert date(beyond, 9, 2) in days_off.of_year(beyond)
