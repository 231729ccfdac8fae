"""“bàn làm việc”: a link and six digits, in private; and what is open where, with a button that ends it."""

from __future__ import annotations

from datetime import datetime, tzinfo

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.audit import Audit
from bot.features.desk.sessions import PLATFORM, DeskSessions
from bot.features.people import people
from bot.features.rights.table import AT_THE_DESK
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import short_date, short_time


class SitDown(Action, code="dsk"):
    pass


class SendTodayPicture(Action, code="dskt"):
    """Send the first page of the desk as a picture into the person's chat."""


class EndSession(Action, code="dske"):
    """`session` 0 is all of them."""

    session: int


class SigningInConversation:
    """The way to the desk. On the platforms `anonymous` nobody is known, so nobody gets in from there."""

    def __init__(
        self,
        sessions: DeskSessions,
        audit: Audit,
        address: str | None,
        anonymous: frozenset[str],
        zone: tzinfo,
        *,
        is_open: bool,
    ) -> None:
        self._sessions = sessions
        self._audit = audit
        self._address = address
        self._is_open = is_open
        self._anonymous = anonymous
        self._zone = zone

    async def menu_items(self, ctx: Context) -> list[Button]:
        if not ctx.private or ctx.chat.platform in {PLATFORM, *self._anonymous} or self._address is None:
            return []
        who = await people.who(account_of(ctx), ctx.now)
        return [Button.to(ctx.word("Bàn làm việc"), SitDown())] if who.has(*AT_THE_DESK) else []

    async def open(self, ctx: Context) -> None:
        """Send the link and the digits: they open the desk in the name of whoever has this chat."""
        if not in_private(ctx):
            return
        if ctx.chat.platform == PLATFORM:
            # Whoever finds a desk open would take it along, for the rest of the day.
            ctx.reply(ctx.t("Liên kết và mã mở bàn làm việc tôi chỉ gửi về điện thoại của bác. Bác gõ /banlam ở đó."))
            return
        who = await people.who(account_of(ctx), ctx.now)
        if who.person_id is None or not who.has(*AT_THE_DESK) or ctx.chat.platform in self._anonymous:
            ctx.reply(ctx.t("Bàn làm việc là trang cho cán bộ xã, mở từ tài khoản xã đã giao vai trò."), to_menu(ctx))
            return
        if not self._is_open:
            ctx.reply(
                ctx.t("Xã chưa bật bàn làm việc. Nhờ người phụ trách máy thêm workdesk vào BOT_PLATFORMS."),
                to_menu(ctx),
            )
            return
        async with ctx.changes():
            key = await self._sessions.offer(who.person_id)
            await self._audit.append(who.person_id, "desk_offered", f"person:{who.person_id}", ctx.now)
            digits = f"{key.digits[:3]} {key.digits[3:]}"
            if self._address is None:
                ctx.reply(ctx.t("Mã mở bàn làm việc: **{digits}**, dùng một lần, trong 5 phút.", digits=digits))
                return
            ctx.reply(
                ctx.t(
                    "Mở bàn làm việc trên máy tính: {link}\nHoặc vào {page} rồi gõ **{digits}**.\n"
                    "Dùng một lần, trong 5 phút. Đừng gửi cho ai: ai có nó thì làm việc bằng tên bác.",
                    link=f"{self._address}/vao?ma={key.link}",
                    page=self._address,
                    digits=digits,
                ),
                await self._open_ones(ctx, who.person_id),
            )

    async def _open_ones(self, ctx: Context, person_id: int) -> list[Button]:
        picture = Button.to(ctx.word("Hôm nay thành ảnh"), SendTodayPicture())
        found = await self._sessions.open_of(person_id)
        if not found:
            return [picture]
        return [Button.to(ctx.word("Bàn đang mở ở đâu"), EndSession(-1)), picture, *to_menu(ctx)]

    async def end(self, ctx: Context, session: int) -> None:
        """List what is open (-1), end one session, or all of them (0)."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        if who.person_id is None:
            return
        if session >= 0:
            async with ctx.changes():
                count = await self._sessions.end(who.person_id, session or None)
                ctx.reply(ctx.t("Đã đóng {count} bàn làm việc.", count=count), to_menu(ctx))
            return
        found = await self._sessions.open_of(who.person_id)
        lines = []
        for number, one in enumerate(found, start=1):
            at = self._moment(ctx, one.opened_at)
            lines.append(ctx.t("{number}. {browser}, mở {at}", number=number, browser=one.browser, at=at))
        if not found:
            ctx.reply(ctx.t("Không có bàn làm việc nào đang mở."), to_menu(ctx))
            return
        buttons = [
            Button.to(ctx.word("Đóng {number}").replace("{number}", str(number)), EndSession(one.id))
            for number, one in enumerate(found[:5], start=1)
        ]
        ctx.reply(Text.join("\n", lines), [*buttons, Button.to(ctx.word("Đóng hết"), EndSession(0)), *to_menu(ctx)])

    def _moment(self, ctx: Context, at: datetime) -> str:
        local = at.astimezone(self._zone)
        return f"{short_time(local.time(), ctx.locale)} {short_date(local.date(), ctx.locale)}"


def build(conversation: SigningInConversation) -> Router:
    router = Router()
    router.command("banlam", "bàn làm việc", "mở bàn làm việc")(conversation.open)

    @router.action(SitDown)
    async def opened(ctx: Context, action: SitDown) -> None:
        await conversation.open(ctx)

    @router.action(EndSession)
    async def ended(ctx: Context, action: EndSession) -> None:
        await conversation.end(ctx, action.session)

    return router
