"""The job behind slips for people who are listed: draws the Word file, and with it makes the codes hold."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.messages import Attachment, Message
from bot.core.text import Text
from bot.features import rights, units
from bot.features.invites import Invites, listed, slips
from bot.features.invites.service import LISTED_DAYS
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.handlers.kit.media import NO_WAY, LinksAt, StoreAs, reaches
from bot.handlers.kit.speaker import reach_of
from bot.i18n import msg, short_date

from .inviting import last_whole_day

KIND = "slips"
KEPT = timedelta(days=1)
"""So long the file with the codes stays on the server."""
_HERE = msg(
    "Phiếu mời của {count} người, mã dùng đến hết {day}. Trong tệp có họ tên và mã riêng: bác in, cắt rời, đưa tận tay "
    "từng người rồi xóa tệp. Mã cũ của những người này hết dùng."
)


class SlipJob:
    """Implements JobFunction."""

    def __init__(self, invites: Invites, outbox: Outbox, store_as: StoreAs, links: LinksAt) -> None:
        self._invites = invites
        self._outbox = outbox
        self._store_as = store_as
        self._links = links

    async def __call__(self, body: Mapping[str, str], now: datetime) -> None:
        chat = chat_of(body)
        if chat is None:
            return
        who = await people.who(Account(chat.platform, body["person"]), now)
        places = await reach_of(who, set(rights.INVITABLE), now)
        chosen = [place for place in places if body["unit"] in ("", place.code)]
        # Who was meant when it was asked for: after a first run all of them have codes.
        meant = frozenset(body["people"].split(","))
        waiting = await listed.find([place.id for place in chosen], now, by=who)
        found = [one for one in waiting if str(one.person_id) in meant]
        if not found:
            raise JobRefused(msg("Ở đó không còn ai có tên mà chưa vào."))
        drawn = await slips.written(found, self._links)
        of = chosen[0] if len(chosen) == 1 else await units.commune_of(chosen[0].id)
        day = last_whole_day(now + timedelta(days=LISTED_DAYS))
        title = of.full_name if of is not None else chosen[0].full_name
        content = await asyncio.to_thread(slips.document, drawn, title, day)
        media = await self._store_as(f"phieu-moi-{now:%Y-%m-%d}.docx", content)
        await temporary_files.keep(media, now + KEPT)
        if not reaches(self._outbox, chat, media, len(content)):
            await temporary_files.drop(media, now)
            raise JobRefused(NO_WAY)
        text = Text.of(
            self._outbox.translate(body["locale"], _HERE), count=len(drawn), day=short_date(day, body["locale"])
        )
        message = Message(text, attachment=Attachment("file", media, "phieu-moi.docx", len(content)))
        async with self._outbox.rows.transaction():
            if not await self._outbox.add(
                chat, message, key=body["key"], now=now, answering=True, locale=body["locale"]
            ):
                return
            # The codes hold as soon as the paper is on its way: a second run draws others, which nobody gets.
            await self._invites.create_slips({one.person_id: one.code for one in drawn}, by=who, now=now)
