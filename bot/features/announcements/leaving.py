"""The time at which an announcement is sent: the expected one before, the one recorded in its rows afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tortoise.connection import get_connections

from bot.core.events import Chat
from bot.features.calendar.hours import QuietTime
from bot.features.outbox.states import QUIET
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.sql import Sql, moment

from .model import Announcement


async def expected(one: Announcement, chat: Chat, quiet: QuietTime, now: datetime) -> datetime:
    """Return the time that the message shows in a chat: its expected arrival, after the chat's quiet hours."""
    if one.urgent:
        return one.speaks_of
    return await quiet.until_for(chat, max(now, one.speaks_of)) or one.speaks_of


async def begun(ids: Sequence[int]) -> Mapping[int, datetime]:
    """Map each announcement to the time when the first group had it; leave out those that no group has yet."""
    if not ids:
        return {}
    client = get_connections().get("default")
    rows = await Sql(client).rows(
        "select announcement, min(updated_at) as t from outbox where state = 'sent' and announcement in"
        f" ({', '.join('?' * len(ids))}) group by announcement",
        list(ids),
        client,
    )
    return {int(str(row["announcement"])): moment(row["t"]) for row in rows}


async def left_at(one: Announcement) -> datetime:
    """Return when it went out; before that, its scheduled time."""
    return (await begun([one.id])).get(one.id, one.speaks_of)


async def waits_until(one: Announcement) -> datetime | None:
    """Return the end of the quiet hours that hold it; None if they do not."""
    row = await OutboxRow.filter(announcement=one.id, state="held", reason=QUIET).order_by("not_before").first()
    return None if row is None else row.not_before
