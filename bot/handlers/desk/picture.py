"""“Hôm nay thành ảnh”: the first page of the desk as one picture, in the chat of the official who wants it."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.events import Chat
from bot.core.router import Router
from bot.features.desk import seats
from bot.features.desk.sessions import PLATFORM
from bot.features.jobs.queue import Jobs, answer_to
from bot.features.notices import delivery_channels
from bot.features.notices.delivery_channels import ChannelOutbox
from bot.features.people import people
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import msg

from .signing_in import SendTodayPicture

KIND = "today_picture"
"""The kind of job that draws it."""
NO_DESK = msg("Tờ hôm nay dành cho cán bộ xã. Vai trò ở xã của tài khoản này đã hết hoặc chưa có.")
_NO_CHAT = msg("Tôi chưa nhắn riêng được cho bác trên ứng dụng nào, nên chưa gửi được ảnh.")
_COMES = msg("Tôi đang làm ảnh của tờ hôm nay, xong thì gửi vào cuộc trò chuyện riêng của bác.")


class TodayPictureConversation:
    def __init__(self, jobs: Jobs, outbox: ChannelOutbox) -> None:
        self._jobs = jobs
        self._outbox = outbox

    async def wanted(self, ctx: Context) -> None:
        """Ask for the picture; from the desk it is sent to the chat, where it can be passed on."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        commune = await seats.commune_of(who, ctx.now)
        if who.person_id is None or commune is None:
            ctx.reply(ctx.t(NO_DESK), to_menu(ctx))
            return
        chat = await self._chat_for(ctx, who.person_id, commune.id)
        if chat is None:
            ctx.reply(ctx.t(_NO_CHAT))
            return
        async with ctx.changes():
            key = f"{KIND}:{who.person_id}:{ctx.now:%Y%m%d%H%M}"
            body = {**answer_to(chat), "person": str(who.person_id), "locale": ctx.locale, "key": key}
            await self._jobs.ask(KIND, body, key=key, now=ctx.now)
            ctx.reply(ctx.t(_COMES))

    async def _chat_for(self, ctx: Context, person_id: int, commune_id: int) -> Chat | None:
        """Return this chat; from the desk, which no message is sent to, the person's own one on a messenger."""
        if ctx.chat.platform != PLATFORM:
            return ctx.chat
        found = await delivery_channels.to_person(self._outbox, person_id, ctx.now, commune_id=commune_id)
        return next((chat for chat in found if chat.platform != PLATFORM), None)


def build(conversation: TodayPictureConversation) -> Router:
    router = Router()
    router.command("anhhomnay", "hôm nay thành ảnh", "ảnh tờ hôm nay", "gửi ảnh hôm nay")(conversation.wanted)

    @router.action(SendTodayPicture)
    async def wanted(ctx: Context, action: SendTodayPicture) -> None:
        await conversation.wanted(ctx)

    return router
