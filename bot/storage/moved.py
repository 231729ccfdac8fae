"""Steps that another app's history held before: where that one ran, the tables exist, and the step is noted, not run.

So a table goes over to an app of its own without a change of the database, whatever version the database is of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import ClassVar

from tortoise.migrations import Migration
from tortoise.migrations.operations import CreateModel

from .schema import Step


class MovedMigration(Migration):
    """A step that was part of the step `moved_from`, which keeps its name."""

    moved_from: ClassVar[tuple[str, str]]


def already_done(
    lacking: Collection[Step], applied: Collection[Step], tables: Collection[str], packages: Mapping[str, str]
) -> list[Step]:
    """Return the steps among `lacking` that a database has had under another name, in the order of their names.

    `tables` are those that the database has, `packages` the histories by app. A new database that broke off between a
    step and what moved out of it lacks the tables, and is no such one.
    """
    found: list[Step] = []
    for step in sorted(lacking):
        migration = import_module(f"{packages[step.app]}.{step.name}").Migration
        if issubclass(migration, MovedMigration) and {*applied, *found} >= {Step(*migration.moved_from)}:
            made = {str((one.options or {})["table"]) for one in migration.operations if isinstance(one, CreateModel)}
            if made <= {*tables}:
                found.append(step)
    return found
