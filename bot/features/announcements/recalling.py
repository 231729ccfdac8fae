"""Recalls: take back all that was sent, from the first announcement to its newest correction, so that none stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from msgspec import Struct

from bot.core.context import Translate
from bot.core.text import Text
from bot.features.audit import Audit
from bot.features.outbox.box import Outbox
from bot.i18n import msg
from bot.storage.core_tables.outbox import OutboxRow

from . import store
from .model import OPEN, RECALL, Announcement
from .moving import move
from .notices import tell

RECALLED = "recalled"
"""Reason of rows that did not leave because what they correct was taken back."""
_FIRST_AND_LATER = msg("{label} và đính chính {others}")
_GAVE_WAY = msg("{label} đã hủy, vì xã thu hồi {first} bằng {recall}.")


class Reach(Struct, frozen=True):
    """The announcements that a recall takes back: `out` has left, oldest first; `waiting` is cancelled on approval.

    `having` is who has any of it, or may have.
    """

    out: tuple[Announcement, ...]
    waiting: tuple[Announcement, ...]
    having: store.Having

    @property
    def newest(self) -> int:
        """The id of the newest of them: larger than the one that a person was shown if more has been added since."""
        return max((one.id for one in (*self.out, *self.waiting)), default=0)


async def reach(one: Announcement) -> Reach:
    """Return the reach of a recall of the whole chain that `one` belongs to."""
    links = [each for each in await store.chain(one) if each.template != RECALL]
    having = {each.id: await store.having(each) for each in links}
    return Reach(
        tuple(each for each in links if having[each.id]),
        tuple(each for each in links if each.state in OPEN and not having[each.id]),
        reduce(or_, having.values(), store.Having()),
    )


async def named(one: Announcement, translate: Translate, locale: str) -> str:
    """Return the labels of the announcements that it corrects or takes back; "" if it does neither."""
    if not one.corrects:
        return ""
    if one.template != RECALL:
        first = await store.get(one.corrects)
        return "" if first is None else first.label
    return labels((await reach(one)).out, translate, locale)


def labels(out: Sequence[Announcement], translate: Translate, locale: str) -> str:
    """Join the labels: `TB-0001 và đính chính TB-0002, TB-0003`."""
    names = [each.label for each in out]
    if len(names) < 2:
        return "".join(names)
    return translate(locale, _FIRST_AND_LATER).format(label=names[0], others=", ".join(names[1:]))


async def newest_words(one: Announcement) -> Mapping[tuple[str, str], str]:
    """Map (platform, chat) to the id of the newest message there that a recall takes back.

    A group that has moved to another id since then is not found: its messages have other ids now.
    """
    ids = [each.id for each in (await reach(one)).out]
    rows = OutboxRow.filter(announcement__in=ids, part=1, state="sent").exclude(message_id="")
    found = await rows.order_by("announcement", "id").values_list("platform", "chat_id", "message_id")
    return {(str(platform), str(chat)): str(message) for platform, chat, message in found}


async def make_way(recall: Announcement, by: int | None, outbox: Outbox, audit: Audit, now: datetime) -> None:
    """Cancel open corrections of what is taken back, so that none leaves later; inside the approving transaction."""
    links = [each for each in await store.chain(recall) if each.template != RECALL]
    for each in links:
        if not await _cancelled(each.id, now):
            continue
        stopped = await outbox.cancel(now, announcement=each.id, reason=RECALLED)
        details = {"stopped": stopped, "by": recall.id}
        await audit.append(by, "announcement.cancelled", f"announcement:{each.id}", now, details)
        reply = Text.of(
            outbox.translate(outbox.locale, _GAVE_WAY), label=each.label, first=links[0].label, recall=recall.label
        )
        await tell(outbox, each.author_id, reply, f"tb{each.id}-gaveway", now)


async def _cancelled(announcement_id: int, now: datetime) -> bool:
    """Cancel it; return False if it was not open.

    Retry while a concurrent decision, such as an approval, changes it.
    """
    one = await store.get(announcement_id)
    while one is not None and one.state in OPEN:
        if await move(one, "cancelled", now, ended_at=now):
            return True
        one = await store.get(announcement_id)
    return False
