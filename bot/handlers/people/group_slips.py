"""The job behind the codes of all villages: draws the Word file, and with it makes the codes hold."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.messages import Attachment, Message
from bot.core.text import Text
from bot.features import rights, units
from bot.features.invites import Invites, group_slips, new_code
from bot.features.invites.group_codes import SLIP_DAYS
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.handlers.kit.media import NO_WAY, LinksAt, StoreAs, reaches
from bot.i18n import msg, short_date

from .inviting import last_whole_day

KIND = "group_slips"
KEPT = timedelta(days=1)
"""So long the file with the codes stays on the server."""
_HERE = msg(
    "Mã nhóm của {count} thôn chưa có nhóm, mã dùng đến hết {day}. Bác in, cắt rời, đưa mỗi phiếu cho Tổ trưởng của "
    "thôn ấy rồi xóa tệp."
)


class GroupSlipJob:
    """Implements JobFunction. `links` are the addresses that add the bot to a group and say the code there."""

    def __init__(self, invites: Invites, outbox: Outbox, store_as: StoreAs, links: LinksAt) -> None:
        self._invites = invites
        self._outbox = outbox
        self._store_as = store_as
        self._links = links

    async def __call__(self, body: Mapping[str, str], now: datetime) -> None:
        chat, top = chat_of(body), await units.by_id(int(body["commune"]))
        if chat is None or top is None:
            return
        who = await people.who(Account(chat.platform, body["person"]), now)
        decision = await rights.decide(who, rights.Act.REGISTER_CHAT, top.id, on=now)
        if not decision.allowed:
            raise JobRefused(decision.why)
        places = [await units.by_id(int(one)) for one in body["units"].split(",")]
        drawn = [
            group_slips.GroupSlip(place.id, place.full_name, code, await self._links(code, place.id))
            for place in places
            if place is not None
            for code in [new_code()]
        ]
        day = last_whole_day(now + timedelta(days=SLIP_DAYS))
        content = await asyncio.to_thread(group_slips.document, drawn, top.full_name, day)
        media = await self._store_as(f"ma-nhom-{now:%Y-%m-%d}.docx", content)
        await temporary_files.keep(media, now + KEPT)
        if not reaches(self._outbox, chat, media, len(content)):
            await temporary_files.drop(media, now)
            raise JobRefused(NO_WAY)
        locale = body["locale"]
        text = Text.of(self._outbox.translate(locale, _HERE), count=len(drawn), day=short_date(day, locale))
        message = Message(text, attachment=Attachment("file", media, "ma-nhom.docx", len(content)))
        async with self._outbox.rows.transaction():
            if not await self._outbox.add(chat, message, key=body["key"], now=now, answering=True, locale=locale):
                return
            # The codes hold as soon as the paper is on its way: a second run draws others, which nobody gets.
            await self._invites.create_channels({one.unit_id: one.code for one in drawn}, by=who, now=now)
