"""One's own name and messengers: correct the name, take an old phone off."""

from __future__ import annotations

from datetime import tzinfo

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import Said
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features import people
from bot.features.audit import Audit
from bot.i18n import short_date

from .inviting import account_of, in_private, to_menu

_FLOW, _NAME = "suaten", "ten"
LONGEST_NAME = 60


class CorrectName(Action, code="mn"):
    pass


class Unlink(Action, code="mu"):
    account: int
    sure: bool


class MeTalk:
    """The conversation about one's own entry."""

    def __init__(self, audit: Audit, zone: tzinfo) -> None:
        self._audit = audit
        self._zone = zone

    async def show(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        if who.person_id is None:
            self._unknown(ctx)
            return
        linked = await people.linked(who.person_id)
        lines = [ctx.t("Tôi gọi bác là **{name}**.", name=who.name or "–"), ctx.t("Bác đang dùng:")]
        lines += [
            ctx.t(
                "• {platform}, lần cuối {day}",
                platform=one.platform,
                day=short_date(one.last_seen.astimezone(self._zone).date(), ctx.locale),
            )
            for one in linked
        ]
        buttons = [Button.to(ctx.word("Sửa tên tôi"), CorrectName())]
        if len(linked) > 1:
            label = ctx.word("Bỏ tài khoản cũ")
            buttons += [
                Button.to(
                    f"{label}: {one.platform} {short_date(one.last_seen.astimezone(self._zone).date(), ctx.locale)}",
                    Unlink(one.id, sure=False),
                )
                for one in linked
                if one.id != who.account_id
            ]
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    async def ask_name(self, ctx: Context) -> None:
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        if who.person_id is None:
            self._unknown(ctx)
            return
        ctx.wait_for(_FLOW, _NAME)
        ctx.reply(
            ctx.t("Tôi đang gọi bác là **{name}**. Bác gõ tên đúng, ví dụ: Nguyễn Thị Hoa.", name=who.name or "–"),
            expects="text",
        )

    async def pressed_name(self, ctx: Context, action: CorrectName) -> None:
        await self.ask_name(ctx)

    async def take_name(self, ctx: Context) -> None:
        name = " ".join(ctx.event.text.split()) if isinstance(ctx.event, Said) else ""
        if not 2 <= len(name) <= LONGEST_NAME or any(char.isdigit() for char in name):
            ctx.reply(
                ctx.t("Tên dài từ 2 đến 60 chữ cái và không có số. Bác gõ lại giúp tôi, hoặc gõ HỦY."), expects="text"
            )
            return
        async with ctx.changes():
            ctx.leave_flow()
            who = await people.who(account_of(ctx), ctx.now)
            if who.person_id is None:
                self._unknown(ctx)
                return
            await people.rename(who.person_id, name)
            await self._audit.append(who.person_id, "name_corrected", "person:self", ctx.now)
            ctx.reply(
                ctx.t("Từ nay tôi gọi bác là **{name}**.", name=name),
                [Button.to(ctx.word("Sửa lại"), CorrectName()), *to_menu(ctx)],
            )

    async def unlink(self, ctx: Context, action: Unlink) -> None:
        """Only from another account of the same person: whoever holds the old phone cannot take the new one off."""
        if not in_private(ctx):
            return
        who = await people.who(account_of(ctx), ctx.now)
        linked = [] if who.person_id is None else await people.linked(who.person_id)
        one = next((one for one in linked if one.id == action.account and one.id != who.account_id), None)
        if one is None:
            ctx.reply(ctx.t("Tài khoản này không còn gắn với bác."), to_menu(ctx))
            return
        if not action.sure:
            ctx.reply(
                ctx.t(
                    "Bỏ tài khoản {platform} khỏi tên bác? Máy cũ sẽ không còn vai trò của bác.", platform=one.platform
                ),
                [Button.to(ctx.word("Bỏ tài khoản này"), Unlink(one.id, sure=True)), *to_menu(ctx)],
                rows=(2,),
            )
            return
        async with ctx.changes():
            await people.unlink(one.id, account_of(ctx))
            await self._audit.append(who.person_id, "account_unlinked", f"account:{one.id}", ctx.now)
            ctx.reply(ctx.t("Xong. Tài khoản cũ không còn vai trò của bác."), to_menu(ctx))

    def _unknown(self, ctx: Context) -> None:
        ctx.reply(ctx.t("Tôi chưa giữ tên của bác, nên không có gì để sửa."), to_menu(ctx))


def build(talk: MeTalk) -> Router:
    router = Router()
    router.command("taikhoan", "tài khoản của tôi", "tên của tôi")(talk.show)
    router.command("suaten", "sửa tên tôi", "sửa tên", "đổi tên")(talk.ask_name)
    router.action(CorrectName)(talk.pressed_name)
    router.action(Unlink)(talk.unlink)
    router.step(_FLOW, _NAME, Said)(talk.take_name)
    return router
