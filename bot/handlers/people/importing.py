"""Writing a list of people that was sent at the desk: its changes were shown there, and are agreed to in the chat."""

from __future__ import annotations

from hashlib import sha256

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.features import rights, units
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.people import people
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg

KIND = "people list"
_SURE = msg(
    "Ghi **{count} thay đổi** vào danh sách thôn và người của {commune}? Từng thay đổi đã kê ở bàn làm việc. Người "
    "được thêm có vai trò ngay."
)
_WRITING = msg("Tôi đang ghi danh sách, bác chờ một chút.")
GONE = msg("Tệp đã hết hạn. Bác nhập lại tệp ở bàn làm việc.")


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


def build(conversation: ImportConversation) -> Router:
    router = Router()
    router.action(WriteList)(conversation.write)
    return router
