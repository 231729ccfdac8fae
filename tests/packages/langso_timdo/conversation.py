"""The conversation: a list, a form of two answers, and a button that closes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.handlers.kit.provisions import Consent, Home
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.handlers.kit.typed import answer, too_long
from bot.i18n import msg

from .tables import LostThing

FLOW, WHAT, WHERE = "timdo", "what", "where"
LONGEST, SHOWN = 120, 10


class ShowLost(Action, code="xlost"):
    pass


class TellLost(Action, code="xtell"):
    pass


class CloseLost(Action, code="xback"):
    thing: int


class LostConversation:
    def __init__(self, consent: Consent, home: Home) -> None:
        self._consent, self._home = consent, home
        consent.on_consent(FLOW, self._ask_what, purpose=msg("treo tin tìm đồ của bác"))

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        return [Button.to(ctx.word("Tìm đồ"), ShowLost())]

    async def show(self, ctx: Context, action: ShowLost | None = None, *, first: Text | None = None) -> None:
        rows = await LostThing.filter(commune=self._home.here(ctx).code).order_by("-id").limit(SHOWN)
        lines = [ctx.t("• {what} – {where}", what=row.what, where=row.where) for row in rows]
        head = ctx.t("**Đồ đang tìm**") if rows else ctx.t("Chưa có tin tìm đồ nào.")
        mine = [row for row in rows if (row.platform, row.native_id) == tuple(account_of(ctx)) and ctx.private]
        close = [Button.to(ctx.word("Đã tìm được: {what}").format(what=row.what), CloseLost(row.id)) for row in mine]
        tell = [Button.to(ctx.word("Báo mất, báo nhặt được"), TellLost())]
        ctx.reply(Text.join("\n", [part for part in (first, head, *lines) if part]), [*close, *tell, *to_menu(ctx)])

    async def tell(self, ctx: Context, action: TellLost) -> None:
        if not in_private(ctx):
            return
        if await self._consent.has_consent(ctx, FLOW):
            await self._ask_what(ctx, "")
        else:
            self._consent.ask_consent(ctx, FLOW)

    async def _ask_what(self, ctx: Context, arg: str) -> None:
        ctx.wait_for(FLOW, WHAT)
        ctx.reply(ctx.t("Bác mất hay nhặt được gì? Gõ một tin ngắn."), expects="text")

    async def what(self, ctx: Context) -> None:
        words = answer(ctx)[1]
        if words and not too_long(ctx, words, LONGEST):
            ctx.wait_for(FLOW, WHERE, {"what": words})
            ctx.reply(ctx.t("Ở đâu, hỏi ai?"), expects="text")

    async def where(self, ctx: Context) -> None:
        known, words = answer(ctx)
        if not words or too_long(ctx, words, LONGEST):
            return
        async with ctx.changes():
            who, commune = account_of(ctx), self._home.here(ctx).code
            told = {"commune": commune, "platform": who.platform, "native_id": who.person, "told_at": ctx.now}
            await LostThing(what=known["what"], where=words, **told).save(force_create=True)
            ctx.leave_flow()
            await self.show(ctx, first=ctx.t("✅ Đã treo tin."))

    async def close(self, ctx: Context, action: CloseLost) -> None:
        """Delete one's own; whoever forges the number of another's row deletes nothing."""
        async with ctx.changes():
            who = account_of(ctx)
            gone = await LostThing.filter(id=action.thing, platform=who.platform, native_id=who.person).delete()
            await self.show(ctx, first=ctx.t("✅ Đã gỡ tin.") if gone else ctx.t("Tin này không còn."))


def router_of(conversation: LostConversation) -> Router:
    router = Router()
    router.command("timdo", "tìm đồ", "mất đồ", "nhặt được")(conversation.show)
    router.action(ShowLost)(conversation.show)
    router.action(TellLost)(conversation.tell)
    router.action(CloseLost)(conversation.close)
    router.step(FLOW, WHAT, TextSent, prose=True)(conversation.what)
    router.step(FLOW, WHERE, TextSent, prose=True)(conversation.where)
    return router
