"""The board of a village: who wants to be named is, everybody else is a number."""

from __future__ import annotations

import re
from datetime import date

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import units
from bot.features.groups import channels
from bot.features.learning import board, daily
from bot.features.units import Place
from bot.handlers.kit.provisions import Home
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.people.home import AskHome
from bot.i18n import msg

FLOW, NAME = "bang", "ten"
_ASK_NAME = msg("Bác gõ tên muốn hiện trên bảng, ví dụ: Bác Hoa. Chỉ chữ, không quá {most} chữ.")


class ShowBoard(Action, code="lbo"):
    """Of a month (`2026-11`)."""

    month: str


class ShowName(Action, code="lbn"):
    """May my name be seen?"""


class HideName(Action, code="lbh"):
    pass


class BoardConversation:
    def __init__(self, home: Home) -> None:
        self._home = home

    async def command(self, ctx: Context) -> None:
        await self._show(ctx, board.month_of(ctx.now))

    async def show(self, ctx: Context, action: ShowBoard) -> None:
        month = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", action.month)
        await self._show(ctx, board.month_of(ctx.now) if month is None else date(int(month[1]), int(month[2]), 1))

    async def _show(self, ctx: Context, first: date) -> None:
        place = await self._village(ctx)
        if place is None:
            if ctx.private:
                ctx.reply(
                    ctx.t("Tôi chưa biết bác ở thôn nào, nên chưa mở được bảng."),
                    [Button.to(ctx.word("Thôn của tôi"), AskHome("thon")), *to_menu(ctx)],
                )
            else:
                ctx.reply(ctx.t("Bảng mở trong nhóm của thôn đã đăng ký với xã."))
            return
        today = daily.day_of(ctx.now)
        ids = [place.id, *(part.id for part in await units.merged_parts(place.id, today))]
        found = await board.of_village(ids, first)
        month = f"{first:%m/%Y}"
        lines = [ctx.t("**Bảng đố vui của {village}, tháng {month}**", village=place.full_name, month=month)]
        lines += [
            ctx.t("{at}. {name}: {count} câu đúng", at=at, name=line.name, count=line.right)
            for at, line in enumerate(found.lines, start=1)
        ]
        if found.others:
            lines.append(
                ctx.t("Và {people} người khác: {count} câu đúng.", people=found.others, count=found.others_right)
            )
        if found.empty:
            lines.append(ctx.t("Chưa đủ số liệu để hiện."))
        buttons = [Button.to(ctx.word("Tháng trước"), ShowBoard(f"{board.before(first):%Y-%m}"))]
        if ctx.private:
            own = await board.name_of(account_of(ctx))
            lines.append(
                ctx.t("Tên bác không hiện trên bảng.")
                if own is None
                else ctx.t("Bảng hiện tên bác là “{name}”.", name=own)
            )
            buttons = [
                Button.to(ctx.word("Cho hiện tên tôi"), ShowName())
                if own is None
                else Button.to(ctx.word("Thôi hiện tên tôi"), HideName()),
                *buttons,
                *to_menu(ctx),
            ]
        ctx.reply(Text.join("\n", lines), buttons)

    async def show_name(self, ctx: Context, action: ShowName) -> None:
        if not in_private(ctx):
            return
        ctx.wait_for(FLOW, NAME)
        consent = ctx.t("Bà con trong thôn sẽ thấy tên này cạnh số câu đúng của bác. Bác rút lại lúc nào cũng được.")
        ctx.reply(Text.join("\n\n", [consent, ctx.t(_ASK_NAME, most=board.LONGEST_NAME)]), expects="text")

    async def named(self, ctx: Context) -> None:
        name = board.clean_name(ctx.event.text) if isinstance(ctx.event, TextSent) else None
        if name is None:
            ctx.reply(ctx.t(_ASK_NAME, most=board.LONGEST_NAME), expects="text")
            return
        async with ctx.changes():
            ctx.leave_flow()
            await board.show_name(account_of(ctx), name, ctx.now)
            ctx.reply(
                ctx.t("✅ Bảng sẽ hiện tên bác là “{name}”.", name=name),
                [Button.to(ctx.word("Thôi hiện tên tôi"), HideName()), *to_menu(ctx)],
            )

    async def hide_name(self, ctx: Context, action: HideName) -> None:
        await self.hide(ctx)

    async def hide(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        async with ctx.changes():
            await board.hide_name(account_of(ctx))
            ctx.reply(ctx.t("Tên bác không còn hiện trên bảng nữa."), to_menu(ctx))

    async def _village(self, ctx: Context) -> Place | None:
        """Return the group's village, or the person's own: the names of another village are not shown."""
        if ctx.private:
            return await self._home.village(ctx)
        channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
        return await units.by_id(channel.unit_id) if channel is not None and channel.active else None


def build(conversation: BoardConversation) -> Router:
    router = Router()
    router.command("bangdovui", "bảng đố vui", "bảng của thôn", "bảng thôn")(conversation.command)
    router.command("thoihienten", "thôi hiện tên", "thôi hiện tên tôi", "ẩn tên tôi")(conversation.hide)
    router.action(ShowBoard)(conversation.show)
    router.action(ShowName)(conversation.show_name)
    router.action(HideName)(conversation.hide_name)
    router.step(FLOW, NAME, TextSent)(conversation.named)
    return router
