"""Packages that do not reach their chat, and what has to be true before another chat gets them instead.

Nothing may be told twice by it: a package leaves its chat only when everything of it that has not arrived surely never
will, and it does so once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from tortoise.connection import get_connections
from tortoise.expressions import Q

from bot.core.events import Chat
from bot.storage.core_tables.outbox import Detour, OutboxRow
from bot.storage.sql import Sql

from .states import OFF, QUOTA, TOKEN, WAITING, WINDOW, check

STUCK = (TOKEN, OFF, QUOTA, WINDOW)
"""Reasons of rows that surely have not left and will not soon: they need not wait if there is another way.

A row that is pending for WINDOW was refused by the messenger itself, though somebody has written there lately.
"""
_STILL_STUCK = Q(state="held", reason__in=STUCK) | Q(state="pending", reason=WINDOW)
ELSEWHERE = "elsewhere"
"""Reason of rows that were cancelled because another chat gets their package."""


class Overtaken(Exception):
    """Rows changed while they were looked at: the transaction has to be rolled back, and there is a next time."""


async def stuck(announcement: int, since: datetime) -> list[str]:
    """Return packages of an announcement (0: notices) that failed since then or are stuck, and have no detour yet."""
    marks = ", ".join("?" * len(STUCK))
    rows = await Sql(get_connections().get("default")).rows(
        "select distinct package from outbox o where announcement = ? and updated_at > ?"
        f" and (state = 'failed' or (state = 'held' and reason in ({marks})) or (state = 'pending' and reason = ?))"
        " and not exists (select 1 from detours d where d.instead_of = o.package) order by package",
        [announcement, since, *STUCK, WINDOW],
        get_connections().get("default"),
    )
    return [str(row["package"]) for row in rows]


def is_stuck(state: str, reason: str) -> bool:
    """Tell whether a row in this state surely has not left and will not soon."""
    return (state == "held" and reason in STUCK) or (state == "pending" and reason == WINDOW)


async def waiting_in(platform: str, chat_id: str) -> list[tuple[int, str]]:
    """Return (announcement, package) of rows that wait for a chat, oldest first."""
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
    # Parts leave in their order: what comes behind one that is stuck is stuck, too.
    stays = open_ones and not waiting and not is_stuck(open_ones[0].state, open_ones[0].reason)
    if unclear or stays or not (open_ones or lost):
        return []
    check(WAITING, "cancelled")
    for at, row in enumerate(open_ones):
        still = Q(state__in=WAITING) if at or waiting else _STILL_STUCK
        gone = {"state": "cancelled", "reason": ELSEWHERE, "token": "", "updated_at": now}
        if not await OutboxRow.filter(still, id=row.id).update(**gone):
            raise Overtaken
    return last


async def note(package: str, instead_of: str, now: datetime) -> None:
    """Record that `package` goes out in the place of the other."""
    await Detour.create(package=package, instead_of=instead_of, made_at=now)


async def before(packages: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Return, for each of these packages, those in whose place it went, the first one first."""
    found: dict[str, list[str]] = {package: [] for package in packages}
    instead_of = {package: package for package in packages}
    while instead_of:
        rows = await Detour.filter(package__in=list(set(instead_of.values())))
        step = {row.package: row.instead_of for row in rows}
        instead_of = {package: step[at] for package, at in instead_of.items() if at in step}
        for package, at in instead_of.items():
            found[package].insert(0, at)
    return found


async def tried(package: str) -> Sequence[Chat]:
    """Return the chats of a package and of those before it, its own last."""
    packages = [*(await before([package]))[package], package]
    rows = await OutboxRow.filter(package__in=packages).order_by("id")
    chats = [Chat(row.platform, row.chat_id, "group" if row.chat_kind == "group" else "private") for row in rows]
    return list(dict.fromkeys(chats))
