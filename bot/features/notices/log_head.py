"""The head of the audit log leaves the machine every evening: to the chair's phone, where nobody here can change it.

An operator with the key can write a whole log anew, and it will fit. It will not fit what lies on a phone.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.messages import Message
from bot.core.platform import KeyValue
from bot.core.text import Text
from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar.vietnam import VIETNAM
from bot.features.notices import delivery_channels
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.people import people
from bot.features.rights.table import CHAIR, OFFICER
from bot.i18n import msg

EVENING = time(19)
"""Before the quiet hours, after the day's work."""
_TOLD = "last head"
_LASTS = timedelta(days=1)
"""Tomorrow's head covers today's, so one that did not get through need not come late."""

_TEXT = msg(
    "Mã sổ nhật ký tối {day}: **{head}**\n"
    "Bác giữ tin này trên máy, không phải làm gì. Sau này ai sửa lùi sổ ghi việc của bot thì sổ không còn khớp mã này."
)


class LogHead(Struct, frozen=True):
    """A job of the worker. An evening on which the log has not grown needs no message."""

    outbox: NoticeOutbox
    audit: Audit
    memory: KeyValue

    async def tick(self, now: datetime) -> float | None:
        """Tell the head in the evening; return the seconds until then, None when it is. Raises StoreUnavailable."""
        here = now.astimezone(VIETNAM)
        if here.time() < EVENING:
            return (datetime.combine(here.date(), EVENING, VIETNAM) - here).total_seconds()
        told = await self.memory.get(_TOLD)
        day, n = f"{here:%Y-%m-%d}", (await self.audit.head()).n
        last_day, _, last_n = (told or " 0").partition(" ")
        if last_day != day and n != int(last_n) and await self._tell(now):
            await self.memory.swap(_TOLD, told, f"{day} {n}")
        return None

    async def _tell(self, now: datetime) -> int:
        """How many heard it: the chairs of each commune; where none can be reached, its officers."""
        here, told = now.astimezone(VIETNAM), 0
        async with in_transaction("default"):
            head = await self.audit.head()
            text = Text.of(self.outbox.translate(self.outbox.locale, _TEXT), day=f"{here:%d/%m}", head=head.shown)
            key = f"log-head:{here:%Y%m%d}"
            for commune in await units.communes(here.date()):
                told += await self._tell_role(CHAIR, commune.id, text, key, now) or await self._tell_role(
                    OFFICER, commune.id, text, key, now
                )
        return told

    async def _tell_role(self, role: str, commune_id: int, text: Text, key: str, now: datetime) -> int:
        told = 0
        for holder in await people.holders(role, commune_id, now):
            for chat in (await delivery_channels.to_person(self.outbox, holder.person_id, now))[:1]:
                mine = f"{key}:{holder.person_id}"
                await self.outbox.add(chat, Message(text), key=mine, now=now, expires_at=now + _LASTS)
                told += 1
        return told
