"""The job that writes a list of people whose changes were agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.text import Text
from bot.features import rights
from bot.features.audit import Audit
from bot.features.jobs.queue import JobRefused, chat_of
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.workbook import UnreadableFile
from bot.features.workbook.book import Outdated, Unclean
from bot.features.workbook.office import scope_of, workbook_of
from bot.handlers.kit.media import Uploads
from bot.i18n import msg

from .importing import GONE
from .inviting import ShowListed

_OTHERS = msg(
    "Từ lúc bác xem, dữ liệu đã đổi nên tôi chưa ghi gì. Bác nhập lại tệp ở bàn làm việc để xem thay đổi mới."
)
_WRITTEN = msg("Đã ghi {count} thay đổi vào danh sách.")


class ImportJob:
    """Implements JobFunction."""

    def __init__(self, uploads: Uploads, outbox: Outbox, audit: Audit) -> None:
        self._uploads = uploads
        self._outbox = outbox
        self._audit = audit

    async def __call__(self, body: Mapping[str, str], now: datetime) -> None:
        chat, commune_id = chat_of(body), int(body["commune"])
        if chat is None:
            return
        who = await people.who(Account(chat.platform, body["person"]), now)
        decision = await rights.decide(who, rights.Act.INVITE, commune_id, on=now)
        if not decision.allowed:
            raise JobRefused(decision.why)
        book, scope = await workbook_of(who, commune_id, now), scope_of(commune_id, now)
        try:
            proposal = await book.propose(await self._uploads.received(body["file"]), scope)
        except (FileNotFoundError, UnreadableFile):
            raise JobRefused(GONE) from None
        # Every outcome is told under one key: after a run that wrote and died, this one says nothing else.
        if not proposal.changes:
            await self._tell(chat, body, msg("Danh sách đã đúng như tệp, không còn gì để ghi."), now)
            return
        if proposal.mark != body["mark"] or not proposal.clean:
            await self._tell(chat, body, _OTHERS, now)
            return
        try:
            async with self._outbox.rows.transaction():
                if await self._tell(chat, body, _WRITTEN, now, count=len(proposal.changes)):
                    await book.apply(proposal, scope)
                    await self._audit.append(who.person_id, "imported", "workbook:desk", now, proposal.counted)
        except (Outdated, Unclean):
            await self._tell(chat, body, _OTHERS, now)

    async def _tell(
        self, chat: Chat, body: Mapping[str, str], template: str, now: datetime, **values: str | int
    ) -> bool:
        """Answer the person who waits; False when that was done before."""
        locale = body["locale"]
        label = self._outbox.translate(locale, msg("Người chưa vào"))
        text = Text.of(self._outbox.translate(locale, template), **values)
        message = Message(text, (Button.to(label, ShowListed("")),))
        return await self._outbox.add(chat, message, key=body["key"], now=now, answering=True, locale=locale)
