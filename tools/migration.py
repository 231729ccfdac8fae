"""Write the next migration: `make migration NAME=what_changes [FAMILY=timdo]`; FAMILY=core for the core's own tables.

The library compares the models with what the migrations so far make of an empty database. Afterwards the script that
makes a new SQLite file (`bot/storage/schema.sql`) is written anew; it holds all tables that come with the bot.
"""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tortoise.migrations.writer import format_migration_name

from bot.assembly import families
from bot.framework.migration import changes
from bot.storage import apps


def _make_package(app: apps.App) -> None:
    """Make the folder of migrations beside a family's tables, if it has none."""
    tables = importlib.import_module(app["models"][0])
    folder = Path(str(tables.__file__)).parent / "migrations"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    importlib.invalidate_caches()


def write(name: str, app: str) -> Sequence[Path]:
    """Write the next migration of an app; return its file, or nothing where no table has changed."""
    if app not in (apps.CORE, apps.BOT):
        _make_package(apps.known()[app])
    wanted = [one for one in asyncio.run(changes(apps.known())) if one.app_label == app]
    for one in wanted:
        one.name = format_migration_name(int(one.name.partition("_")[0]), name)
    return [one.write() for one in wanted]


def main(name: str, app: str) -> None:
    families.discover()
    known = apps.known()
    if app not in known:
        sys.exit(f"{app}: no family with tables; there are {', '.join(known)}")
    written = write(name, app)
    for path in written:
        print(path)
    if not written:
        print(f"{app}: no table has changed")
    if written and known[app]["migrations"].startswith("bot."):
        subprocess.run([sys.executable, "-m", "tools.schema"], check=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else apps.BOT)
