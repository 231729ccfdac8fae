"""One's own name and messengers: correct the name, take an old phone off."""

from __future__ import annotations

from datetime import datetime, tzinfo

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.audit import Audit
from bot.features.desk.sessions import DeskSessions
from bot.features.people import people
from bot.features.privacy.names import called
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import short_date

_FLOW, _NAME = "suaten", "ten"
LONGEST_NAME = 60


class CorrectName(Action, code="mn"):
    pass


class Unlink(Action, code="mu"):
    account: int
    sure: bool


class OwnEntryConversation:
    """The conversation about one's own entry."""

    def __init__(self, audit: Audit, desk: DeskSessions, zone: tzinfo) -> None:
        self._audit = audit
        self._desk = desk
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
                platform=called(one.platform),
                day=self._day(ctx, one.last_seen),
            )
            for one in linked
        ]
        buttons = [Button.to(ctx.word("Sửa tên tôi"), CorrectName())]
        if len(linked) > 1:
            label = ctx.word("Bỏ tài khoản cũ")
            buttons += [
                Button.to(
                    f"{label}: {called(one.platform)} {self._day(ctx, one.last_seen)}", Unlink(one.id, sure=False)
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
        name = " ".join(ctx.event.text.split()) if isinstance(ctx.event, TextSent) else ""
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

    async def to_unlink(self, ctx: Context, action: Unlink) -> people.Linked | None:
        """Return another account of the person; otherwise say that it is none of theirs."""
        if not in_private(ctx):
            return None
        who = await people.who(account_of(ctx), ctx.now)
        linked = [] if who.person_id is None else await people.linked(who.person_id)
        one = next((one for one in linked if one.id == action.account and one.id != who.account_id), None)
        if one is None:
            ctx.reply(ctx.t("Tài khoản này không còn gắn với bác."), to_menu(ctx))
        return one

    async def unlink(self, ctx: Context, action: Unlink) -> None:
        """Unlink another account of the person: so the holder of the old phone cannot take the new one off."""
        one, who = await self.to_unlink(ctx, action), await people.who(account_of(ctx), ctx.now)
        if one is None:
            return
        if not action.sure:
            ctx.reply(
                ctx.t(
                    "Bỏ tài khoản {platform} khỏi tên bác? Máy cũ sẽ không còn vai trò của bác.",
                    platform=called(one.platform),
                ),
                [Button.to(ctx.word("Bỏ tài khoản này"), Unlink(one.id, sure=True)), *to_menu(ctx)],
                rows=(2,),
            )
            return
        async with ctx.changes():
            await people.unlink(one.id, account_of(ctx))
            if who.person_id is not None:  # Whoever has the old phone may have opened a desk with it.
                await self._desk.end(who.person_id)
            await self._audit.append(who.person_id, "account_unlinked", f"account:{one.id}", ctx.now)
            ctx.reply(ctx.t("Xong. Tài khoản cũ không còn vai trò của bác."), to_menu(ctx))

    def _day(self, ctx: Context, at: datetime) -> str:
        return short_date(at.astimezone(self._zone).date(), ctx.locale)

    def _unknown(self, ctx: Context) -> None:
        ctx.reply(ctx.t("Tôi chưa giữ tên của bác, nên không có gì để sửa."), to_menu(ctx))


def build(conversation: OwnEntryConversation) -> Router:
    router = Router()
    router.command("taikhoan", "tài khoản của tôi", "tên của tôi")(conversation.show)
    router.command("suaten", "sửa tên tôi", "sửa tên", "đổi tên")(conversation.ask_name)
    router.action(CorrectName)(conversation.pressed_name)
    router.action(Unlink)(conversation.unlink)
    router.step(_FLOW, _NAME, TextSent)(conversation.take_name)
    return router
