"""A workbook of an installation: read, shown as what would change, applied all or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.lean.values import replace
from bot.storage.tables.places import Unit

from .changes import SheetChange, SheetPlan
from .reading import known_sheets
from .sheet import Sheet, SheetTable, WorkbookScope
from .write import workbook as write


class Unclean(Exception):
    """The import has faults, so nothing of it is applied."""


class Outdated(Exception):
    """The changes to be made are no longer those that were shown."""


class Proposal(Struct, frozen=True):
    """A workbook that was read. `changes` are shown to a person before `Workbook.apply`."""

    tables: Sequence[SheetTable]
    plans: Sequence[SheetPlan]
    changes: Sequence[SheetChange]

    @property
    def clean(self) -> bool:
        return all(change.mark != "!" for change in self.changes)

    @property
    def mark(self) -> str:
        """A digest of the changes: who agrees to them agrees to these and no others."""
        return sha256("\n".join(change.line for change in self.changes).encode()).hexdigest()[:12]

    @property
    def counted(self) -> dict[str, int]:
        """The number of changes by sheet, without their contents, for the audit log."""
        return dict(Counter(change.sheet for change in self.changes))


class Workbook:
    """`sheets` in the order in which they build on one another."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self._sheets = sheets

    async def propose(self, data: bytes, scope: WorkbookScope) -> Proposal:
        """Read the workbook and propose its changes.

        Raises UnreadableFile, and JobRefused for a file that takes too much.
        """
        return await self._propose(await known_sheets(data, self._sheets), scope)

    async def apply(self, shown: Proposal, scope: WorkbookScope) -> None:
        """Apply all changes in one transaction; raise Unclean, and Outdated when the data changed since `shown`."""
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

    async def export(self, scope: WorkbookScope) -> bytes:
        """Return an .xlsx file which, imported again, changes nothing."""
        return write([(sheet.name, sheet.columns, await sheet.export(scope)) for sheet in self._sheets])

    async def _propose(self, tables: Sequence[SheetTable], scope: WorkbookScope) -> Proposal:
        by_name = {table.name: table for table in tables}
        changes = [fault for table in tables for fault in table.faults]
        plans: list[SheetPlan] = []
        for sheet in self._sheets:
            if (table := by_name.get(sheet.name)) is None:
                continue
            plan = await sheet.plan(table, scope)
            plans.append(plan)
            changes += plan.changes
            scope = replace(scope, coming={**scope.coming, sheet.name: plan.offers})
        return Proposal(tables, plans, changes)


def _again(table: SheetTable) -> SheetTable:
    """Return the same rows without the faults that an earlier reading found in them."""
    return replace(table, rows=[replace(row, faults=[]) for row in table.rows])
