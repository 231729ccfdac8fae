"""Write the next migration of an app's own tables: `python -m bot.framework.migration shop.app:app what_changes`.

The library compares the tables with what the migrations so far make of an empty database. On SQLite an app runs what
its database lacks when it starts. On PostgreSQL, which several processes may share, the command does it, without a
name: `python -m bot.framework.migration shop.app:app`.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter, format_migration_name

from bot.framework import installation
from bot.framework.app import App
from bot.framework.running import APP, settings_of, tables_of
from bot.settings import environment
from bot.storage import apps, database


async def changes(known: dict[str, apps.App]) -> Sequence[MigrationWriter]:
    """Return a migration for each of these apps of Tortoise whose tables are not what its migrations make."""
    settings = database.config(database.MEMORY, known=known)
    async with TortoiseContext() as context:
        await context.init(config=dict(settings))
        if context.apps is None:
            raise RuntimeError("the library has read no tables")
        return await MigrationAutodetector(context.apps, {name: dict(app) for name, app in known.items()}).changes()


def write(app: App, name: str) -> Sequence[Path]:
    """Write the next migration of an app's own tables; return its file, or nothing where no table has changed."""
    folder = Path(str(importlib.import_module(app.tables).__file__)).parent / "migrations"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    importlib.invalidate_caches()
    wanted = [one for one in asyncio.run(changes(tables_of(app))) if one.app_label == APP]
    for one in wanted:
        one.name = format_migration_name(int(one.name.partition("_")[0]), name)
    return [one.write() for one in wanted]


def migrate(app: App) -> None:
    """Run what the database of the app's settings lacks. Raises SettingsError, AppError and DatabaseError."""
    url = installation.database_url(settings_of(app, environment()))
    asyncio.run(database.migrate(url, tables_of(app)))


def main(place: str, name: str = "") -> None:
    sys.path.insert(0, "")
    module, _, attribute = place.partition(":")
    app = getattr(importlib.import_module(module), attribute or "app")
    if not name:
        migrate(app)
        return
    for path in write(app, name):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
