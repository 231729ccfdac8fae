"""A task as the rest of the program sees it, and what may become of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from msgspec import Struct

from bot.features.units import level_of
from bot.i18n import msg
from bot.storage.tables.tasks import Task as Row

from .sources import Source

State = Literal["draft", "open", "given", "taken", "returned", "done", "dropped"]

STATES: Mapping[State, str] = {
    "draft": msg("chưa giao"),
    "open": msg("chờ người nhận"),
    "given": msg("chờ trả lời"),
    "taken": msg("đang làm"),
    "returned": msg("cần giao lại"),
    "done": msg("đã xong"),
    "dropped": msg("đã bỏ"),
}
ALIVE: tuple[State, ...] = ("open", "given", "taken", "returned")
HELD: tuple[State, ...] = ("given", "taken")
"""States in which a task has a named doer."""

LONGEST_TITLE, LONGEST_OUTCOME, LONGEST_NOTE = 300, 300, 500


class Task(Struct, frozen=True):
    """`doer_id` is who does it, None while nobody is named; `giver_id` who gave it, None when erased since.

    `source` is who above the giver wants it done. `outside`: it is for enterprises of the commune, not for a
    village's team; they see nothing but what is theirs.
    """

    id: int
    unit_id: int
    title: str
    outcome: str
    due_on: date
    state: State
    version: int
    giver_id: int | None
    doer_id: int | None
    note: str
    source: Source
    outside: bool

    @property
    def alive(self) -> bool:
        return self.state in ALIVE

    def late(self, on: date) -> bool:
        return self.alive and on > self.due_on


def task(row: Row, source: Source) -> Task:
    """Read a row whose unit is loaded: a task given in a commune is for its enterprises."""
    state: State = row.state  # type: ignore[assignment]  # written by this package alone
    unit_id = row.key_of("unit")
    giver_id = row.key_or_none("giver")
    doer_id = row.key_or_none("doer")
    return Task(
        row.id, unit_id, row.title, row.outcome, row.due_on, state, row.version, giver_id, doer_id, row.note, source,
        level_of(row.unit.kind) == "commune",
    )  # fmt: skip
