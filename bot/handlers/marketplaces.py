"""`/santmdt`, “sàn postmart còn không”: which marketplaces are in use, renamed or closed, and the guide of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, fold
from bot.features.commune import Commune
from bot.features.guides import pages
from bot.features.guides.library import Library
from bot.features.marketplaces import STATUSES, Marketplace, named_in, register

from .guide_page import OpenGuide
from .inviting import to_menu

CHOOSING = "chon-san-ban-hang"
_ASKS = re.compile(
    r"\b(?:con (?:khong|chay|dung|hoat dong|ban|mo|hay)|doi ten|ten moi|ten cu|dong cua|ngung|hoat dong|bo roi)\b"
)
_LONGEST = 80


class MarketTalk:
    """`here` is the commune of a conversation, which may know more than what ships."""

    def __init__(self, library: Library, here: Callable[[Context], Commune]) -> None:
        self._library = library
        self._here = here

    async def command(self, ctx: Context) -> None:
        known = register(self._here(ctx).marketplaces)
        self._show(ctx, named_in(ctx.args, known) or known)

    async def understand(self, ctx: Context, words: str) -> bool:
        """Whether one of them still exists; how to sell there is a guide."""
        if len(words) > _LONGEST or _ASKS.search(fold(words)) is None:
            return False
        meant = named_in(words, register(self._here(ctx).marketplaces))
        if meant:
            self._show(ctx, meant)
        return bool(meant)

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
        said = ctx.t("• {name}: **{status}**", name=name, status=status)
        if one.since:
            said = ctx.t("• {name}: **{status}** từ {since}", name=name, status=status, since=one.since)
        return said + ctx.t(". Nguồn: {source}.", source=one.source.rstrip("."))


def build(talk: MarketTalk) -> Router:
    router = Router()
    router.command("santmdt", "sàn thương mại điện tử", "sàn tmđt", "các sàn", "sàn bán hàng", "sàn nào còn dùng")(
        talk.command
    )
    return router
