"""A group and its village: greeting, registering, what the bot can hear there, and what became of the group."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence

from bot.core.context import Context
from bot.core.events import BotJoined, BotLeft, ChatMoved, TextSent
from bot.core.lean import patterns
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import rights
from bot.features.audit import Audit
from bot.features.commune.settings import Commune
from bot.features.groups import channels
from bot.features.groups.channels import Channel
from bot.features.invites import looks_like_code
from bot.features.notices.news import Kind, News
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.rights import Act
from bot.handlers.kit.hooks import OpenLink
from bot.handlers.kit.speaker import OpenMenu
from bot.i18n import msg

from .giving import TITLE, TellOfficers, tell, title_of, unit_name, what_of
from .registering import ASKED, CODE, FLOW, DecideGroup, Registration, hearing

_REGISTER = patterns.compile(r"\s*(?:đăng\s*k[ýí]|dang\s*k[yi])\s+(?P<code>\S.*)", re.IGNORECASE | re.DOTALL)
# In a group one word with a digit is meant as a code even if it is none; "đăng ký tạm trú" asks for a guide.
_MEANT_AS_CODE = patterns.compile(r"(?=.*\d)[\w–—-]{6,40}")

_NEWS_LEFT = msg("⚠️ Nhóm “{group}” ({what}): tôi đã bị đưa ra khỏi nhóm nên tin của xã không đến được nhóm này.")
_NEWS_BACK = msg("✅ Nhóm “{group}” ({what}): tôi đã vào lại nhóm, tin của xã lại đến được.")


Take = Callable[[Context, str], Awaitable[bool]]
Note = Callable[[Context], Awaitable[None]]


class VillageGroupConversation:
    """`tell_officers` as in Giving. `make_code` offers a code in private, False to whom it is not for."""

    def __init__(
        self,
        registration: Registration,
        *,
        tell_officers: TellOfficers,
        commune: Callable[[Context], Commune],
        audit: Audit,
        make_code: Callable[[Context], Awaitable[bool]],
    ) -> None:
        self.registration = registration
        self._tell_officers = tell_officers
        self._commune = commune
        self._audit = audit
        self._make_code = make_code

    async def open_link(self, ctx: Context, code: str) -> bool:
        """Register the group for `/start CODE`, which a link that adds the bot to a group sends by itself."""
        if ctx.private:
            return False
        await self.registration.register(ctx, code)
        return True

    async def register(self, ctx: Context, code: str) -> None:
        """Use the code in a group; without one ask for it there, and make one in private."""
        if not ctx.private and code:
            await self.registration.register(ctx, code)
        elif not ctx.private:
            channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
            known = channel is not None and channel.active
            now = [ctx.t("Nhóm này là {what}.", what=await what_of(channel))] if known and channel is not None else []
            self.registration.ask_for_code(ctx, Text.join("\n", [*now, self._how_to_register(ctx)]))
        elif code or not await self._make_code(ctx):
            ctx.reply(
                ctx.t(
                    "Nhóm của thôn do Tổ trưởng hoặc cán bộ xã đăng ký. Bác thêm tôi vào nhóm, rồi nhắc tên tôi ở đó "
                    "và gõ: đăng ký MÃ. Còn đăng ký giấy tờ thì bác gõ cả tên việc, ví dụ “đăng ký tạm trú”."
                ),
                [Button.to(ctx.word("Về menu"), OpenMenu())],
            )

    async def register_in_words(self, ctx: Context) -> bool:
        """Register the group for `đăng ký CODE`, or for a code alone right after one was asked for.

        It is no command word, because "đăng ký tạm trú" asks for a guide.
        """
        event, flow = ctx.event, ctx.flow
        asked = flow is not None and (flow.name, flow.step) == (FLOW, CODE)
        if asked and isinstance(event, TextSent) and looks_like_code(event.text):
            await self.register(ctx, event.text.strip())
            return True
        if not isinstance(event, TextSent) or not event.addressed or (found := _REGISTER.fullmatch(event.text)) is None:
            return False
        code = found["code"].strip()
        if not looks_like_code(code) and (ctx.private or not _MEANT_AS_CODE.fullmatch(code)):
            return False
        await self.register(ctx, code)
        return True

    # What messengers report. It is true however late it comes: after a long outage the channels must still follow.

    async def joined(self, ctx: Context, title: str) -> None:
        ctx.stale = False
        async with ctx.changes():
            ctx.session.facts[TITLE] = title
            channel = await self._back(ctx, title)
            if channel is None:
                lines = [self._greeting(ctx), self._how_to_register(ctx)]
            elif channel.active:
                lines = [ctx.t("Chào bà con, tôi đã vào lại. Nhóm này là {what}.", what=await what_of(channel))]
            else:
                unit = await unit_name(channel.unit_id)
                lines = [
                    self._greeting(ctx),
                    ctx.t("Tin của {unit} đang gửi vào nhóm khác.", unit=unit),
                    self._how_to_register(ctx),
                ]
            ctx.reply(Text.join("\n", lines))

    async def left(self, ctx: Context) -> None:
        ctx.stale = False
        async with ctx.changes():
            channel = await channels.left(ctx.chat.platform, ctx.chat.id, channels.LEFT, ctx.now)
            if channel is not None:
                await self._tell_about(channel, "left", _NEWS_LEFT)

    async def moved(self, ctx: Context, new_chat_id: str) -> None:
        ctx.stale = False
        async with ctx.changes():
            # The group goes on as it was: that is no news for anybody, only a line in the log.
            channel = await channels.moved(ctx.chat.platform, ctx.chat.id, new_chat_id, ctx.now)
            if channel is not None:
                await self._audit.append(None, "group_upgraded", f"channel:{channel.id}", ctx.now)

    # In which language the group is spoken to, here and in what the commune sends

    async def set_language(self, ctx: Context, locale: str) -> None:
        """Set the language of the group, which everybody has to read.

        In a group of a unit it is for those who may register it there.
        """
        channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        if channel is not None:
            who = await people.who(Account(ctx.chat.platform, ctx.sender.id), ctx.now)
            if not (await rights.decide(who, Act.REGISTER_CHAT, channel.unit_id, on=ctx.now)).allowed:
                ctx.reply(
                    ctx.t(
                        "Tiếng của nhóm này do Tổ trưởng hoặc cán bộ xã chọn. "
                        "Bác nhắn riêng cho tôi thì chọn tiếng nào cũng được."
                    )
                )
                return
        async with ctx.changes():
            ctx.session.locale = ctx.locale = locale
            await channels.set_locale(ctx.chat.platform, ctx.chat.id, locale, ctx.now)
            ctx.reply(ctx.t("Từ nay tôi nói tiếng Việt trong nhóm này."), [Button.to(ctx.word("Về menu"), OpenMenu())])

    # What the bot can hear here

    async def check(self, ctx: Context) -> None:
        if ctx.private:
            ctx.reply(
                ctx.t(
                    "Muốn biết một tin có đúng của xã không, bác gõ “kiểm tra” và số của tin, ví dụ "
                    "“kiểm tra TB-0123”. Muốn biết một nhóm thuộc thôn nào, bác gõ “kiểm tra” trong nhóm đó."
                )
            )
            return
        channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        if channel is not None and not channel.active:
            # Somebody speaks to the bot here, so it is back, even where the messenger does not tell.
            async with ctx.changes():
                channel = await self._back(ctx, "")
                await self._say_state(ctx, channel)
            return
        await self._say_state(ctx, channel)

    async def _say_state(self, ctx: Context, channel: Channel | None) -> None:
        if channel is None:
            lines = [ctx.t("Nhóm này chưa thuộc thôn nào."), self._how_to_register(ctx)]
        elif channel.active:
            lines = [ctx.t("Nhóm này là {what}. Tin của xã đến được đây.", what=await what_of(channel))]
        else:
            unit = await unit_name(channel.unit_id)
            lines = [ctx.t("Tin của {unit} đang gửi vào nhóm khác.", unit=unit), self._how_to_register(ctx)]
        ctx.reply(Text.join("\n", [*lines, hearing(ctx)]))

    def _greeting(self, ctx: Context) -> Text:
        return ctx.t(
            "Kính chào bà con. Tôi là **máy trả lời tự động** của Ủy ban nhân dân {commune}. "
            "Bà con nhắc tên tôi và gõ “hướng dẫn”, hoặc điều cần hỏi.",
            commune=self._commune(ctx).full_name,
        )

    def _how_to_register(self, ctx: Context) -> Text:
        return ctx.t(
            "Để nhóm nhận tin của xã: Tổ trưởng hoặc cán bộ xã nhắn riêng cho tôi “mã nhóm” để tự lấy mã. "
            "Có mã, bác về đây nhắc tên tôi và gõ: đăng ký MÃ."
        )

    async def _back(self, ctx: Context, title: str) -> Channel | None:
        before = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        channel = await channels.joined(ctx.chat.platform, ctx.chat.id, title, ctx.now)
        if before is not None and channel is not None and channel.active and not before.active:
            await self._tell_about(channel, "back", _NEWS_BACK)
        return channel

    async def _tell_about(self, channel: Channel, kind: Kind, news: str) -> None:
        text = Text.of(news, group=title_of(channel), what=await what_of(channel))
        await tell(self._tell_officers, channel.unit_id, News(kind, text))


def build(
    conversation: VillageGroupConversation, *, checks: Iterable[OpenLink] = (), blocked: Sequence[Note] = ()
) -> Router:
    """Register the handlers.

    `checks` take the words after `/kiemtra` (the number of an announcement); `blocked` are told of a private BotLeft.
    """
    router = Router()

    router.intercept(order=50)(conversation.register_in_words)

    @router.command(
        "dangky", "đăng ký", "đăng kí", "đăng ký nhóm", "đăng kí nhóm", "mã nhóm", "mã đăng ký nhóm", "lấy mã nhóm",
        "xin mã nhóm", yields=True,
    )  # fmt: skip
    async def register(ctx: Context) -> None:
        await conversation.register(ctx, ctx.args.strip())

    @router.action(DecideGroup)
    async def decide(ctx: Context, action: DecideGroup) -> None:
        await conversation.registration.decide(ctx, action)

    @router.step(FLOW, ASKED)
    @router.step(FLOW, CODE)
    async def asked(ctx: Context) -> None:
        """Ignore words: only a choice or a code is awaited; what its person says to others is not the bot's."""

    @router.command("kiemtra", "kiểm tra", "kiểm tra nhóm")
    async def check(ctx: Context) -> None:
        for takes in checks if ctx.args.strip() else ():
            if await takes(ctx, ctx.args.strip()):
                return
        await conversation.check(ctx)

    @router.on(BotJoined)
    async def joined(ctx: Context) -> None:
        if isinstance(ctx.event, BotJoined) and not ctx.private:
            await conversation.joined(ctx, ctx.event.title)

    @router.on(BotLeft)
    async def left(ctx: Context) -> None:
        if not ctx.private:
            await conversation.left(ctx)
            return
        for note in blocked:
            await note(ctx)

    @router.on(ChatMoved)
    async def moved(ctx: Context) -> None:
        if isinstance(ctx.event, ChatMoved):
            await conversation.moved(ctx, ctx.event.new_chat_id)

    return router
