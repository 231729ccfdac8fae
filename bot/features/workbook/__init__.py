"""Import and export of workbooks: read, show what would change, apply it all or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tortoise.transactions import in_transaction

from bot.storage.places import Unit

from .archive import UnreadableFile
from .changes import Change, Mark, Plan
from .sheet import Column, Kind, Row, Scope, Sheet, Table, Value, read
from .write import workbook as write

__all__ = [
    "Change",
    "Column",
    "Kind",
    "Mark",
    "Outdated",
    "Plan",
    "Proposal",
    "Row",
    "Scope",
    "Sheet",
    "Table",
    "Unclean",
    "UnreadableFile",
    "Value",
    "Workbook",
]


class Unclean(Exception):
    """The import has faults, so nothing of it is applied."""


class Outdated(Exception):
    """What would change is no longer what was shown."""


@dataclass(frozen=True)
class Proposal:
    """A workbook that was read. `changes` are shown to a person before `Workbook.apply`."""

    tables: Sequence[Table]
    plans: Sequence[Plan]
    changes: Sequence[Change]

    @property
    def clean(self) -> bool:
        return all(change.mark != "!" for change in self.changes)


class Workbook:
    """`sheets` in the order in which they build on one another."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self._sheets = sheets

    async def propose(self, data: bytes, scope: Scope) -> Proposal:
        """Raises UnreadableFile."""
        return await self._propose(read(data, self._sheets), scope)

    async def apply(self, shown: Proposal, scope: Scope) -> None:
        """All changes in one transaction; raises Unclean, and Outdated when the data changed since `shown`."""
        async with in_transaction("default"):
            # The first statement writes, though nothing: it takes SQLite's write lock at once. A transaction that reads
            # first and writes later would fail at once when somebody else has written in between.
            await Unit.filter(id=0).update(code="")
            fresh = await self._propose([_again(table) for table in shown.tables], scope)
            if not fresh.clean:
                raise Unclean
            if fresh.changes != shown.changes:
                raise Outdated
            for plan in fresh.plans:
                await plan.apply()

    async def export(self, scope: Scope) -> bytes:
        """An .xlsx file which, imported again, changes nothing."""
        return write([(sheet.name, sheet.columns, await sheet.export(scope)) for sheet in self._sheets])

    async def _propose(self, tables: Sequence[Table], scope: Scope) -> Proposal:
        by_name = {table.name: table for table in tables}
        changes = [fault for table in tables for fault in table.faults]
        plans: list[Plan] = []
        for sheet in self._sheets:
            if (table := by_name.get(sheet.name)) is None:
                continue
            plan = await sheet.plan(table, scope)
            plans.append(plan)
            changes += plan.changes
            scope = replace(scope, coming={**scope.coming, sheet.name: plan.offers})
        return Proposal(tables, plans, changes)


def _again(table: Table) -> Table:
    """The same rows without the faults that an earlier reading found in them."""
    return replace(table, rows=[replace(row, faults=[]) for row in table.rows])
