"""`/santmdt`, “sàn postmart còn không”: which marketplaces are in use, renamed or closed, and the guide of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text
from bot.features.commune.marketplaces import STATUSES, Marketplace, named_in, register
from bot.features.commune.settings import Commune
from bot.features.guides import pages
from bot.features.guides.library import Library
from bot.handlers.kit.speaker import to_menu

from .page import OpenGuide

CHOOSING = "chon-san-ban-hang"


class MarketplaceConversation:
    """`here` is the commune of a conversation, which may know more than what ships."""

    def __init__(self, library: Library, here: Callable[[Context], Commune]) -> None:
        self._library = library
        self._here = here

    async def command(self, ctx: Context) -> None:
        known = register(self._here(ctx).marketplaces)
        self._show(ctx, named_in(ctx.args, known) or known)

    async def understand(self, ctx: Context, words: str) -> bool:
        """Answer whether a marketplace still exists; how to sell there is a guide."""
        known = register(self._here(ctx).marketplaces)
        self._show(ctx, named_in(words, known) or known)
        return True

    def _show(self, ctx: Context, found: Sequence[Marketplace]) -> None:
        lines = [ctx.t("**Sàn bán hàng trên mạng:**"), *(self._line(ctx, one) for one in found)]
        lines.append(ctx.t("Sàn khác thì bác hỏi xã trước khi đăng ký, đừng nộp tiền cho người lạ."))
        slugs = dict.fromkeys([*(one.guide for one in found), CHOOSING])
        guides = [guide for slug in slugs if (guide := self._library.get(slug)) is not None]
        buttons = [Button.to(pages.title(guide, ctx.locale, ctx.translate), OpenGuide(guide.slug)) for guide in guides]
        ctx.reply(Text.join("\n", lines), [*buttons, *to_menu(ctx)])

    def _line(self, ctx: Context, one: Marketplace) -> Text:
        name = (
            ctx.t("{name} (tên cũ: {earlier})", name=one.name, earlier=", ".join(one.earlier))
            if one.earlier
            else (Text.verbatim(one.name))
        )
        status = ctx.word(STATUSES[one.status])
        reply = ctx.t("• {name}: **{status}**", name=name, status=status)
        if one.since:
            reply = ctx.t("• {name}: **{status}** từ {since}", name=name, status=status, since=one.since)
        return reply + ctx.t(". Nguồn: {source}.", source=one.source.rstrip("."))


def build(conversation: MarketplaceConversation) -> Router:
    router = Router()
    router.command("santmdt", "sàn thương mại điện tử", "sàn tmđt", "các sàn", "sàn bán hàng", "sàn nào còn dùng")(
        conversation.command
    )
    return router
