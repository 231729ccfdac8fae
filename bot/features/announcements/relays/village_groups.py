"""The name of a village's own group, in which the bot is not, and how far the first day there has come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from bot.storage.sql import asked
from bot.storage.tables.announcements import VillageGroup as Row

Stage = Literal["name", "paste", "done", "skipped"]
STAGES: tuple[Stage, ...] = ("name", "paste", "done", "skipped")
LONGEST = 60
"""Letters of a name. Longer words are something else."""


class VillageGroup(Struct, frozen=True):
    """`name` is "" as long as nobody has said it."""

    unit_id: int
    name: str
    stage: Stage

    @property
    def waits(self) -> bool:
        """Whether something of the first day is still to be done."""
        return self.stage in ("name", "paste")


async def of(unit_id: int) -> VillageGroup | None:
    """Return the group of a village; None if nobody was ever asked for it."""
    found = await asked("select name, stage from village_groups where unit_id = ?", [unit_id])
    if not found:
        return None
    name, stage = str(found[0]["name"]), str(found[0]["stage"])
    return VillageGroup(unit_id, name, next(known for known in STAGES if known == stage))


async def names(unit_ids: Collection[int]) -> Mapping[int, str]:
    """Return the names that are known, by the id of the village."""
    if not unit_ids:
        return {}
    rows = await Row.filter(unit_id__in=list(unit_ids)).exclude(name="")
    return {row.key_of("unit"): row.name for row in rows}


async def put(unit_id: int, stage: Stage, now: datetime, *, name: str | None = None) -> None:
    """Set how far it is, inside the caller's transaction; without a `name` the known one stays."""
    known = Row.filter(unit_id=unit_id)
    if not await known.update(stage=stage, updated_at=now):
        await Row.create(unit_id=unit_id, stage=stage, updated_at=now)
    if name is not None:
        await known.update(name=name[:LONGEST])


async def unasked(unit_id: int) -> bool:
    return not await Row.filter(unit_id=unit_id).exists()
