"""Notices to the people concerned with an announcement: its author, possible approvers, the other officials."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import rights
from bot.features.notices import delivery_channels
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.outbox.states import Klass
from bot.features.people import people
from bot.features.rights import Act, Condition

log = logging.getLogger(__name__)


async def tell(
    outbox: NoticeOutbox,
    person_id: int | None,
    text: Text,
    key: str,
    now: datetime,
    buttons: Sequence[Button] = (),
    *,
    klass: Klass = "notice",
) -> bool:
    """Send a notice to a person on their best messenger, in the caller's transaction.

    Return False without a way to reach them. Authors of announcements wait for these notices, so quiet hours do not
    hold them.
    """
    if person_id is None:
        return False
    for chat in await delivery_channels.to_person(outbox, person_id, now):
        try:
            message, own = Message(text, tuple(buttons)), f"{key}:{person_id}"[:90]
            await outbox.add(chat, message, key=own, now=now, answering=True, klass=klass)
        except LookupError:
            log.warning("a notice about an announcement has no way out: %s is off", chat.platform)
        else:
            return True
    return False


async def approvers(commune_id: int, category: str, now: datetime) -> set[int]:
    """Return the ids of the persons who may approve an announcement of this category ("" for none) for the commune."""
    found: set[int] = set()
    for role in rights.ROLES:
        cell = rights.cell_of(role, Act.APPROVE_CONTENT)
        if decides(cell, category):
            found |= {holder.person_id for holder in await people.holders(role, commune_id, now)}
    return found


def decides(cell: rights.RightsCell, category: str) -> bool:
    """Tell whether a cell of the rights table permits the approval of a text of this category."""
    if cell.condition is Condition.CATEGORY:
        return bool(category) and cell.covers(category)
    return cell.condition is Condition.APPROVE
