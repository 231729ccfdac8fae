"""Forms that were sent: the first request of one does what it says, and any other one nothing."""

from __future__ import annotations

from datetime import datetime

from bot.storage.sql import asked

_ROOM = 200


async def note(form: str, person_id: int, leads_to: str, now: datetime) -> bool:
    """Note in the open transaction that a form was sent; return False for one that was sent before.

    Of two requests at once the later one waits here for the commit of the other.
    """
    rows = await asked(
        "insert into desk_forms (form, person_id, led_to, sent_at) values (?, ?, ?, ?)"
        " on conflict (form) do nothing returning id",
        [form, person_id, leads_to[:_ROOM], now],
    )
    return bool(rows)
