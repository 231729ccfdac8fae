"""Making the workbook of a period for somebody who waits for it in a chat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct
from tortoise.transactions import in_transaction

from bot.core.messages import Attachment, Message
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.periods import CutOff, period
from bot.features.calendar.vietnam import today
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.i18n import msg

from .export import period_workbook
from .indicator_history import history
from .rollup import RollUps

_GONE = msg("Không còn đơn vị này nên tôi không làm tệp được.")
_READY = msg("Số liệu **{period}** của {place}.")

StoreAs = Callable[[str, bytes], Awaitable[str]]
"""(file name, bytes) → the name in the media store."""
KEPT = timedelta(days=30)


class PeriodFiles(Struct, frozen=True):
    """`translate` is (locale, text)."""

    sums: RollUps
    store_as: StoreAs
    outbox: NoticeOutbox
    translate: Callable[[str, str], str]
    cut_off: CutOff = "calendar"

    async def make(self, body: Mapping[str, str], now: datetime) -> None:
        """Make and send the file, as a job: `unit`, `period`, `locale`, `key` of the message, and the chat.

        May raise JobRefused.
        """
        chat, place = chat_of(body), await units.get(body["unit"])
        if chat is None or place is None:
            raise JobRefused(_GONE)
        of = period(body["period"], self.cut_off)
        past = await history()
        table = await self.sums.table(place.id, of, past.counted_in(of), today(now))
        data = await asyncio.to_thread(period_workbook, table, past.notes(of.first))
        name = await self.store_as(f"so-lieu-{place.code}-{of.name}.xlsx", data)
        await temporary_files.keep(name, now + KEPT)
        locale = body["locale"]
        template, values = of.wording
        reply = Text.of(self.translate(locale, template), **values)
        text = Text.of(self.translate(locale, _READY), period=reply, place=place.full_name)
        message = Message(text, attachment=Attachment("file", name, f"so-lieu-{of.name}.xlsx", len(data)))
        async with in_transaction("default"):
            await self.outbox.add(chat, message, key=body["key"], now=now, answering=True)
