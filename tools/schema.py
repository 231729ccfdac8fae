"""Write `bot/storage/schema.sql` and `core_schema.sql`, the scripts of a new SQLite file.

Run by `make migration` after a new step.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bot.assembly import families
from bot.storage import apps, database, schema


def main() -> None:
    for family in families.shipped():
        families.know_tables(family)
    for file, known in ((schema.FILE, None), (schema.CORE_FILE, apps.core_and())):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bot.sqlite3"
            asyncio.run(database.run_migrations(database.file_url(path), known))
            file.write_text(schema.script_of(path), "utf-8")


if __name__ == "__main__":
    main()
