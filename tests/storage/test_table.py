"""What the code says of a table is for who reads the code; a column has the filters that are used, and no others."""

from __future__ import annotations

import subprocess
import sys

from tortoise.models import Model

from bot.storage import apps
from bot.storage.tables.announcements import Announcement
from bot.storage.tables.places import Unit


def test_no_docstring_becomes_a_comment_of_the_database() -> None:
    """A ";" in one would split a statement."""
    tables = apps.tables()
    assert len(tables) > 60
    assert all(issubclass(table, Model) for table in tables)
    assert [table for table in tables if table._meta.table_description] == []


def test_a_column_has_no_filter_that_nobody_uses() -> None:
    """Mechanism: `bot.storage.table` drops the others, of which there were 27 for each column: 4 MB at every start."""
    for table, name in ((Unit, "name"), (Announcement, "author_id")):
        kept = {key for key in table._meta._filters if key.partition("__")[0] == name}
        assert {name, f"{name}__in", f"{name}__isnull", f"{name}__gte"} <= kept
        assert len(kept) < 12


def test_columns_of_one_name_and_kind_share_what_asks_for_them() -> None:
    """Mechanism: most of 900 columns are called as another table's; with filters of its own each takes 2 MB in all."""
    one, other = Unit._meta._filters, Announcement._meta._filters
    assert one["id__in"] is other["id__in"]
    of_columns = [
        info
        for table in apps.tables()
        for key, info in table._meta._filters.items()
        if key.partition("__")[0] in table._meta.fields_db_projection
    ]
    assert len(of_columns) > 8000
    assert len({id(info) for info in of_columns}) < len(of_columns) / 2


def test_no_source_is_read_to_make_the_tables() -> None:
    """Mechanism: `bot.storage.table` asks for no comments. Reading them took a tenth of a second at every start."""
    program = (
        "import inspect\n"
        "read = []\n"
        "def getsource(thing):\n"
        "    read.append(thing)\n"
        "    raise OSError\n"
        "inspect.getsource = getsource\n"
        "from bot.assembly import families\n"
        "families.discover()\n"
        "print(sum(inspect.isclass(thing) and thing.__module__.startswith('bot.') for thing in read))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]
