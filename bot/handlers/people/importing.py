"""Writing a list of people that was sent at the desk: its changes were shown there, and are agreed to in the chat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import Chat
from bot.core.messages import Button, Message
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights, units
from bot.features.audit import Audit
from bot.features.jobs.queue import JobRefused, Jobs, answer_to, chat_of
from bot.features.outbox.box import Outbox
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.workbook import UnreadableFile
from bot.features.workbook.book import Outdated, Unclean
from bot.features.workbook.office import scope_of, workbook_of
from bot.handlers.kit.media import Uploads
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg

from .inviting import ShowListed

KIND = "people list"
_SURE = msg(
    "Ghi **{count} thay đổi** vào danh sách thôn và người của {commune}? Từng thay đổi đã kê ở bàn làm việc. Người "
    "được thêm có vai trò ngay."
)
_WRITING = msg("Tôi đang ghi danh sách, bác chờ một chút.")
GONE = msg("Tệp đã hết hạn. Bác nhập lại tệp ở bàn làm việc.")
_OTHERS = msg(
    "Từ lúc bác xem, dữ liệu đã đổi nên tôi chưa ghi gì. Bác nhập lại tệp ở bàn làm việc để xem thay đổi mới."
)
_WRITTEN = msg("Đã ghi {count} thay đổi vào danh sách.")


class WriteList(Action, code="ilw"):
    """Write the workbook `file`; `mark` is a digest of the `count` changes that were shown."""

    commune: int
    file: str
    mark: str
    count: int
    sure: bool


class ImportConversation:
    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def write(self, ctx: Context, action: WriteList) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        decision = await rights.decide(who, rights.Act.INVITE, action.commune, on=ctx.now)
        if not decision.allowed:
            ctx.reply(ctx.t(decision.why), to_menu(ctx))
            return
        place = await units.by_id(action.commune)
        if not action.sure and place is not None:
            asked = ctx.t(_SURE, count=action.count, commune=place.full_name)
            yes = WriteList(action.commune, action.file, action.mark, action.count, sure=True)
            ctx.reply(asked, [Button.to(ctx.word("Ghi"), yes), *to_menu(ctx)], rows=(2,))
            return
        key = f"{KIND}:{sha256(f'{action.file} {action.mark}'.encode()).hexdigest()[:32]}"
        body = {**answer_to(ctx.chat), "commune": str(action.commune), "file": action.file, "mark": action.mark}
        body |= {"person": ctx.sender.id, "locale": ctx.locale, "key": key}
        async with ctx.changes():
            await self._jobs.ask(KIND, body, key=key, now=ctx.now)
            ctx.reply(ctx.t(_WRITING))


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


def build(conversation: ImportConversation) -> Router:
    router = Router()
    router.action(WriteList)(conversation.write)
    return router
