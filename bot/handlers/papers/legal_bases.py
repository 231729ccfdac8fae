"""`/cancu`: the legal bases that papers cite, which of them hold, and what came in place of the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.calendar.vietnam import today
from bot.features.commune.bases import Basis, Register, register
from bot.features.commune.settings import Commune
from bot.features.people import people
from bot.features.reports.forms import FORMS
from bot.handlers.kit.speaker import account_of, in_private, to_menu
from bot.i18n import short_date

from .documents import commune_of


class ListBases(Action, code="xbg"):
    pass


class LegalBasesConversation:
    """`settings` are those of a commune by its code, None when it has none."""

    def __init__(self, settings: Callable[[str], Commune | None]) -> None:
        self._settings = settings

    async def menu_items(self, ctx: Context) -> Sequence[Button]:
        """Return a button for those who write papers."""
        return [Button.to(ctx.word("Văn bản căn cứ"), ListBases())]

    async def command(self, ctx: Context) -> None:
        await self.show(ctx, ListBases())

    async def show(self, ctx: Context, action: ListBases) -> None:
        if not in_private(ctx):
            return
        commune = await commune_of(await people.who(account_of(ctx), ctx.now), ctx.now)
        if commune is None:
            ctx.reply(ctx.t("Việc soạn văn bản là của cán bộ xã."), to_menu(ctx))
            return
        settings = self._settings(commune.code) or Commune()
        known = register(settings.bases)
        lines = [ctx.t("**Văn bản căn cứ** của {commune}:", commune=commune.full_name)]
        lines += [self._line(ctx, known, one) for one in known.entries.values()]
        lines.append(ctx.t("Văn bản soạn ở đây chỉ dẫn căn cứ còn hiệu lực. Muốn sửa, bác nhờ người quản trị."))
        ctx.reply(Text.join("\n", lines), to_menu(ctx))

    def _line(self, ctx: Context, known: Register, one: Basis) -> Text:
        day = today(ctx.now)
        held = known.now(one.key, day)
        if held is not None and held.key != one.key:
            return ctx.t("• {name}: đã được thay thế bằng {other}", name=one.name, other=held.name)
        if one.begun(day) and held is None:
            return ctx.t("• {name}: đã hết hiệu lực", name=one.name)
        if held is None:
            first = one.in_force or one.issued
            return ctx.t("• {name}: chưa có hiệu lực", name=one.name) + (
                Text() if first is None else ctx.t(" (từ {day})", day=short_date(first, ctx.locale))
            )
        forms = ", ".join(ctx.word(FORMS[code].title) for code in one.cited_in if code in FORMS)
        reply = ctx.t("• {name}: còn hiệu lực", name=one.name)
        return reply + ctx.t("; dẫn trong: {forms}", forms=forms) if forms else reply


def build(conversation: LegalBasesConversation) -> Router:
    router = Router()
    router.command("cancu", "căn cứ", "văn bản căn cứ", "căn cứ pháp lý")(conversation.command)
    router.action(ListBases)(conversation.show)
    return router
