"""Packages that do not reach their chat, and what has to be true before another chat gets them instead.

Nothing may be told twice by it: a package leaves its chat only when everything of it that has not arrived surely never
will, and it does so once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tortoise.connection import get_connections

from bot.storage.outbox import Detour, OutboxRow
from bot.storage.sql import Sql

from .states import QUOTA, TOKEN, WAITING, WINDOW, check

STUCK = (TOKEN, QUOTA, WINDOW)
"""Reasons of rows that surely have not left and will not soon: they need not wait if there is another way."""
ELSEWHERE = "elsewhere"
"""Reason of rows that were cancelled because another chat gets their package."""


class Overtaken(Exception):
    """Rows changed while they were looked at: the transaction has to be rolled back, and there is a next time."""


async def stuck(announcement: int, since: datetime) -> list[str]:
    """Packages of an announcement (0: notices) with a part that failed since then or is stuck, and no detour yet."""
    marks = ", ".join("?" * len(STUCK))
    rows = await Sql(get_connections().get("default")).rows(
        "select distinct package from outbox o where announcement = ? and updated_at > ?"
        f" and (state = 'failed' or (state = 'held' and reason in ({marks})))"
        " and not exists (select 1 from detours d where d.instead_of = o.package) order by package",
        [announcement, since, *STUCK],
        get_connections().get("default"),
    )
    return [str(row["package"]) for row in rows]


async def waiting_in(platform: str, chat_id: str) -> list[tuple[int, str]]:
    """(announcement, package) of what waits for a chat, oldest first."""
    rows = OutboxRow.filter(platform=platform, chat_id=chat_id, state__in=WAITING)
    found = await rows.order_by("id").values_list("announcement", "package")
    return list(dict.fromkeys((int(str(announcement)), str(package)) for announcement, package in found))


async def take_off(package: str, now: datetime, *, waiting: bool = False) -> Sequence[OutboxRow]:
    """Cancel what is left of a package, inside the caller's transaction; its rows as they were, of each part the last.

    [] when it has to stay: it is whole, or on its way, nobody knows whether a part arrived, or it has gone elsewhere
    already. `waiting`: also what only waits for its turn may be taken. Raises Overtaken.
    """
    rows = await OutboxRow.filter(package=package).order_by("part", "id").select_for_update()
    if await Detour.exists(instead_of=package):
        return []
    parts: dict[int, OutboxRow] = {}
    for row in rows:
        if row.part not in parts or parts[row.part].state != "sent":
            parts[row.part] = row
    last = list(parts.values())
    open_ones = [row for row in last if row.state in WAITING]
    lost = [row for row in last if row.state == "failed"]
    unclear = any(row.state in ("sending", "uncertain", "expired") for row in last)
    if unclear or not (open_ones or lost) or not (waiting or all(_is_stuck(row) for row in open_ones)):
        return []
    check(WAITING, "cancelled")
    held = OutboxRow.filter(id__in=[row.id for row in open_ones], state__in=WAITING)
    if not waiting:
        held = held.filter(state="held", reason__in=STUCK)
    if await held.update(state="cancelled", reason=ELSEWHERE, token="", updated_at=now) != len(open_ones):
        raise Overtaken
    return last


async def note(package: str, instead_of: str, now: datetime) -> None:
    """`package` goes out in the place of the other."""
    await Detour.create(package=package, instead_of=instead_of, made_at=now)


def _is_stuck(row: OutboxRow) -> bool:
    return row.state == "held" and row.reason in STUCK
