"""The apps of Tortoise: the tables of the core, of the bot and of families, each app with a history of its own."""

from __future__ import annotations

from importlib import import_module
from typing import TypedDict

from .table import Table, tables_in

CORE, BOT = "core", "bot"
_TABLES = "bot.storage"


class App(TypedDict):
    """An app as Tortoise wants it: the dotted names of modules of tables and of a package of migrations."""

    models: list[str]
    default_connection: str
    migrations: str


def _app(models: list[str], migrations: str) -> App:
    return {"models": models, "default_connection": "default", "migrations": migrations}


_own: dict[str, App] = {
    CORE: _app(
        [f"{_TABLES}.core_tables.{name}" for name in ("conversation", "jobs", "outbox", "platform_state")],
        f"{_TABLES}.core_tables.migrations",
    ),
    BOT: _app(
        [
            f"{_TABLES}.tables.{name}"
            for name in (
                "announcements", "audit", "checkins", "commune", "help", "learning", "people", "places", "programs",
                "tasks", "upkeep",
            )
        ],
        f"{_TABLES}.migrations",
    ),
}  # fmt: skip
_families: dict[str, App] = {}
"""Apps of families that bring tables of their own, by name."""


def add(name: str, models: str, migrations: str) -> None:
    """Open and migrate the tables of another app, too; each app has a history of its own.

    `models` and `migrations` are dotted names of a module and a package. Call it before the database is opened.
    Raises ValueError for a name that is taken by other tables, ImportError for a module that cannot be read.
    """
    app = _app([models], migrations)
    if name in _own or _families.get(name, app) != app:
        raise ValueError(f"{name}: there are other tables under this name")
    if name not in _families:
        tables_in(import_module(models), name)
        _families[name] = app


def core_and(name: str = "", models: str = "", migrations: str = "") -> dict[str, App]:
    """Return the core's own tables and, if it has some, those of one app that is built on the framework.

    Raises ValueError for the name of other tables, ImportError for a module that cannot be read.
    """
    if not models:
        return {CORE: _own[CORE]}
    if name in _own:
        raise ValueError(f"{name}: there are other tables under this name")
    tables_in(import_module(models), name)
    return {CORE: _own[CORE], name: _app([models], migrations)}


def known() -> dict[str, App]:
    """Return all apps: one that others refer to comes first."""
    return {**_own, **_families}


def tables() -> list[type[Table]]:
    """Return every table of every app."""
    found: list[type[Table]] = []
    for name, app in known().items():
        for module in app["models"]:
            found += tables_in(import_module(module), name)
    return list(dict.fromkeys(found))
