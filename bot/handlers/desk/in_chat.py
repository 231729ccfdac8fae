"""Acts that a page only prepares: the button comes once more in the chat of who does it.

Two officials may sit at one computer, and a browser may stay open over lunch. So approving, giving a role and erasing
take the phone of the person in whose name it is done, and the phone says what it would confirm: a question that did not
name the act would let whoever sits at the desk have anything confirmed.
"""

from __future__ import annotations

from bot.core.actions import TOKEN_PREFIX, Codec, UnknownAction, token_of
from bot.core.answers import Chosen, last_asked, recognise
from bot.core.context import Context
from bot.core.events import Pressed, TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.features.desk.sessions import PLATFORM
from bot.features.notices.mail import Mail
from bot.features.people import people
from bot.handlers.kit.by_phone import Asked, ByPhone
from bot.handlers.kit.joints import Hook
from bot.handlers.kit.speaker import account_of

from .signing_in import EndSession

_LONGEST_LABEL = 60
_ASKED_AGAIN_AFTER = 600.0


def build(mail: Mail, in_chat: Hook[ByPhone]) -> Router:
    router = Router()

    @router.intercept(order=5)
    async def asks_in_the_chat(ctx: Context) -> bool:
        if ctx.chat.platform != PLATFORM:
            return False
        data = await _pressed(ctx)
        found = next((one for one in in_chat if one.kind.code == data.partition("|")[0]), None)
        if found is None:
            return False
        try:
            action = Codec([found.kind]).unpack(data)
        except UnknownAction:
            return False  # It is no act at all, and the conversation says so.
        asked = await found.says(ctx, action)
        if asked is not None:
            await _send(ctx, mail, asked, data)
        return True

    return router


async def _send(ctx: Context, mail: Mail, asked: Asked, data: str) -> None:
    who = await people.who(account_of(ctx), ctx.now)
    button = Button(asked.label[:_LONGEST_LABEL], data)
    text = ctx.t(
        "Ở bàn làm việc đang mở bằng tên bác, có người vừa bấm:\n\n{act}\n\n"
        "Nếu đúng là bác thì bấm lại ở đây; không phải thì đóng bàn ấy lại.",
        act=asked.act,
    )
    async with ctx.changes():
        ends = Button.to(ctx.word("Không phải tôi"), EndSession(0))
        told = await mail.asking.tell(who.person_id, text, [button, ends], key=_key(ctx, data), now=ctx.now)
        if told:
            ctx.reply(
                ctx.t("Việc này cần đúng bác bấm: tôi vừa gửi nút **{label}** về điện thoại.", label=button.label)
            )
        else:
            ctx.reply(ctx.t("Việc này cần bấm trên điện thoại, mà tôi chưa nhắn được cho bác ở ứng dụng nào."))


def _key(ctx: Context, data: str) -> str:
    """Return the key of a question: pressed again within minutes it is the same one, and no flood of the phone."""
    return f"desk:{token_of(data)}:{int(ctx.now.timestamp() // _ASKED_AGAIN_AFTER)}"


async def _pressed(ctx: Context) -> str:
    """Return the action that an event would do, "" for none: typing the label of a button presses it, too."""
    event, data = ctx.event, ""
    if isinstance(event, Pressed):
        data = event.data
    elif isinstance(event, TextSent):
        meant = recognise(ctx.session, ctx.person, event.text)
        button = meant.button if isinstance(meant, Chosen) else last_asked(ctx.session, ctx.person, event.text)
        data = "" if button is None else button.data
    return (await ctx.store.action(data) or "") if data.startswith(TOKEN_PREFIX) else data
