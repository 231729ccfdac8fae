"""Ways in which an official says that one village was told besides: by loudspeaker, at a meeting, from house to house.

Notes beside the receipt. They never count as reached, for nobody in the village has said so; but such a village needs
no telephone call any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.features import happenings
from bot.features.announcements.other_channels import OF_VILLAGE
from bot.storage.prepared import rows_of
from bot.storage.tables.announcements import VillageTold as Row


async def of(announcement_id: int) -> Mapping[int, Sequence[str]]:
    """Return the codes of ways that were reported, by unit id, in the order of OF_VILLAGE."""
    found: dict[int, set[str]] = {}
    for row in await rows_of(Row, "announcement_id = ?", [announcement_id]):
        found.setdefault(row.key_of("unit"), set()).add(row.way)
    return {unit_id: [way for way in OF_VILLAGE if way in ways] for unit_id, ways in found.items()}


async def put(announcement_id: int, unit_id: int, way: str, now: datetime, *, on: bool) -> bool:
    """Note or remove a way, inside the caller's transaction; False if nothing changed. `way` is one of OF_VILLAGE."""
    if not on:
        changed = bool(await Row.filter(announcement_id=announcement_id, unit_id=unit_id, way=way).delete())
    else:
        defaults = {"at": now}
        _, changed = await Row.get_or_create(defaults, announcement_id=announcement_id, unit_id=unit_id, way=way)
    if changed:
        await happenings.note(happenings.RECEIPT_CHANGED, [(unit_id, str(announcement_id))], now)
    return changed
