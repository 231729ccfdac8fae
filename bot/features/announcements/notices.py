"""Telling the people of an announcement what became of it: its author, who may approve it, the other officials."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import people, rights, ways
from bot.features.post import Post
from bot.features.rights import Act, Condition

log = logging.getLogger(__name__)


async def tell(
    post: Post, person_id: int | None, text: Text, key: str, now: datetime, buttons: Sequence[Button] = ()
) -> bool:
    """A notice to a person on the best of their messengers, in the caller's transaction; False without a way to them.

    Whoever makes announcements waits for these, so quiet hours do not hold them.
    """
    if person_id is None:
        return False
    for chat in await ways.to_person(post, person_id, now):
        try:
            await post.add(chat, Message(text, tuple(buttons)), key=f"{key}:{person_id}"[:90], now=now, answering=True)
        except LookupError:
            log.warning("a notice about an announcement has no way out: %s is off", chat.platform)
        else:
            return True
    return False


async def approvers(commune_id: int, category: str, now: datetime) -> set[int]:
    """Persons who may approve an announcement of this category ("" none) for the commune."""
    found: set[int] = set()
    for role in rights.ROLES:
        cell = rights.cell_of(role, Act.APPROVE_CONTENT)
        if decides(cell, category):
            found |= {holder.person_id for holder in await people.holders(role, commune_id, now)}
    return found


def decides(cell: rights.Cell, category: str) -> bool:
    """Whether a cell of the table lets somebody approve a text of this category."""
    if cell.condition is Condition.CATEGORY:
        return bool(category) and cell.covers(category)
    return cell.condition is Condition.APPROVE
